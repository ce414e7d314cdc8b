using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Logging;

namespace Sockeye.Transport.Channels;

internal abstract partial class LoopChannel
{
    /// <summary>How long a closed connection waits for the peer's end, so that the peer reads our last bytes instead of a reset.</summary>
    internal static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);

    /// <summary>Closes: what was written leaves first. The task completes when it has left, or when that has failed.</summary>
    Task IChannelUnsafe.CloseAsync()
    {
        Task completion = CloseCompletion;
        if (_loop.InEventLoop) { BeginClose(); }
        else { _loop.Post(static channel => ((LoopChannel)channel!).BeginClose(), this); }
        return completion;
    }

    void IChannelUnsafe.CloseForcibly() => Abort();

    /// <inheritdoc/>
    public void Abort()
    {
        if (!_loop.InEventLoop)
        {
            _loop.Post(static channel => ((LoopChannel)channel!).Abort(), this);
            return;
        }

        if (Has(ChannelState.Closed)) { return; }
        DropPending();
        CloseDescriptor(reset: true);
    }

    /// <summary>Closes at once without a reset of our own; what is pending is dropped. For the end of the loop.</summary>
    internal void Drop()
    {
        if (Has(ChannelState.Closed)) { return; }
        DropPending();
        CloseDescriptor();
    }

    private void BeginClose()
    {
        if (!_loop.InEventLoop)
        {
            // The channel has moved since the call was queued.
            _loop.Post(static channel => ((LoopChannel)channel!).BeginClose(), this);
            return;
        }

        if (Has(ChannelState.Closing | ChannelState.Closed)) { return; }
        Set(ChannelState.Closing);
        if (!Has(ChannelState.Blocked)) { SendPending(); }
        if (Has(ChannelState.Closed)) { return; }
        if (_out is null)
        {
            EndOutput();
        }
        else
        {
            Rare.AtClose = (_pendingBytes, Unacknowledged());
            StartTimer(_loop.Settings.CloseTimeout);
            if (Has(ChannelState.ReadReady)) { NeedTurn(); }
        }
    }

    private void EndOutput()
    {
        DueList.Cancel(_rare?.CloseTimer);
        if (Has(ChannelState.InputEnded | ChannelState.HungUp) || _loop.IsShutdown)
        {
            CloseDescriptor();
            return;
        }

        ShutOutput();
        Set(ChannelState.Lingering);
        BecomeInactive();
        StartTimer(LingerTime);
        NeedTurn();
    }

    /// <summary>The connection is broken, or cannot be kept.</summary>
    private void Fail(string reason)
    {
        if (Has(ChannelState.Closed)) { return; }
        if (!Has(ChannelState.Lingering))
        {
            _loop.Counters._resets++;
            if (_loop.Logger.IsEnabled(LogLevel.Debug)) { TransportLog.ConnectionFailed(_loop.Logger, RemoteAddress, reason); }
        }

        DropPending();
        CloseDescriptor();
    }

    private void CloseDescriptor(bool reset = false)
    {
        if (Has(ChannelState.Closed)) { return; }
        Set(ChannelState.Closed);
        Clear(ChannelState.ReadReady | ChannelState.Blocked | ChannelState.Moving);
        DueList.Cancel(_rare?.CloseTimer);
        _onArrival = null;
        _loop.Counters._closed++;
        Release(reset);
        _loop.Settings.Connections.Closed();
        BecomeInactive();
    }

    /// <summary>The pipeline hears it in the next turn: whoever closes a channel is often inside one of its handlers.</summary>
    private void BecomeInactive()
    {
        if (!Has(ChannelState.Active)) { return; }
        Clear(ChannelState.Active);
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _rare)?.CloseCompletion?.TrySetResult();
        if (!Has(ChannelState.Registered)) { return; }
        Set(ChannelState.InactivePending);
        NeedTurn();
    }

    private void StartTimer(TimeSpan time) => _loop.DueList(time).Add(Rare.CloseTimer ??= new CloseTimer(this));

    private void OnCloseTimer()
    {
        if (Has(ChannelState.Lingering))
        {
            CloseDescriptor();
            return;
        }

        // A peer that reads slowly takes what was written before the close; only one that takes nothing is given up.
        (long Pending, int Unacknowledged) now = (_pendingBytes, Unacknowledged());
        if (now.Pending < Rare.AtClose.Pending || now.Unacknowledged < Rare.AtClose.Unacknowledged)
        {
            Rare.AtClose = now;
            StartTimer(_loop.Settings.CloseTimeout);
            return;
        }

        TransportLog.CloseTimedOut(_loop.Logger, RemoteAddress);
        Abort();
    }

    private sealed class CloseTimer(LoopChannel channel) : DueEntry
    {
        protected internal override bool IsDeadline => true;

        protected internal override void OnDue(TimeSpan due) => channel.OnCloseTimer();
    }
}
