using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>A message of another thread on its way to the loop of its session.</summary>
/// <remarks>It owns a reference to its frame, from the thread that sends until it runs on the loop or is dropped with it. What waits like this is bounded by <see cref="Outbox.Post"/>.</remarks>
internal sealed class PostedSend(Outbox outbox, Frame frame, int cost, bool isVolatile, OutboxPolicy whenFull, string? key, long keyId) : ILoopWork
{
    public void Run()
    {
        outbox.Arrived(cost);
        _ = outbox.Owner!.Send(frame, isVolatile, whenFull, key, keyId);
    }

    public void Dropped()
    {
        outbox.Arrived(cost);
        outbox.GiveUp(frame);
    }
}
