using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>The subprotocols of a WebSocket handshake (RFC 6455 section 4.2.2): what the client offers, and which of it is answered.</summary>
internal static class Subprotocols
{
    private static ReadOnlySpan<byte> Field => "Sec-WebSocket-Protocol"u8;

    /// <summary>What the client offers, in its order, of all fields of the head.</summary>
    public static IReadOnlyList<string> Offered(HttpRequestHead head)
    {
        if (!head.TryGetHeader(Field, out _))
        {
            return [];
        }

        List<string> offered = [];
        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (Ascii.EqualsIgnoreCase(head.HeaderName(i), Field))
            {
                var value = head.HeaderValue(i);
                foreach (var range in value.Split((byte)','))
                {
                    // A name that is no token is not answered: it could break out of the field.
                    if (Encoding.Latin1.GetString(value[range].Trim(" \t"u8)) is var token && HttpResponseHead.IsValidHeaderName(token))
                    {
                        offered.Add(token);
                    }
                }
            }
        }

        return offered;
    }

    /// <summary>What the application has chosen, once it is known to be one of what was offered.</summary>
    /// <exception cref="InvalidOperationException">The client did not offer it.</exception>
    public static string? Check(string? chosen, IReadOnlyList<string> offered) => chosen is null || offered.Contains(chosen, StringComparer.Ordinal)
        ? chosen
        : throw new InvalidOperationException($"The client did not offer the subprotocol '{LogText.Escape(chosen)}'.");
}
