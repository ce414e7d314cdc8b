using System.Buffers;
using Sockeye.Server.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Relays;

/// <summary>Why a relay was ended that neither side has ended. The last word of the metric is the name in small letters.</summary>
internal enum RelayFault : byte
{
    /// <summary>A frame is missing.</summary>
    Hole,

    /// <summary>The bus, or the other server, was away for too long.</summary>
    Outage,

    /// <summary>The other server has gone.</summary>
    Gone,

    /// <summary>The other server has sent more than it may, or what makes no sense.</summary>
    Broken,

    /// <summary>The other server had no room for it.</summary>
    Refused,
}

/// <summary>One side of a relay: a connection whose client is at one server, the entry, and whose session is at another, the owner. What the one writes the other reads, in frames over the bus.</summary>
/// <remarks>
/// <para>It owns what waits to be sent, and the numbers of both directions. Frames come on the bus's thread, which checks them; everything else is on <see cref="Loop"/>. It lives until both have ended, or one is cut.</para>
/// <para><b>Limits.</b> <see cref="WindowBytes"/> in each direction: so much waits here, and so much of the other side, counted towards the memory that the engine holds. Whoever has sent as much waits until some of it has been used.</para>
/// <para><b>Order.</b> Each frame has the next number of its direction. One that came before is dropped; with one that is missing the relay ends.</para>
/// </remarks>
internal abstract class RelayEnd(RelayHub hub, ITransportLoop loop, long id, int node, long incarnation) : ITurnEnd
{
    /// <summary>Bytes on their way in one direction, and not used yet (own; at 0.25 ms for a frame and its answer a connection gets 250 MB/s). It stands on the wire: both sides begin with it.</summary>
    public const int WindowBytes = 64 << 10;

    private readonly Lock _sending = new();
    private long _known;

    // The bus's thread.
    private long _arrived;
    private bool _isDeaf;
    private uint _received;

    // The loop, and others read.
    private long _granted = WindowBytes;

    // The loop, under the lock.
    private uint _sent;

    private byte[]? _out;
    private int _outLength;
    private long _written;
    private long _limit = WindowBytes;
    private long _used;
    private RelayFlags _toSay;
    private bool _isInputOver;
    private bool _hasEnd;
    private bool _isFlushing;
    private bool _isWaiting;
    private bool _isHeld;
    private bool _isOutputOver;

    public long Id => id;

    public ITransportLoop Loop => loop;

    /// <summary>The other server.</summary>
    public int Node => node;

    public long Incarnation => incarnation;

    /// <summary>The number of this server when it began, by which the other one speaks to it.</summary>
    public int Own { get; } = hub.Port.Me.Node;

    /// <summary>The last frame that was sent. On the loop.</summary>
    public uint Sent => _sent;

    /// <summary>The last frame that was sent: others read it while the next one goes. Any thread.</summary>
    public uint SentForSure
    {
        get
        {
            lock (_sending)
            {
                return _sent;
            }
        }
    }

    /// <summary>A stamp of the moment from which on the other server is sure to know of it; 0: it is not. Any thread.</summary>
    public virtual long Known => Interlocked.Read(ref _known);

    /// <summary>The answer of the other server in which it was last named. The bus's thread.</summary>
    public long StandToken { get; set; }

    /// <summary>Whether it is over, and nothing more is to be sent.</summary>
    public bool IsDone { get; private set; }

    public abstract bool IsEntry { get; }

    /// <summary>What the next frame is.</summary>
    public virtual ClusterKind Kind => ClusterKind.Relay;

    /// <summary>Writes what the next frame has beside its place.</summary>
    public virtual void Describe(HeadWriter head)
    {
    }

    /// <summary>Bytes that may be written now.</summary>
    protected int Room => IsDone || _isOutputOver || IsEnding ? 0 : (int)Math.Clamp(_limit - _written, 0, WindowBytes);

    /// <summary>Bytes that the other side has not used.</summary>
    protected int Unused => (int)Math.Clamp(_written - (_limit - WindowBytes), 0, WindowBytes);

    /// <summary>Whether the last frame of this side has been taken by the bus.</summary>
    protected bool IsOutputOver => _isOutputOver;

    /// <summary>Whether that frame has ended it in order.</summary>
    protected bool HasEnded { get; private set; }

    protected RelayHub Hub => hub;

    /// <summary>Whether this side has ended in order, or is about to.</summary>
    protected bool IsEnding => HasEnded || (_toSay & RelayFlags.End) != 0;

    void ITurnEnd.OnTurnEnd()
    {
        _isFlushing = false;
        Flush();
    }

