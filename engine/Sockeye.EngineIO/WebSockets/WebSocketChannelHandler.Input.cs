using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Connections;
using Sockeye.Protocol;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

// Input: decoding, the budget of a turn, pausing.
public sealed partial class WebSocketChannelHandler
{
    private bool _isPaused;                 // by the listener
    private bool _isHandling;               // input that arrives meanwhile is held, not handled recursively
    private bool _isHeard;                  // since it was last asked

    /// <summary>Bytes of memory that what has come and is not delivered takes. Any thread.</summary>
    internal int UnfinishedCost => _rare is { } rare ? rare.UnfinishedBytes + rare.Held.Cost : 0;

    private bool IsHolding => _rare is { Held.IsEmpty: false };

    /// <summary>Delivers no further message, not even those of the current read, and stops reading from the kernel. Their deadline does not run.</summary>
    public void PauseReading()
    {
        if (_isPaused || _phase != Phase.Open)
        {
            return;
        }

        _isPaused = true;
        _rare?.MessageTimer?.Stop();
        _channel.Configuration.AutoRead = false;
    }

    /// <summary>Goes on after <see cref="PauseReading"/>; what was held back is delivered in a later turn.</summary>
    public void ResumeReading()
    {
        if (!_isPaused)
        {
            return;
        }

        _isPaused = false;
        if (IsHolding)
        {
            RunNextTurn();
        }
        else if (!_isHandling)
        {
            ReadOn();
            WatchOpenMessage(isNew: true);
        }
    }

    /// <inheritdoc/>
    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        if (message is IByteBuffer buffer)
        {
            OnRead(buffer);
        }
        else
        {
            context.FireChannelRead(message);
        }
    }

    void IDirectHandler.OnRead(IByteBuffer buffer) => OnRead(buffer);

    /// <summary>Whether anything has come since the last call, or could not since reading is paused.</summary>
    internal bool TakeHeard()
    {
        var isHeard = _isHeard || _isPaused;
        _isHeard = false;
        return isHeard;
    }

    private void OnRead(IByteBuffer buffer)
    {
        _isHeard = true;
        try
        {
            Receive(buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes));
        }
        finally
        {
            _ = buffer.Release();
        }
    }

    /// <summary>Bytes that came behind the upgrade request, perhaps none; handled in the next turn, when the owner has finished its set-up. Reading may be
    /// off, since the request may have waited behind another one: it goes on.</summary>
    internal void HoldFirst(Span<byte> input)
    {
        if (!input.IsEmpty)
        {
            Hold(input);
        }
        else if (!_isPaused)
        {
            ReadOn();
        }
    }

    /// <summary>Takes bytes in the order in which they came; they are unmasked in place.</summary>
    internal void Receive(Span<byte> input)
    {
        if (_phase >= Phase.Finishing)
        {
            return;
        }

        if (_isPaused || _isHandling || IsHolding)
        {
            Hold(input);
        }
        else
        {
            var rest = Handle(input);
            if (!rest.IsEmpty)
            {
                Hold(rest);
            }
            else if (!_isPaused)
            {
                ReadOn();
            }
        }
    }

    private void HandleHeld()
    {
        if (!IsHolding || _isPaused || _isHandling)
        {
            return;
        }

        Rare.Held.PutBack(Handle(Rare.Held.Take()));
        if (_phase >= Phase.Finishing)
        {
            DropHeld();
        }
        else if (!IsHolding)
        {
            if (!_isPaused)
            {
                ReadOn();
            }
        }
        else if (!_isPaused)
        {
            RunNextTurn();
        }
    }

    // Returns what was not handled.
    private Span<byte> Handle(Span<byte> input)
    {
        var wasInside = _decoder.IsInsideMessage;
        var delivered = false;
        var budget = _server.FramesPerTurn;
        var waiting = Loop.TurnEndCount;
        var wasQueued = _isFlushQueued;
        _isHandling = true;
        _readBytes = input.Length;
        while (_phase < Phase.Finishing && !_isPaused && budget-- > 0)
        {
            var status = _decoder.Read(ref input, out var message);
            if (status == WebSocketReadStatus.NeedMore)
            {
                break;
            }

            if (status == WebSocketReadStatus.Failed)
            {
                Fail(_decoder.Error);
                break;
            }

            delivered |= Dispatch(in message);
        }

        _isHandling = false;
        CountUnfinished(_phase == Phase.Closed ? 0 : _decoder.UnfinishedBytes);
        if (_isFlushQueued && !wasQueued)
        {
            FlushAfterRead(isAlone: Loop.TurnEndCount == waiting);
        }

        if (_phase >= Phase.Finishing)
        {
            return default;
        }

        WatchOpenMessage(isNew: delivered || !wasInside);
        return _phase >= Phase.Finishing ? default : input;
    }

    private bool Dispatch(in WebSocketMessage message)
    {
        switch (message.Kind)
        {
            case WebSocketMessageKind.Ping:
                QueuePong(message.Payload);
                return false;
            case WebSocketMessageKind.Pong:
                return false;
            case WebSocketMessageKind.Close:
                OnPeerClose(message.CloseCode, System.Text.Encoding.UTF8.GetString(message.Payload));
                return false;
            default:
                if (_phase == Phase.Open)
                {
                    try
                    {
                        _listener.OnMessage(this, message.Payload, message.Kind == WebSocketMessageKind.Binary);
                    }
                    catch (Exception exception)
                    {
                        OnListenerFailed(exception);
                    }
                }

                return true;
        }
    }

    // Output that a read has queued for its own peer alone, an answer as a rule, leaves at once, while the connection is in the processor's caches.
    // Output that it has queued for others as well may be followed by more for the same receivers: all of that leaves together at the end of the turn.
    private void FlushAfterRead(bool isAlone)
    {
        if (isAlone && _phase == Phase.Open)
        {
            _isFlushQueued = false;
            Pump();
        }
        else
        {
            Loop.AtTurnEnd(this);
        }
    }

    private void OnListenerFailed(Exception exception)
    {
        ChannelLog.ListenerFailed(_server.Logger, RemoteEndPoint, exception);
        Refuse(1011, "internal error", ProtocolError.None, WebSocketCloseCause.ListenerFailed);
    }

    private void WatchOpenMessage(bool isNew)
    {
        if (!_decoder.IsInsideMessage || _isPaused)
        {
            _rare?.MessageTimer?.Stop();
        }
        else if (isNew || _rare is not { MessageTimer.IsRunning: true })
        {
            (Rare.MessageTimer ??= new WebSocketTimer(this, WebSocketMoment.Message)).Start(_server.MessageTimeout);
        }
    }

    private void Hold(Span<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        Rare.Held.Append(input);
        _channel.Configuration.AutoRead = false;
        if (!_isPaused)
        {
            RunNextTurn();
        }
    }

    // Towards the memory that the engine holds.
    private void CountUnfinished(int bytes)
    {
        var before = _rare?.UnfinishedBytes ?? 0;
        if (bytes != before)
        {
            Rare.CountUnfinished(bytes);
            if (bytes > before && bytes >= IMemoryBudget.LeastGrowth)
            {
                OnGrowth();
            }
        }
    }

    private void DropHeld()
    {
        _isPaused = false;
        _rare?.Held.Clear();
        ReadOn();
    }

    private void ReadOn()
    {
        if (_phase != Phase.Closed && !_channel.Configuration.AutoRead)
        {
            _channel.Configuration.AutoRead = true;
            _ = _channel.Read();
        }
    }
}
