namespace Sockeye;

/// <summary>Why a socket or a session ended.</summary>
public enum DisconnectReason : byte
{
    /// <summary>The connection failed, or the client broke a rule of its transport.</summary>
    TransportError,

    /// <summary>The connection was closed by the other side.</summary>
    TransportClose,

    /// <summary>Closed because the client broke a rule of the Socket.IO protocol.</summary>
    ForcedClose,

    /// <summary>The client did not answer a ping in time.</summary>
    PingTimeout,

    /// <summary>A packet could not be read.</summary>
    ParseError,

    /// <summary>The server stops.</summary>
    ServerShuttingDown,

    /// <summary>The server closed the whole connection.</summary>
    ForcedServerClose,

    /// <summary>The client left this namespace.</summary>
    ClientNamespaceDisconnect,

    /// <summary>The server disconnected the socket from this namespace.</summary>
    ServerNamespaceDisconnect,

    /// <summary>The client took its messages too slowly: the outbox was full, or nothing was taken for too long.</summary>
    SlowConsumer,

    /// <summary>The handlers of this connection were behind for longer than allowed.</summary>
    HandlerLag,

    /// <summary>The identity of the socket has expired (<see cref="SocketIdentity.ExpiresAt"/>), and the server closes those (<c>CloseExpired</c>).</summary>
    IdentityExpired,

    /// <summary>Too many events of the socket were beyond its rates (<c>Rates:RefusedPerMinute</c>).</summary>
    RateLimited,
}

/// <summary>Socket.IO's words for <see cref="DisconnectReason"/>.</summary>
public static class DisconnectReasonExtensions
{
    /// <summary>The text that clients, logs and other Socket.IO servers use, such as <c>transport close</c>.</summary>
    /// <param name="reason">The reason.</param>
    public static string Text(this DisconnectReason reason) => reason switch
    {
        DisconnectReason.TransportError => "transport error",
        DisconnectReason.TransportClose => "transport close",
        DisconnectReason.ForcedClose => "forced close",
        DisconnectReason.PingTimeout => "ping timeout",
        DisconnectReason.ParseError => "parse error",
        DisconnectReason.ServerShuttingDown => "server shutting down",
        DisconnectReason.ForcedServerClose => "forced server close",
        DisconnectReason.ClientNamespaceDisconnect => "client namespace disconnect",
        DisconnectReason.ServerNamespaceDisconnect => "server namespace disconnect",
        DisconnectReason.SlowConsumer => "slow consumer",
        DisconnectReason.HandlerLag => "handler lag",
        DisconnectReason.IdentityExpired => "identity expired",
        DisconnectReason.RateLimited => "rate limited",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
