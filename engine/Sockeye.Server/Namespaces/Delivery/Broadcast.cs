using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>One broadcast on its way to the loops that have members: the shared frame, and whom it reaches.</summary>
/// <remarks>It owns a reference to its frame. Filled by the thread that sends it, its scope under the order lock, then read by the loops; the last one to let go gives it back for the next use.</remarks>
internal sealed class Broadcast
{
    private int _references;
    private int _worst;

    public ResolvedScope Scope { get; } = new();

    public Frame Frame { get; private set; } = null!;

    public EmitOptions Options { get; private set; }

    /// <summary>Collects the answers, if any are wanted.</summary>
    public BroadcastAckCollector? Collector { get; set; }

    public long AckId { get; set; }

    /// <summary>Who waits for the results of all members; null: nobody.</summary>
    public AwaitedBroadcast? Awaited { get; set; }

    /// <summary>One that nobody uses. Takes the reference to the frame.</summary>
    public static Broadcast Take(Frame frame, in EmitOptions options)
    {
        var broadcast = Recycler<Broadcast>.Take() ?? new Broadcast();
        broadcast.Frame = frame;
        broadcast.Options = options;
        return broadcast;
    }

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
        Recycler<Broadcast>.Give(this);
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
