using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Channels;

internal abstract partial class LoopChannel
{
    /// <summary>Closes: what was written leaves first. The task completes when it has left, or when that has failed.</summary>
    Task IChannelUnsafe.CloseAsync()
    {
        var completion = CloseCompletion;
        if (_loop.InEventLoop)
        {
            BeginClose();
        }
        else
        {
            _loop.Post(static channel => ((LoopChannel)channel!).BeginClose(), this);
        }

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

        CloseDescriptor(reset: true);
    }

    /// <inheritdoc/>
    public void Drop() => CloseDescriptor();

    private void BeginClose()
    {
        if (!_loop.InEventLoop)
        {
            // The channel has moved since the call was queued.
            _loop.Post(static channel => ((LoopChannel)channel!).BeginClose(), this);
            return;
        }

        if (Has(ChannelState.Closing | ChannelState.Closed))
        {
            return;
        }

        Set(ChannelState.Closing);
        if (!Has(ChannelState.Blocked))
        {
            SendPending();
        }

        if (Has(ChannelState.Closed))
        {
            return;
        }

        if (_pending.IsEmpty)
        {
            EndOutput();
        }
        else
        {
            Closing.AwaitOutput();
            if (Has(ChannelState.ReadReady))
            {
                NeedTurn();
            }
        }
    }

    private void EndOutput()
    {
        if (Has(ChannelState.InputEnded | ChannelState.HungUp) || _loop.IsShutdown)
        {
            CloseDescriptor();
            return;
        }

        ShutOutput();
        Set(ChannelState.Lingering);
        BecomeInactive();
        Closing.Linger();
        NeedTurn();
    }

    /// <summary>The connection is broken, or cannot be kept.</summary>
    private void Fail(string reason)
    {
        if (Has(ChannelState.Closed))
        {
            return;
        }

        if (!Has(ChannelState.Lingering))
        {
            _loop.Counters._resets++;
            if (_loop.Logger.IsEnabled(LogLevel.Debug))
            {
                TransportLog.ConnectionFailed(_loop.Logger, RemoteAddress, reason);
            }
        }

        CloseDescriptor();
    }

    /// <summary>What is pending is dropped.</summary>
    private void CloseDescriptor(bool reset = false)
    {
        if (Has(ChannelState.Closed))
        {
            return;
        }

        _pending.Drop(_loop);
        Set(ChannelState.Closed);
        Clear(ChannelState.ReadReady | ChannelState.Blocked | ChannelState.Moving);
        DueList.Cancel(_extras?.Closing);
        _onArrival = null;
        _loop.Counters._closed++;
        Release(reset);
        _loop.Settings.Connections.Closed(_limit);
        BecomeInactive();
    }

    /// <summary>The pipeline hears it in the next turn: whoever closes a channel is often inside one of its handlers.</summary>
    private void BecomeInactive()
    {
        if (!Has(ChannelState.Active))
        {
            return;
        }

        Clear(ChannelState.Active);
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _extras)?.CompleteClose();
        if (!Has(ChannelState.Registered))
        {
            return;
        }

        Set(ChannelState.InactivePending);
        NeedTurn();
    }

    /// <summary>Throws input away until there is none, the peer has ended, or it has been enough; a turn's share of it in one turn.</summary>
    private void Discard()
    {
        var closing = Closing;
        var buffer = _loop.Scratch;
        for (var i = 0; i < ReadsPerTurn && Has(ChannelState.ReadReady) && !closing.IsFull; i++)
        {
            _loop.Counters._receives++;
            var received = Receive(buffer, buffer.Length);
            if (received > 0)
            {
                closing.Discarded(received);
                if (received < buffer.Length && !Has(ChannelState.EndSignalled))
                {
                    Clear(ChannelState.ReadReady);
                }

                continue;
            }

            Clear(ChannelState.ReadReady);
            if (received == IoResult.WouldBlock)
            {
                return;
            }

            Set(ChannelState.InputEnded);
            if (received == IoResult.Failed)
            {
                Fail("receive failed while closing");
            }
            else if (Has(ChannelState.Lingering))
            {
                CloseDescriptor();
            }

            return;
        }

        if (!closing.IsFull)
        {
            if (Has(ChannelState.ReadReady))
            {
                NeedTurn();
            }
        }
        else if (Has(ChannelState.Lingering))
        {
            CloseDescriptor();
        }
    }
}
