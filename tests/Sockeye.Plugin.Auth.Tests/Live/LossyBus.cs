using Sockeye.Cluster;

namespace Sockeye.Plugin.Auth.Tests.Live;

/// <summary>A bus within the process that loses messages and its connection when it is told to.</summary>
internal sealed class LossyBus : IClusterBus
{
    private readonly InProcessBus _bus = new();

    public event Action<BusState>? StateChanged;

    public event Action<string>? NoResponders
    {
        add => _bus.NoResponders += value;
        remove => _bus.NoResponders -= value;
    }

    /// <summary>Which messages get lost.</summary>
    public Func<string, bool> Loses { get; set; } = static _ => false;

    public BusState State { get; private set; } = BusState.Open;

    public int MaxMessageBytes => _bus.MaxMessageBytes;

    public void Set(BusState state)
    {
        State = state;
        StateChanged?.Invoke(state);
    }

    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null) =>
        State != BusState.Open || Loses(subject) ? EmitResult.Accepted : _bus.Publish(subject, head, parts, replyTo);

    public ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default) =>
        _bus.SubscribeAsync(subject, receiver, group, cancellationToken);

    public ValueTask DisposeAsync() => _bus.DisposeAsync();
}
