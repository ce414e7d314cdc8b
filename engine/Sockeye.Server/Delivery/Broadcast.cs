using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>One broadcast on its way to the loops that have members: the shared frame, and whom it reaches. Pooled by its namespace.</summary>
/// <remarks>Filled under the order lock, read by the loops; the last one to let go gives it back.</remarks>
internal sealed class Broadcast(NamespaceState owner)
{
    private int _references;
    private int _worst;

    /// <summary>The next one in the pool.</summary>
    public Broadcast? Pooled { get; set; }

    public ResolvedScope Scope { get; } = new();

    public Frame Frame { get; set; } = null!;

    public EmitOptions Options { get; set; }

    /// <summary>Collects the answers, if any are wanted.</summary>
    public BroadcastAckCollector? Collector { get; set; }

    public long AckId { get; set; }

    /// <summary>Who waits for the results of all members; null: nobody.</summary>
    public AwaitedBroadcast? Awaited { get; set; }

    public void Start(int references) => _references = references;

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0)
        {
            return;
        }

        Frame.Release();
        Frame = null!;
        Options = default;
        Collector = null;
        Scope.Clear();
        var awaited = Awaited;
        var worst = (EmitResult)_worst;
        Awaited = null;
        _worst = 0;
        owner.Recycle(this);
        awaited?.Complete(worst);
    }

    /// <summary>Adds the result of some of the members to what is awaited. Any thread.</summary>
    public void Report(EmitResult result)
    {
        for (var seen = Volatile.Read(ref _worst); (int)result > seen;)
        {
            var known = Interlocked.CompareExchange(ref _worst, (int)result, seen);
            if (known == seen)
            {
                break;
            }

            seen = known;
        }
    }

    /// <summary>Hands the frame to all members on one loop.</summary>
    /// <returns>The worst result among them.</returns>
    public EmitResult Deliver(List<ServerSocket> members)
    {
        var worst = EmitResult.Accepted;
        foreach (var socket in members)
        {
            var result = Collector is null
                ? socket.SendNow(Frame.Retain(), Options)
                : socket.SendForAckNow(Frame.Retain(), Options, Collector.Expect(socket.Id), AckId);
            if (result > worst)
            {
                worst = result;
            }
        }

        Collector?.PartDone();
        if (Awaited is not null)
        {
            Report(worst);
        }

        return worst;
    }
}
