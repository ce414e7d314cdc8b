using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Connections;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

// Output: control frames, the source's messages, slices, the write stall.
public sealed partial class WebSocketChannelHandler
{
    /// <summary>The most that is given to the channel at once. One send of this size costs little more than its copy, and it is all that a peer
    /// who stops reading can keep from being dropped or replaced.</summary>
    internal const int MaxBatchBytes = 65536;

    private const int MaxServerHeader = WebSocketFrames.MaxServerHeaderBytes;
    private const int LetterBytes = 3;

    private IOutgoingSource? _source;
    private WebSocketControlFrames _control;
    private Frame? _partial;                // retained: the message that is partly written
    private int _partialStart;
    private byte _letter;                   // a message of one letter, Engine.IO's ping: it leaves before the control frames, and needs no buffer
    private bool _isFlushQueued;
    private bool _isPumping;

    /// <summary>Bytes given to the channel that the kernel has not taken yet.</summary>
    public int PendingBytes => _phase == Phase.Closed ? 0 : (int)_channel.PendingWriteBytes();

    /// <summary>Sets the source that messages are pulled from; null: none. It is told with the next <see cref="IOutgoingSource.OnTransportPending"/> where the channel stands.</summary>
    public void Start(IOutgoingSource? source)
    {
        if (_phase != Phase.Open)
        {
            return;
        }

        _source = source;
        FlushLater();
    }

    /// <summary>Pulls from the source at the end of this turn. Costs almost nothing when called again in the same turn.</summary>
    public void FlushLater()
    {
        if (_isFlushQueued || _phase == Phase.Closed)
        {
            return;
        }

        if (_isPumping)
        {
            RunNextTurn();      // the source was refilled from its own "writable": not again in this turn, others wait
            return;
        }

        _isFlushQueued = true;
        if (!_isHandling)
        {
            Loop.AtTurnEnd(this);       // else the end of the read decides
        }
    }

    /// <summary>Sends a small text message that is in no source, such as Engine.IO's "2" or "3probe": it leaves before the next message of the source.</summary>
    /// <returns>False if the connection is closing, or if 4 KiB of control frames already wait because the peer does not read.</returns>
    public bool QueueControlText(ReadOnlySpan<byte> text)
    {
        if (_phase != Phase.Open)
        {
            return false;
        }

        if (text.Length != 1 || _letter != 0 || !_control.IsEmpty)
        {
            return QueueControl(WebSocketFrames.Text, text);
        }

        _letter = text[0];
        FlushLater();
        return true;
    }

    /// <summary>Sends a ping, unless the peer does not read anyway.</summary>
    internal void SendPing()
    {
        if (_phase == Phase.Open && _channel.IsWritable)
        {
            _ = QueueControl(WebSocketFrames.Ping, default);
        }
    }

    void ITurnEnd.OnTurnEnd()
    {
        _isFlushQueued = false;
        Pump();
    }

    void ITurnEnd.Prefetch()
    {
        CacheLines.Prefetch(_channel, 3);
        CacheLines.Prefetch(_source, 3);
    }

    /// <inheritdoc/>
    public override void ChannelWritabilityChanged(IChannelHandlerContext context)
    {
        OnWritable();
        context.FireChannelWritabilityChanged();
    }

    void IDirectHandler.OnWritable() => OnWritable();

    private void OnWritable()
    {
        if (_channel.IsWritable && _phase != Phase.Closed)
        {
            _rare?.StallTimer?.Stop();
            if (!_isPumping)
            {
                _isPumping = true;
                ReportPending(0);
                _isPumping = false;
                FlushLater();
            }
        }
    }

    /// <summary>Bytes that leave before any frame: the response to the upgrade request.</summary>
    internal void QueueResponse(IByteBuffer response)
    {
        _control.Begin(response);
        FlushLater();
    }

    /// <summary>The first message, which leaves with the response, however long that is.</summary>
    internal void QueueFirst(ReadOnlySpan<byte> text)
    {
        if (_phase == Phase.Open)
        {
            _control.Add(Loop, WebSocketFrames.Text, text);
            FlushLater();
        }
    }

    private void QueuePong(ReadOnlySpan<byte> payload)
    {
        if (_phase > Phase.Closing)
        {
            return;
        }

        if (_rare is { LatestPong: not null } || !_channel.IsWritable || !QueueControl(WebSocketFrames.Pong, payload))
        {
            Rare.LatestPong = payload.ToArray();
            FlushLater();
        }
    }

    private bool QueueControl(byte opcode, ReadOnlySpan<byte> payload)
    {
        if (!_control.TryAdd(Loop, opcode, payload))
        {
            return false;
        }

        FlushLater();
        return true;
    }

    private void Pump()
    {
        if (_phase == Phase.Closed || _isPumping || !_channel.IsWritable)
        {
            return;             // not writable: ChannelWritabilityChanged comes back here
        }

        _isPumping = true;
        if (_canSendDirectly)
        {
            SendDirectly();
        }
        else if (_context is { } context)
        {
            SendThroughPipeline(context);
        }

        AfterFlush();
        _isPumping = false;
    }

    private void SendThroughPipeline(IChannelHandlerContext context)
    {
        var size = ExpectedBytes();
        if (size == 0)
        {
            return;
        }

        var batch = Loop.RentBuffer((int)Math.Min(size, MaxBatchBytes));
        var room = batch.Array.AsSpan(batch.ArrayOffset, Math.Min(batch.Capacity, MaxBatchBytes));
        var written = Fill(room);
        if (written == 0)
        {
            _ = batch.Release();
        }
        else
        {
            _ = batch.SetWriterIndex(written);
            _ = context.WriteAsync(batch);
            context.Flush();
        }
    }

