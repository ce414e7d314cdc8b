using System.Text;
using System.Text.Json;
using Sockeye.Server.Sockets;

namespace Sockeye.Testing;

/// <summary>Why a call of a test client may have got no answer, for the message of its exception.</summary>
internal static class NoAnswer
{
    /// <summary>The end of the sentence.</summary>
    /// <param name="errors">What has failed since the event was sent.</param>
    /// <param name="client">Who has asked.</param>
    /// <param name="name">The event.</param>
    public static string Reason(IEnumerable<HandlerError> errors, SockeyeTestClient client, EventName name) =>
        Cause(errors, client, name) is var cause && (cause.EndsWith('.') || cause.EndsWith('?')) ? cause : cause + ".";

    private static string Cause(IEnumerable<HandlerError> errors, SockeyeTestClient client, EventName name)
    {
        if (client.Refusal is { ValueKind: JsonValueKind.Object } refusal)
        {
            return $"the client was refused with \"{refusal.GetProperty("message").GetString()}\"";
        }

        if (client.Socket is not ServerSocket socket)
        {
            return "the client is in no namespace";
        }

        if (errors.LastOrDefault(error => error.Event == name && ReferenceEquals(error.Socket, socket)) is { } failure)
        {
            return failure.ToString();
        }

        if (client.Disconnected is { } why)
        {
            return $"the client has gone ({why})";
        }

        var utf8 = Encoding.UTF8.GetBytes(name.ToString());
        return IsHeard(socket, utf8, name.IsNumber)
            ? "its handler gives none, or waits for the clock (Advance) or for another client"
            : $"nobody listens to it in {socket.Namespace.Name}{socket.SocketNamespace.HintFor(utf8, name.IsNumber, socket.Handlers?.Events)}";
    }

    private static bool IsHeard(ServerSocket socket, byte[] name, bool isNumber)
    {
        foreach (var handlers in socket.SocketNamespace.HandlerSets)
        {
            if (handlers.Events.Find(name, isNumber) is not null)
            {
                return true;
            }
        }

        return socket.Handlers?.Events.Find(name, isNumber) is not null;
    }
}