    /// <summary>A frame has come. The bus's thread.</summary>
    public void Receive(in RelayHead head, in ClusterMessage message)
    {
        if (_isDeaf)
        {
            return;
        }

        if (head.Number == 0)
        {
            if ((head.Flags & RelayFlags.Cut) != 0)
            {
                FailLater(RelayFault.Hole);
            }

            return;
        }

        if (head.Number <= _received)
        {
            hub.Port.Count(WireFault.Duplicate);
            return;
        }

        if (head.Number != _received + 1)
        {
            FailLater(RelayFault.Hole);
            return;
        }

        _received = head.Number;
        _arrived += message.Body.Length;
        if (_arrived > Volatile.Read(ref _granted))
        {
            FailLater(RelayFault.Broken);
            return;
        }

        _isDeaf = (head.Flags & (RelayFlags.Cut | RelayFlags.End)) != 0;
        loop.Post(new Arrival(this, head, message.Body.ToArray()));
    }

    /// <summary>The other server says which frame it has sent last, behind all that it has sent. The bus's thread.</summary>
    public void CheckStand(uint number)
    {
        if (number > _received)
        {
            FailLater(RelayFault.Hole);
        }
    }

    /// <summary>It is ended. Any thread.</summary>
    public void FailLater(RelayFault fault)
    {
        _isDeaf = true;
        loop.Post(new Failure(this, fault));
    }

    /// <summary>Tries again to send what waits.</summary>
    public void Retry()
    {
        _isHeld = false;
        Flush();
    }

    /// <summary>Sends what waits, unless the bus still does not take it.</summary>
    private void Flush()
    {
        while (!IsDone && !_isHeld && NextFrame() is { } frame)
        {
            var (length, flags) = frame;
            if (!TrySend(length, flags))
            {
                _isWaiting = true;
                hub.Wait(this, hub.Now);
                return;
            }

            if (_isWaiting)
            {
                _isWaiting = false;
                hub.WaitsNoLonger(this);
            }

            _toSay &= ~flags;
            Consume(length);
            if ((flags & (RelayFlags.End | RelayFlags.Cut)) != 0)
            {
                _isOutputOver = true;
                HasEnded = (flags & RelayFlags.Cut) == 0;
                OnOutputOver();
            }
        }
    }

    /// <summary>Ends it from here, for a reason of nobody's making.</summary>
    public void Fail(RelayFault fault)
    {
        if (!IsDone && !(IsEntry && _hasEnd))
        {
            // An answer that is here to its end needs nobody any more.
            hub.Failed(this, fault);
            Drop();
            if (_sent > 0 || !IsEntry)
            {
                TrySend(0, RelayFlags.Cut);
            }

            Finish();
            OnFailed(fault);
        }
    }

    /// <summary>What is written here leaves at the end of the turn.</summary>
    /// <returns>Bytes that were taken.</returns>
    protected int Write(ReadOnlySpan<byte> bytes)
    {
        var length = Math.Min(Room, bytes.Length);
        if (length == 0)
        {
            return 0;
        }

        if (_out is null || _out.Length - _outLength < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_outLength + length);
            _out?.AsSpan(0, _outLength).CopyTo(larger);
            Keep(larger);
        }

