using System.Text.Unicode;
using Sockeye.Protocol.SocketIO;

namespace Sockeye.Server.Sockets;

/// <summary>Whether what a plugin puts in the place of an event is one.</summary>
internal static class ReplacedArguments
{
    /// <param name="written">What the plugin has written; empty: nothing, or no arguments.</param>
    /// <param name="arguments">All arguments of the event.</param>
    /// <param name="attachments">How many attachments it has.</param>
    /// <param name="depth">Nested arrays and objects at most, the array of the arguments included.</param>
    public static bool AreValid(ReadOnlySpan<byte> written, ReadOnlySpan<byte> arguments, int attachments, int depth) =>
        (written.IsEmpty || (Utf8.IsValid(written) && AreJson(written, depth - 1))) && Placeholders.Validate(arguments, attachments);

    private static bool AreJson(ReadOnlySpan<byte> json, int depth)
    {
        while (JsonScanner.TrySkipValue(json, depth, out var length))
        {
            json = json[length..].TrimStart(" \t\r\n"u8);
            if (json.IsEmpty)
            {
                return true;
            }

            if (json[0] != (byte)',')
            {
                return false;
            }

            json = json[1..];
        }

        return false;
    }
}
