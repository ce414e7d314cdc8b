using Sockeye.Transport;

namespace Sockeye.Cluster.Nats;

/// <summary>What a loop has said in its turn leaves when that ends, for each connection in one send.</summary>
/// <remarks>It owns the list of connections. One for each thread that runs turns; lives as long as that.</remarks>
internal sealed class NatsTurn : ITurnEnd
{
    [ThreadStatic]
    private static NatsTurn? t_own;

    private readonly List<NatsOutgoing> _written = [];
    private ITransportLoop? _loop;

    /// <summary>Sends what a connection has at the end of the turn, if the calling thread runs one.</summary>
    public static bool TryAdd(NatsOutgoing outgoing)
    {
        if (ITransportLoop.Current is not { IsShuttingDown: false } loop)
        {
            return false;
        }

        (t_own ??= new NatsTurn()).Add(outgoing, loop);
        return true;
    }

    void ITurnEnd.OnTurnEnd()
    {
        foreach (var outgoing in _written)
        {
            outgoing.Flush();
        }

        _written.Clear();
        _loop = null;
    }

    private void Add(NatsOutgoing outgoing, ITransportLoop loop)
    {
        if (_loop != loop)
        {
            _loop = loop;
            loop.AtTurnEnd(this);
        }

        if (!_written.Contains(outgoing))
        {
            _written.Add(outgoing);
        }
    }
}
