using System.Net;
using DotNetty.Buffers;
using DotNetty.Common.Concurrency;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport.Channels;

/// <summary>
/// A connection on one of the engine's own loops: it owns the state of the connection, and with it what happens on the way from its first read to its
/// close. A derived class owns what carries the bytes. With <see cref="ChannelFace"/> and <see cref="PendingOutput"/> it is one object, and itself one type because
/// reading, writing and closing decide by each other's state and 10,000 idle connections pay for every further object; <see cref="ChannelExtras"/> and <see cref="ChannelClosing"/> are made by the few that need them.
/// </summary>
/// <remarks>
/// Everything but the plain properties happens on the thread of its loop; calls from elsewhere are posted to it. It lives until its descriptor is closed:
/// active, closing (pending output leaves), lingering (output ended, waiting for the peer's end), closed. It holds no buffer while it is idle, and reads
/// at most <see cref="ReadsPerTurn"/> times in a turn.
/// </remarks>
internal abstract partial class LoopChannel : ChannelFace, ITransportChannel, IAcceptedUnsafe, ILoopWork, ITurnStart
{
    private readonly ListenerLimit? _limit;
    private volatile LoopBase _loop;
    private volatile ChannelState _state = ChannelState.Active | ChannelState.AutoRead;
    private Action<IChannel>? _onArrival;
    private ChannelExtras? _extras;

    /// <param name="loop">Its loop.</param>
    /// <param name="initialize">Fills the pipeline.</param>
    /// <param name="limit">That of its listener, which has counted it with all connections; null: it has none.</param>
    private protected LoopChannel(LoopBase loop, Action<IChannel> initialize, ListenerLimit? limit)
    {
        _loop = loop;
        _onArrival = initialize;
        _limit = limit;
    }

    public sealed override IEventLoop EventLoop => _loop;

    public sealed override bool Open => !Has(ChannelState.Closing | ChannelState.Lingering | ChannelState.Closed);

    public sealed override bool Active => Has(ChannelState.Active);

    public sealed override bool Registered => Has(ChannelState.Registered);

    /// <summary>Whether nothing that was flushed waits for the kernel. <c>ChannelWritabilityChanged</c> tells when it has become true again.</summary>
    public sealed override bool IsWritable => !Has(ChannelState.Blocked) && Active;

    public sealed override IChannelUnsafe Unsafe => this;

    public sealed override Task CloseCompletion => Active ? Extras.CloseOf(this) : Task.CompletedTask;

    internal LoopBase CurrentLoop => _loop;

    LoopSettings ITransportChannel.Settings => _loop.Settings;

    private ChannelClosing Closing => Extras.Closing ??= new ChannelClosing(this);

    private ChannelExtras Extras => Volatile.Read(ref _extras) ?? Interlocked.CompareExchange(ref _extras, new ChannelExtras(), null) ?? _extras;

    internal abstract PeerAddress Peer { get; }

    /// <summary>Whether it can go to another loop.</summary>
    private protected virtual bool CanMove => true;

    public sealed override IAttribute<T> GetAttribute<T>(AttributeKey<T> key) => Extras.Attributes.GetAttribute(key);

    public sealed override bool HasAttribute<T>(AttributeKey<T> key) => Volatile.Read(ref _extras)?.HasAttribute(key) ?? false;

    /// <summary>First or next arrival on a loop, posted there by whoever hands the channel over.</summary>
    void ILoopWork.Run()
    {
        if (Has(ChannelState.Registered))
        {
            Arrive();
        }
        else
        {
            Register();
        }
    }

    void ILoopWork.Dropped() => Drop();

    /// <summary>Fills the pipeline and starts to read. On the loop.</summary>
    internal void Register()
    {
        var initialize = _onArrival!;
        _onArrival = null;
        if (_loop.IsShutdown)
        {
            CloseDescriptor();
            return;
        }

        Set(ChannelState.Registered);
        _loop.Counters._accepted++;
        try
        {
            initialize(this);
        }
        catch (Exception e)
        {
            TransportLog.InitializerFailed(_loop.Logger, e);
            _loop.Counters._faults++;
            Abort();
            return;
        }

        if (!Attach())
        {
            Fail("the loop cannot watch any more descriptors");
            return;
        }

        Pipeline.FireChannelRegistered();
        Pipeline.FireChannelActive();
    }

