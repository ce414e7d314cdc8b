using System.Globalization;
using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.Server.Relays;

/// <summary>A request as the server that has its session reads it: as the client has sent it, apart from what concerns the connection and the form of the body.</summary>
/// <remarks>It owns nothing. Any thread.</remarks>
internal static class RelayRequest
{
    private static readonly string[] Framing = ["content-length", "transfer-encoding", "trailer", "expect", "te", "keep-alive", "proxy-connection"];

    /// <summary>Writes a request.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="contentLength">How long the body is; -1: there is none.</param>
    /// <param name="body">The body, or its beginning.</param>
    public static byte[] Write(HttpRequestHead head, long contentLength, ReadOnlySpan<byte> body)
    {
        var lines = head.Lines;
        var bytes = new byte[lines.Length + body.Length + 64];
        var at = 0;
        for (var isFirst = true; !lines.IsEmpty; isFirst = false)
        {
            var line = lines[..(lines.IndexOf((byte)'\n') + 1)];
            lines = lines[line.Length..];
            if (isFirst || !IsLeftOut(line[..line.IndexOf((byte)':')], head.IsUpgrade))
            {
                at = Append(bytes, at, line);
            }
        }

        if (contentLength >= 0)
        {
            // As short as whatever it stands for: the head may have all the bytes that one may have.
            at += Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length:{contentLength}\r\n"), bytes.AsSpan(at));
        }

        at = Append(bytes, at, "\r\n"u8);
        at = Append(bytes, at, body);
        return bytes[..at];
    }

    private static bool IsLeftOut(ReadOnlySpan<byte> name, bool isUpgrade)
    {
        foreach (var left in Framing)
        {
            if (Ascii.EqualsIgnoreCase(name, left))
            {
                return true;
            }
        }

        return !isUpgrade && Ascii.EqualsIgnoreCase(name, "connection");
    }

    private static int Append(byte[] bytes, int at, ReadOnlySpan<byte> what)
    {
        what.CopyTo(bytes.AsSpan(at));
        return at + what.Length;
    }
}
