using DotNetty.Transport.Channels;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Channels;

internal abstract partial class LoopChannel
{
    /// <summary>Full reads of one channel in one turn; then the others come first. Netty's figure.</summary>
    internal const int ReadsPerTurn = 16;

    public sealed override bool AutoRead
    {
        get => Has(ChannelState.AutoRead);
        set
        {
            if (_loop.InEventLoop)
            {
                SetAutoRead(value);
            }
            else if (value)
            {
                _loop.Post(static channel => ((LoopChannel)channel!).SetAutoRead(true), this);
            }
            else
            {
                _loop.Post(static channel => ((LoopChannel)channel!).SetAutoRead(false), this);
            }
        }
    }

    private bool WantsInput => Has(ChannelState.AutoRead | ChannelState.ReadRequested) && Has(ChannelState.Active) && !Has(ChannelState.Closing | ChannelState.Moving);

    void IChannelUnsafe.BeginRead()
    {
        if (!_loop.InEventLoop)
        {
            _loop.Post(static channel => ((IChannelUnsafe)channel!).BeginRead(), this);
            return;
        }

        if (!Has(ChannelState.AutoRead))
        {
            Set(ChannelState.ReadRequested);
        }

        if (Has(ChannelState.ReadReady) && !Has(ChannelState.InRead))
        {
            NeedTurn();
        }
    }

    private void SetAutoRead(bool value)
    {
        if (!value)
        {
            Clear(ChannelState.AutoRead | ChannelState.ReadRequested);
            return;
        }

        Set(ChannelState.AutoRead);
        if (Has(ChannelState.ReadReady) && !Has(ChannelState.InRead))
        {
            NeedTurn();
        }
    }

    /// <summary>What the wait has told. On the loop.</summary>
    internal void OnReady(Readiness readiness)
    {
        if (Has(ChannelState.Closed))
        {
            return;
        }

        if ((readiness & Readiness.HangUp) != 0)
        {
            Set(ChannelState.HungUp | ChannelState.EndSignalled);
            if (Has(ChannelState.Blocked))
            {
                Fail("hung up before it took what was written");
            }
        }
        else if ((readiness & Readiness.Writable) != 0 && Has(ChannelState.Blocked))
        {
            OnWritable();
        }

        if ((readiness & Readiness.InputEnd) != 0)
        {
            Set(ChannelState.EndSignalled);
        }

        if ((readiness & (Readiness.Readable | Readiness.InputEnd | Readiness.HangUp)) != 0 && !Has(ChannelState.Closed))
        {
            Set(ChannelState.ReadReady);
            ReadNow();
        }
    }

    private void ReadNow()
    {
        if (Has(ChannelState.Closing | ChannelState.Lingering))
        {
            Discard();
        }
        else if (WantsInput)
        {
            Deliver();
        }
        else if (Has(ChannelState.HungUp) && !Has(ChannelState.Moving))
        {
            Fail("hung up while reading was paused");
        }
    }

    private void Deliver()
    {
        Set(ChannelState.InRead);
        var loop = _loop;
        var any = false;
        for (var i = 0; i < ReadsPerTurn && WantsInput; i++)
        {
            var buffer = loop.ReadBuffer;
            var capacity = buffer.Capacity;
            loop.Counters._receives++;
            var received = Receive(buffer.Array, capacity);
            if (received <= 0)
            {
                OnInputStopped(received);
                break;
            }

            any = true;
            loop.Counters._bytesIn += received;
            Clear(ChannelState.ReadRequested);
            if (received < capacity && !Has(ChannelState.EndSignalled))
            {
                Clear(ChannelState.ReadReady);
            }

            buffer.SetIndex(0, received);
            buffer.Retain();
            FireRead(buffer);
            if (buffer.ReferenceCount == 1)
            {
                buffer.SetIndex(0, 0);
            }
            else
            {
                loop.GiveUpReadBuffer();
            }

            if (!Has(ChannelState.ReadReady))
            {
                break;
            }
        }

        if (any)
        {
            FireReadComplete();
        }

        Clear(ChannelState.InRead);
        if (Has(ChannelState.ReadReady) && (WantsInput || Has(ChannelState.Closing)) && !Has(ChannelState.Closed))
        {
            NeedTurn();
        }
    }

    private void OnInputStopped(int result)
    {
        Clear(ChannelState.ReadReady);
        if (result == IoResult.WouldBlock)
        {
            return;
        }

        if (result == IoResult.Failed)
        {
            Fail("receive failed");
            return;
        }

        // Input of this turn is being handled, and answers may be written until its very end: the close comes in the next one.
        Set(ChannelState.InputEnded | ChannelState.EndPending);
        NeedTurn();
    }
}