    /// <summary>The turn after the one in which the channel asked for it.</summary>
    void ITurnStart.OnTurnStart()
    {
        Clear(ChannelState.Queued);
        if (Has(ChannelState.InactivePending))
        {
            Clear(ChannelState.InactivePending | ChannelState.Registered);
            FireInactive();
        }

        if (Has(ChannelState.Closed))
        {
            return;
        }

        if (Has(ChannelState.Moving))
        {
            Depart();
            return;
        }

        if (Has(ChannelState.EndPending))
        {
            Clear(ChannelState.EndPending);
            BeginClose();
        }

        if (Has(ChannelState.ReadReady))
        {
            ReadNow();
        }
    }

    /// <summary>Leaves for another loop at the start of the next turn, when the handlers that run now have returned.</summary>
    internal void MoveTo(LoopBase target, Action<IChannel> arrived)
    {
        if (!_loop.InEventLoop)
        {
            throw new InvalidOperationException("A channel is moved from its own loop.");
        }

        if (target.Settings != _loop.Settings)
        {
            throw new ArgumentException("The target is a loop of another transport.", nameof(target));
        }

        if (!CanMove)
        {
            throw new NotSupportedException("The channel stays on its loop.");
        }

        if (Has(ChannelState.Moving))
        {
            throw new InvalidOperationException("The channel is already on its way to another loop.");
        }

        if (!Has(ChannelState.Active) || Has(ChannelState.Closing))
        {
            return;
        }

        Extras.Target = target;
        _onArrival = arrived;
        Set(ChannelState.Moving);
        NeedTurn();
    }

    private void Depart()
    {
        var target = Extras.Target!;
        Extras.Target = null;
        if (Has(ChannelState.Closing))
        {
            // A channel that was closed on the way stays here to the end.
            Clear(ChannelState.Moving);
            _onArrival = null;
            NeedTurn();
            return;
        }

        Detach();
        Clear(ChannelState.ReadReady);
        _loop = target;
        target.Post(this);
    }

    private void Arrive()
    {
        Clear(ChannelState.Moving);
        if (Has(ChannelState.Closed))
        {
            return;
        }

        var arrived = _onArrival;
        _onArrival = null;
        if (_loop.IsShutdown || !Attach())
        {
            Fail("the loop cannot watch any more descriptors");
            return;
        }

        _loop.Counters._moved++;
        arrived?.Invoke(this);
        if (Has(ChannelState.EndPending))
        {
            NeedTurn();
        }
    }

    /// <summary>Starts to watch the descriptor on the current loop; the first event tells what is ready now.</summary>
    private protected abstract bool Attach();

    /// <summary>Stops watching the descriptor on the current loop.</summary>
    private protected abstract void Detach();

    /// <summary>Receives into the buffer: a byte count, 0 at the end of the peer's output, or a value of <see cref="IoResult"/>.</summary>
    private protected abstract int Receive(byte[] buffer, int length);

    /// <summary>Sends bytes: how many the kernel took, or a value of <see cref="IoResult"/>.</summary>
    private protected abstract int Send(ReadOnlySpan<byte> bytes);

    /// <inheritdoc/>
    public abstract int Unacknowledged();

    /// <summary>Ends our output.</summary>
    private protected abstract void ShutOutput();

    /// <summary>Frees the descriptor, with a reset if asked for.</summary>
    private protected abstract void Release(bool reset);

    private protected bool Has(ChannelState flags) => (_state & flags) != 0;

    private protected void Set(ChannelState flags) => _state |= flags;

    private protected void Clear(ChannelState flags) => _state &= ~flags;

    /// <summary>Asks the loop for a call at the start of its next turn.</summary>
    private protected void NeedTurn()
    {
        if (Has(ChannelState.Queued))
        {
            return;
        }

        Set(ChannelState.Queued);
        _loop.AtTurnStart(this);
    }
}
