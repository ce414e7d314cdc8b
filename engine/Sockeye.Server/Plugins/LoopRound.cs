using Sockeye.Transport;

namespace Sockeye.Server.Plugins;

/// <summary>One visit to each of some loops: what they ran or had waiting before is over when all have been visited, or have ended.</summary>
internal sealed class LoopRound : ILoopWork
{
    private int _left;

    public LoopRound(IReadOnlyList<ITransportLoop> loops)
    {
        _left = loops.Count;
        foreach (var loop in loops)
        {
            loop.Post(this);
        }
    }

    public bool IsOver => Volatile.Read(ref _left) == 0;

    void ILoopWork.Run() => Interlocked.Decrement(ref _left);

    void ILoopWork.Dropped() => Interlocked.Decrement(ref _left);
}