        bytes[..length].CopyTo(_out.AsSpan(_outLength));
        _outLength += length;
        _written += length;
        FlushLater();
        return length;
    }

    /// <summary>Says something, with the last of the bytes.</summary>
    protected void Say(RelayFlags what)
    {
        if (!IsDone && !_isOutputOver)
        {
            _toSay |= what;
            FlushLater();
        }
    }

    /// <summary>Cuts it: what waits is not sent.</summary>
    protected void Cut(RelayFlags flags = RelayFlags.None)
    {
        if (!IsDone && !_isOutputOver)
        {
            Drop();
            _toSay = RelayFlags.Cut | flags;
            FlushLater();
        }
    }

    /// <summary>Bytes of the other side have been used: it may send more.</summary>
    protected void Used(int bytes)
    {
        _used += bytes;
        if (!_isInputOver && !IsDone && _used + WindowBytes - _granted >= WindowBytes / 2)
        {
            FlushLater();
        }
    }

    /// <summary>Keeps what there is to say until <see cref="Retry"/>.</summary>
    /// <param name="since">Since when it has waited.</param>
    protected void Hold(TimeSpan since)
    {
        _isHeld = _isWaiting = true;
        hub.Wait(this, since);
    }

    protected void Finish()
    {
        if (!IsDone)
        {
            IsDone = true;
            Drop();
            hub.Remove(this);
            OnDone();
        }
    }

    protected void FlushLater()
    {
        if (!_isFlushing && !IsDone)
        {
            _isFlushing = true;
            loop.AtTurnEnd(this);
        }
    }


    protected abstract void OnInput(byte[] bytes);

    /// <summary>The side of the other server has ended.</summary>
    protected abstract void OnInputOver();

    /// <summary>More may be written.</summary>
    protected abstract void OnRoom();

    /// <summary>The other side has cut it.</summary>
    protected abstract void OnCut(bool isBusy);

    /// <summary>As <see cref="OnCut"/>, and this side was over by then.</summary>
    protected virtual void OnCutBehind()
    {
    }

    /// <summary>The other side stops.</summary>
    protected abstract void OnStop();

    /// <summary>The last frame of this side has been taken by the bus.</summary>
    protected abstract void OnOutputOver();

    protected abstract void OnFailed(RelayFault fault);

    protected abstract void OnDone();

    private (int Length, RelayFlags Flags)? NextFrame()
    {
        if (_isOutputOver)
        {
            return null;
        }

        var length = Math.Min(_outLength, hub.MaxFrameBytes);
        var flags = length < _outLength ? RelayFlags.None : _toSay;
        var grants = !_isInputOver && _used + WindowBytes - _granted >= WindowBytes / 2;
        return length > 0 || flags != RelayFlags.None || grants || IsEntry && _sent == 0 ? (length, flags) : null;
    }

    private bool TrySend(int length, RelayFlags flags)
    {
        var granted = _granted;
        if (!_isInputOver)
        {
            // Before it is said: what it allows may come at once.
            Volatile.Write(ref _granted, _used + WindowBytes);
        }

        lock (_sending)
        {
            var head = new RelayHead(id, _sent + 1, flags | (IsEntry ? RelayFlags.FromEntry : RelayFlags.None), _granted);
            if (hub.TrySend(this, head, _out.AsMemory(0, length)))
            {
                _sent++;
                if (_sent == 1)
                {
                    Interlocked.Exchange(ref _known, hub.NextStamp());
                }

                return true;
            }
        }

        Volatile.Write(ref _granted, granted);
        return false;
    }

    private void Consume(int length)
    {
        _outLength -= length;
        if (_outLength == 0)
        {
            Keep(null);
        }
        else if (length > 0)
        {
            _out.AsSpan(length, _outLength).CopyTo(_out);
        }
    }

    private void Drop()
    {
        _outLength = 0;
        Keep(null);
    }

    private void Keep(byte[]? next)
    {
        BufferCounters.Hold((next?.Length ?? 0) - (_out?.Length ?? 0));
        if (_out is not null)
        {
            ArrayPool<byte>.Shared.Return(_out);
        }

        _out = next;
    }

    private void Take(in RelayHead head, byte[] bytes)
    {
        if (IsDone)
        {
            if ((head.Flags & RelayFlags.Cut) != 0)
            {
                OnCutBehind();
            }

            return;
        }

        if ((head.Flags & RelayFlags.Cut) != 0)
        {
            _isInputOver = true;
            OnCut((head.Flags & RelayFlags.Busy) != 0);
            return;
        }

        if (head.Limit > _limit)
        {
            _limit = head.Limit;
            OnRoom();
        }

        _isInputOver |= (head.Flags & (RelayFlags.End | RelayFlags.Whole)) != 0;
        if (bytes.Length > 0 && !IsDone)
        {
            OnInput(bytes);
        }

        if ((head.Flags & RelayFlags.End) != 0 && !IsDone)
        {
            _hasEnd = true;
            OnInputOver();
        }

        if ((head.Flags & RelayFlags.Stop) != 0 && !IsDone)
        {
            OnStop();
        }
    }

    /// <summary>A frame on its way to the loop, counted as memory until it is there.</summary>
    private sealed class Arrival : ILoopWork
    {
        private readonly RelayEnd _end;
        private readonly RelayHead _head;
        private readonly byte[] _bytes;

        public Arrival(RelayEnd end, in RelayHead head, byte[] bytes)
        {
            (_end, _head, _bytes) = (end, head, bytes);
            BufferCounters.Hold(bytes.Length);
        }

        public void Run()
        {
            BufferCounters.Hold(-_bytes.Length);
            _end.Take(_head, _bytes);
        }

        public void Dropped() => BufferCounters.Hold(-_bytes.Length);
    }

    private sealed class Failure(RelayEnd end, RelayFault fault) : ILoopWork
    {
        public void Run() => end.Fail(fault);
    }
}
