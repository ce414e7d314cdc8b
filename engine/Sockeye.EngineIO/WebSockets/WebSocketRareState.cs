using System.Text.Unicode;
using Sockeye.EngineIO.Connections;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>What a WebSocket does not need before it closes, is paused, pinged or held up, or receives a message in pieces.</summary>
/// <remarks>
/// <para>It owns the connection's timers, what is held of its input, and what is said at its end.</para>
/// <para><b>Thread.</b> The connection's loop.</para>
/// <para><b>Lifetime.</b> Made when it is first needed, and kept as long as its handler, which calls <see cref="Release"/> at its end.</para>
/// </remarks>
internal sealed class WebSocketRareState
{
    /// <summary>The most that a close frame takes.</summary>
    public const int MaxCloseBytes = WebSocketFrames.MaxServerHeaderBytes + 2 + MaxReasonBytes;

    private const int MaxReasonBytes = 123;

    public WebSocketTimer? MessageTimer;
    public StallTimer? StallTimer;
    public WebSocketTimer? CloseTimer;

    /// <summary>What the peer had not acknowledged when the close timer was started.</summary>
    public int UnacknowledgedAtClose;

    /// <summary>The answer to the newest ping, while the peer does not read.</summary>
    public byte[]? LatestPong;

    /// <summary>Input that came while reading is paused, or when the budget of the turn was used up.</summary>
    public HeldInput Held;

    private string _closeReason = "";
    private ushort _closeCode;

    /// <summary>Bytes of unfinished messages, as counted.</summary>
    public int UnfinishedBytes { get; private set; }

    /// <summary>The end as we have asked for it.</summary>
    public WebSocketClose LocalClose => new(_closeCode == 0 ? (ushort)1005 : _closeCode, _closeReason, Protocol.ProtocolError.None, ByPeer: false, WebSocketCloseCause.LocalClose);

    /// <summary>What our close frame says; 0: it carries no code.</summary>
    public void SetClose(ushort code, string? reason)
    {
        _closeCode = code;
        _closeReason = code == 0 ? "" : reason ?? "";
    }

    /// <summary>Writes our close frame.</summary>
    /// <returns>Its bytes: at most <see cref="MaxCloseBytes"/>.</returns>
    public int WriteClose(Span<byte> room)
    {
        if (_closeCode == 0)
        {
            return WebSocketFrames.WriteHeader(room, WebSocketFrames.Close, 0);
        }

        Span<byte> reason = stackalloc byte[MaxReasonBytes];
        _ = Utf8.FromUtf16(_closeReason, reason, out _, out var length);        // stops before a character that does not fit
        return WebSocketFrames.WriteClose(room, _closeCode, reason[..length]);
    }

    /// <summary>Writes the answer to the newest ping, if there is one and room for it.</summary>
    public void WritePong(Span<byte> room, ref int written)
    {
        if (LatestPong is { } pong && room.Length - written >= pong.Length + WebSocketFrames.MaxServerHeaderBytes)
        {
            LatestPong = null;
            written += WebSocketFrames.WriteHeader(room[written..], WebSocketFrames.Pong, pong.Length);
            pong.CopyTo(room[written..]);
            written += pong.Length;
        }
    }

    /// <summary>Counts towards the memory that the engine holds.</summary>
    public void CountUnfinished(int bytes)
    {
        BufferCounters.Hold(bytes - UnfinishedBytes);
        UnfinishedBytes = bytes;
    }

    public void Release()
    {
        MessageTimer?.Stop();
        StallTimer?.Stop();
        CloseTimer?.Stop();
        Held.Clear();
        LatestPong = null;
    }
}
