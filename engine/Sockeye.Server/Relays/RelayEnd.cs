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
internal abstract partial class RelayEnd(RelayHub hub, ITransportLoop loop, long id, int node, long incarnation) : ITurnEnd
{
    /// <summary>Bytes on their way in one direction, and not used yet (own; at 0.25 ms for a frame and its answer a connection gets 250 MB/s). It stands on the wire: both sides begin with it.</summary>
    public const int WindowBytes = 64 << 10;

    // The bus's thread.
    private long _arrived;
    private bool _isDeaf;
    private uint _received;

    // The loop, and others read.
    private long _granted = WindowBytes;

    // The loop.
    private long _used;
    private bool _isInputOver;
    private bool _hasEnd;

    public long Id => id;

    public ITransportLoop Loop => loop;

    /// <summary>The other server.</summary>
    public int Node => node;

    public long Incarnation => incarnation;

    /// <summary>The number of this server when it began, by which the other one speaks to it.</summary>
    public int Own { get; } = hub.Port.Me.Node;

    /// <summary>When it began, by <see cref="RelayHub.Now"/>.</summary>
    public TimeSpan Since { get; } = hub.Now;

    /// <summary>Whether nothing has come of the other server. Any thread.</summary>
    public bool IsUnanswered => Volatile.Read(ref _received) == 0;

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

    protected RelayHub Hub => hub;

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

        if (FrameNumber.IsUpTo(head.Number, _received))
        {
            hub.Port.Count(WireFault.Duplicate);
            return;
        }

        if (head.Number != FrameNumber.After(_received))
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
        if (!FrameNumber.IsUpTo(number, _received))
        {
            FailLater(RelayFault.Hole);
        }
    }

    /// <summary>As if frames up to a number had gone in both directions: for tests, to which the last number would be far.</summary>
    internal void SkipTo(uint number) => _sent = _received = number;

    /// <summary>It is ended. Any thread.</summary>
    public void FailLater(RelayFault fault)
    {
        _isDeaf = true;
        loop.Post(new Failure(this, fault));
    }

    /// <summary>Ends it from here, for a reason of nobody's making.</summary>
    public void Fail(RelayFault fault)
    {
        // An answer that is here to its end needs nobody any more, unless it is to be said that its client has not got it.
        if (!IsDone && !(IsEntry && _hasEnd && (_toSay & RelayFlags.Cut) == 0))
        {
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

    /// <summary>Bytes of the other side have been used: it may send more.</summary>
    protected void Used(int bytes)
    {
        _used += bytes;
        if (!_isInputOver && !IsDone && _used + WindowBytes - _granted >= WindowBytes / 2)
        {
            FlushLater();
        }
    }

    protected void Finish()
    {
        if (!IsDone)
        {
            IsDone = true;
            Drop();

            // Before it is forgotten: what comes for it meanwhile finds it, or what it leaves behind.
            OnDone();
            hub.Remove(this);
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

        if (head.Limit > _written + WindowBytes)
        {
            Fail(RelayFault.Broken);        // more than it can have used
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
