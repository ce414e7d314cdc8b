using System.Collections.Concurrent;
using Sockeye.Cluster;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>A bus whose subscriptions hold when a test lets them.</summary>
/// <remarks>It owns the bus below. Any thread.</remarks>
internal sealed class HeldBus : IClusterBus
{
    private readonly InProcessBus _bus = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _held = new();

    public event Action<BusState>? StateChanged
    {
        add => _bus.StateChanged += value;
        remove => _bus.StateChanged -= value;
    }

    public event Action<string>? NoResponders
    {
        add => _bus.NoResponders += value;
        remove => _bus.NoResponders -= value;
    }

    /// <summary>What a subject contains whose subscriptions wait; null: none does.</summary>
    public string? Holds { get; set; }

    /// <summary>Whether what waits gets messages already, and the bus has only not said yet that it holds.</summary>
    public bool HoldsBehind { get; set; }

    /// <summary>What a subject contains whose subscriptions fail, with whatever a bus may throw; null: none does.</summary>
    public string? Fails { get; set; }

    public bool IsAway { get; set; }

    /// <summary>Subscriptions that wait.</summary>
    public int Held => _held.Count;

    public BusState State => IsAway ? BusState.Disconnected : _bus.State;

    public int MaxMessageBytes => _bus.MaxMessageBytes;

    /// <summary>Lets those that wait hold, and all that come.</summary>
    public void Release()
    {
        Holds = null;
        while (_held.TryDequeue(out var held))
        {
            held.SetResult();
        }
    }

    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null) => _bus.Publish(subject, head, parts, replyTo);

    public async ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing(subject);
        var subscription = HoldsBehind ? await _bus.SubscribeAsync(subject, receiver, group, cancellationToken) : null;
        if (Holds is { } part && subject.Contains(part, StringComparison.Ordinal))
        {
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Enqueue(held);
            await held.Task.WaitAsync(cancellationToken);
            ThrowIfFailing(subject);
        }

        return subscription ?? await _bus.SubscribeAsync(subject, receiver, group, cancellationToken);
    }

    private void ThrowIfFailing(string subject)
    {
        if (Fails is { } failing && subject.Contains(failing, StringComparison.Ordinal))
        {
            throw new IOException("The connection has been reset.");
        }
    }

    public ValueTask DisposeAsync()
    {
        Release();
        return _bus.DisposeAsync();
    }
}