    private bool HasOutput => _partial is not null || _letter != 0 || !_control.IsEmpty || _rare is { LatestPong: not null } || _passed is not null || _isCloseDue || _source is { QueuedMessages: > 0 };

    private long ExpectedBytes()
    {
        long size = _control.Bytes + (_letter == 0 ? 0 : LetterBytes) + (_rare?.LatestPong is { } pong ? pong.Length + MaxServerHeader : 0);
        size += _partial is null ? 0 : _partial.Length - _partialStart;
        size += _passed?.Length ?? 0;
        size += _isCloseDue ? WebSocketRareState.MaxCloseBytes : 0;
        if (_source is { } source)
        {
            // A byte of prefix and a header for each; a source that counts too low only makes the batch smaller.
            size += source.QueuedBytes + (source.QueuedMessages * (long)(MaxServerHeader + 1));
        }

        return size;
    }

    private int Fill(Span<byte> room)
    {
        var written = 0;
        if (_partial is not null && !CopyPartial(room, ref written))
        {
            return written;
        }

        if (_letter != 0 && !WriteLetter(room, ref written))
        {
            return written;
        }

        if (!_control.IsEmpty && !_control.CopyTo(room, ref written))
        {
            return written;
        }

        _rare?.WritePong(room, ref written);
        if (_passed is not null && !CopyPassed(room, ref written))
        {
            return written;
        }

        while (_source is { } source && source.TryPeek(out var message))
        {
            if (!CopyMessage(source, in message, room, ref written))
            {
                return written;
            }
        }

        if (_isCloseDue && room.Length - written >= WebSocketRareState.MaxCloseBytes)
        {
            written += WriteClose(room[written..]);
        }

        return written;
    }

    // False: the room is used up.
    private bool CopyMessage(IOutgoingSource source, in OutgoingMessage message, Span<byte> room, ref int written)
    {
        var frame = message.Frame;
        if (room.Length - written < MaxServerHeader + 1)
        {
            return false;
        }

        var prefix = message.Prefix == 0 ? 0 : 1;
        written += WebSocketFrames.WriteHeader(room[written..], frame.IsBinary ? WebSocketFrames.Binary : WebSocketFrames.Text, (long)frame.Length + prefix);
        if (prefix != 0)
        {
            room[written++] = message.Prefix;
        }

        if (frame.Length <= room.Length - written)
        {
            frame.Span.CopyTo(room[written..]);
            written += frame.Length;
            source.Advance();
            return true;
        }

        _partial = frame.Retain();
        _partialStart = 0;
        return CopyPartial(room, ref written);
    }

    private bool CopyPartial(Span<byte> room, ref int written)
    {
        var frame = _partial!;
        var length = Math.Min(room.Length - written, frame.Length - _partialStart);
        frame.Span.Slice(_partialStart, length).CopyTo(room[written..]);
        written += length;
        _partialStart += length;
        if (_partialStart < frame.Length)
        {
            return false;
        }

        _partial = null;
        frame.Release();
        _source?.Advance();     // a source that was taken off meanwhile has released it already
        return true;
    }

    private bool WriteLetter(Span<byte> room, ref int written)
    {
        if (room.Length - written < LetterBytes)
        {
            return false;
        }

        written += WebSocketFrames.WriteHeader(room[written..], WebSocketFrames.Text, 1);
        room[written++] = _letter;
        _letter = 0;
        return true;
    }

    private int WriteClose(Span<byte> room)
    {
        _isCloseDue = false;
        if (_phase == Phase.Closing)
        {
            _phase = Phase.CloseSent;
            StartCloseTimer(_channel.UnacknowledgedBytes());
        }

        return Rare.WriteClose(room);
    }

    private void AfterFlush()
    {
        if (_phase == Phase.Closed)
        {
            return;             // the send failed and the channel is gone
        }

        var pending = _channel.PendingWriteBytes();
        ReportPending((int)pending);
        if (_phase == Phase.Closed)
        {
            return;
        }

        if (!_channel.IsWritable)
        {
            WatchProgress();
            return;             // a connection that finishes closes when that has left
        }

        if (HasOutput)
        {
            RunNextTurn();
            return;
        }

        if (_phase == Phase.Finishing && _partial is null && _letter == 0 && _control.IsEmpty && !_isCloseDue)
        {
            _ = _channel.CloseAsync();
        }
    }

    private void ReportPending(int bytes)
    {
        try
        {
            _source?.OnTransportPending(bytes + (_passed?.Length ?? 0));
        }
        catch (Exception exception)
        {
            OnListenerFailed(exception);
        }
    }

    private void WatchProgress() => (Rare.StallTimer ??= new StallTimer(_channel, _server.WriteStallTimeout, this)).EnsureStarted();

    void IStallOwner.OnStalled(long pendingBytes)
    {
        ChannelLog.WriteStalled(_server.Logger, RemoteEndPoint, pendingBytes);
        _server.RuleBroken?.Invoke(BrokenRules.WriteStall);
        Abort(WebSocketCloseCause.WriteStalled);
    }

    private void ReleaseOutput()
    {
        _control.Release();
        _letter = 0;
        _partial?.Release();
        _partial = null;
        DropPassed();
        _isCloseDue = false;
    }
}
