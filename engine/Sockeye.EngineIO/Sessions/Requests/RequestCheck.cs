using System.Text;
using Sockeye.Protocol.Http;
using HttpMethod = Sockeye.Protocol.Http.HttpMethod;

namespace Sockeye.EngineIO.Sessions;

/// <summary>What a request says about itself, and the checks that need nothing else. The order of the checks is the reference's.</summary>
/// <remarks>It owns nothing but what it has read. Any thread. Read once, when the middleware has let the request pass, it goes along to the loop of the session, and through what the application is asked.</remarks>
internal readonly struct RequestCheck
{
    public RequestCheck(HttpRequestHead head)
    {
        Head = head;
        Repeated = IsRepeated(head, "transport"u8) ? "transport" : IsRepeated(head, "sid"u8) ? "sid" : IsRepeated(head, "EIO"u8) ? "EIO" : null;
        Transport = QueryString.TryGet(head.Query, "transport"u8, out var transport) ? transport : "";
        Sid = QueryString.TryGet(head.Query, "sid"u8, out var sid) ? sid : null;
        IsRevision4 = QueryString.TryGet(head.Query, "EIO"u8, out var revision) && revision == "4";
    }

    public HttpRequestHead Head { get; }

    /// <summary>The parameter of the protocol that occurs more than once, null if none does: two readers of such a query may see two requests.</summary>
    public string? Repeated { get; }

    /// <summary>The value of <c>transport</c>, empty if there is none.</summary>
    public string Transport { get; }

    /// <summary>The value of <c>sid</c>, null if there is none.</summary>
    public string? Sid { get; }

    /// <summary>Whether <c>EIO</c> is 4; anything else, and nothing, counts as 3.</summary>
    public bool IsRevision4 { get; }

    public bool IsWebSocket => Transport == "websocket";

    /// <summary>Transport and origin: checked first, for every request.</summary>
    public Refusal? General(EngineTransports offered)
    {
        if (Repeated is { } name)
        {
            return Refusal.BadRequest("REPEATED_PARAMETER", ("parameter", name));
        }

        var asked = Transport switch
        {
            "polling" => EngineTransports.Polling,
            "websocket" => EngineTransports.WebSocket,
            _ => EngineTransports.None,
        };
        if ((offered & asked) == 0)
        {
            return Refusal.TransportUnknown(Transport);
        }

        return Head.TryGetHeader("origin"u8, out var origin) && HasControl(origin)
            ? Refusal.BadRequest("INVALID_ORIGIN")
            : null;
    }

    /// <summary>A request that wants to open a session.</summary>
    public Refusal? Handshake()
    {
        if (Head.Method != HttpMethod.Get)
        {
            return Refusal.BadHandshakeMethod(Head.MethodText);
        }

        if (IsWebSocket != Head.IsUpgrade)
        {
            return Refusal.BadRequest("TRANSPORT_HANDSHAKE_ERROR");
        }

        return null;
    }

    /// <summary>The revision, checked when everything else about a handshake is in order.</summary>
    public Refusal? Revision() => IsRevision4 ? null : Refusal.UnsupportedProtocolVersion(3);

    /// <summary>A request that belongs to a session.</summary>
    public Refusal? Belongs(EngineSession session, bool allowUpgrades)
    {
        var current = session.Transport;
        if (Head.IsUpgrade ? !IsWebSocket || !allowUpgrades : Transport != current)
        {
            return Refusal.BadRequest("TRANSPORT_MISMATCH", ("transport", Transport), ("previousTransport", current));
        }

        // A page of another origin that has learned the id is not the client. Same-origin GETs of browsers name no origin; pages from files and in web views
        // name "null" or "file://", and not always the same.
        if (Head.TryGetHeader("origin"u8, out var origin) && IsTuple(origin)
            && session.Request.Head.TryGetHeader("origin"u8, out var first) && IsTuple(first) && !Ascii.EqualsIgnoreCase(origin, first))
        {
            return Refusal.BadRequest("ORIGIN_MISMATCH");
        }

        if (!IsRevision4)
        {
            return Refusal.BadRequest("PROTOCOL_MISMATCH", ("protocol", "3"), ("previousProtocol", "4"));
        }

        return IsWebSocket && !Head.IsUpgrade ? Refusal.BadRequest("TRANSPORT_HANDSHAKE_ERROR") : null;
    }

    // A tuple has scheme and host: an origin that can be told from another one.
    private static bool IsTuple(ReadOnlySpan<byte> origin)
    {
        var scheme = origin.IndexOf("://"u8);
        return scheme > 0 && scheme + 3 < origin.Length;
    }

    private static bool IsRepeated(HttpRequestHead head, ReadOnlySpan<byte> name) => QueryString.Count(head.Query, name) > 1;

    private static bool HasControl(ReadOnlySpan<byte> text) => text.IndexOfAnyInRange((byte)0, (byte)0x1f) >= 0 || text.Contains((byte)0x7f);
}
