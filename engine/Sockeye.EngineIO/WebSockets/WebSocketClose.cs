using Sockeye.Protocol;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>Why a WebSocket connection ended.</summary>
public enum WebSocketCloseCause : byte
{
    /// <summary>The peer sent a close frame.</summary>
    PeerClosed,
    /// <summary>We closed, and the peer answered or the connection ended in time.</summary>
    LocalClose,
    /// <summary>The connection was lost without a close frame: end of stream or reset.</summary>
    ConnectionLost,
    /// <summary>The peer broke the protocol or exceeded a limit; <see cref="WebSocketClose.Error"/> says which.</summary>
    ProtocolError,
    /// <summary>An incoming message was not finished within the message timeout.</summary>
    MessageTimeout,
    /// <summary><see cref="WebSocketChannelHandler.Abort()"/> was called.</summary>
    Aborted,
    /// <summary>The peer took no byte for the write stall timeout while data waited.</summary>
    WriteStalled,
    /// <summary>Nothing came for the endpoint's <see cref="Http.WebSocketEndpointOptions.IdleTimeout"/>: closed with 1001.</summary>
    IdleTimeout,
    /// <summary>We closed and the peer did not answer within the close handshake timeout.</summary>
    CloseTimeout,
    /// <summary>Too much memory was held in the process, and this client was among the slowest readers.</summary>
    MemoryBudget,

    /// <summary>The listener threw an exception; the connection was closed with 1011.</summary>
    ListenerFailed,
}

/// <summary>How a WebSocket connection ended.</summary>
/// <param name="Code">The close code: the peer's if it sent one, else ours; 1005 when a close frame carried none, 1006 when there was no close frame.</param>
/// <param name="Reason">The reason text of the close frame; it is the peer's own text when <paramref name="ByPeer"/>, so escape it before it is logged.</param>
/// <param name="Error">The fault of the peer, or <see cref="ProtocolError.None"/>.</param>
/// <param name="ByPeer">Whether the peer ended it: a close frame, an end of stream or a reset.</param>
/// <param name="Cause">The cause, finer than the code.</param>
public readonly record struct WebSocketClose(ushort Code, string Reason, ProtocolError Error, bool ByPeer, WebSocketCloseCause Cause);
