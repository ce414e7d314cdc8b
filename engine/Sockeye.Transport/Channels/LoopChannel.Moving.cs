using DotNetty.Transport.Channels;

namespace Sockeye.Transport.Channels;

internal abstract partial class LoopChannel
{
    /// <summary>Leaves for another loop at the start of the next turn, when the handlers that run now have returned.</summary>
    internal void MoveTo(LoopBase target, Action<IChannel> arrived)
    {
        if (!_loop.InEventLoop) { throw new InvalidOperationException("A channel is moved from its own loop."); }
        if (target.Settings != _loop.Settings) { throw new ArgumentException("The target is a loop of another transport.", nameof(target)); }
        if (Has(ChannelState.Moving)) { throw new InvalidOperationException("The channel is already on its way to another loop."); }
        if (!Has(ChannelState.Active) || Has(ChannelState.Closing)) { return; }
        Rare.Target = target;
        _onArrival = arrived;
        Set(ChannelState.Moving);
        NeedTurn();
    }

    private void Depart()
    {
        LoopBase target = Rare.Target!;
        Rare.Target = null;
        if (Has(ChannelState.Closing))
        {
            // Closed on the way: it stays here to the end.
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
        if (Has(ChannelState.Closed)) { return; }
        Action<IChannel>? arrived = _onArrival;
        _onArrival = null;
        if (_loop.IsShutdown || !Attach())
        {
            Fail("the loop cannot watch any more descriptors");
            return;
        }

        _loop.Counters._moved++;
        arrived?.Invoke(this);
        if (Has(ChannelState.EndPending)) { NeedTurn(); }
    }
}
