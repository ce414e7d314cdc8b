using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Cluster.Nats;
using Sockeye.Transport;

namespace Sockeye.Cluster;

/// <summary>The bus of a cluster over NATS.</summary>
/// <remarks>
/// <para>It owns two connections, one for what begins with <see cref="BusSubject.Control"/> and one for the rest, and what waits for its subscriptions and for NATS, all of it bounded by <see cref="NatsBusOptions"/>.
/// What does not fit is dropped, counted and logged. Receivers run on the thread pool, those of <see cref="BusSubject.Data"/>, which must not block, on the thread of the connection where it has one of its own. All members may be called from any thread.</para>
/// <para>While NATS is away <see cref="State"/> is <see cref="BusState.Disconnected"/>, and <see cref="Publish"/> takes what there is room for. It is open again when subscriptions are renewed; what others said meanwhile is lost.</para>
/// <para>A server that was told to use NATS connects and closes it. Whoever makes one closes it.</para>
/// </remarks>
public sealed class NatsClusterBus : IClusterBus
{
    private const int DefaultMaxPayload = 1024 * 1024;

    private readonly NatsBusOptions _options;
    private readonly NatsLink _data;
    private readonly NatsLink _control;
    private readonly Lock _lock = new();
    private readonly HashSet<NatsSubscription> _subscriptions = [];
    private readonly NatsDelivery _ordered;
    private (Task Task, CancellationToken GivenUp)? _connect;
    private BusState _state = BusState.Connecting;

    /// <param name="options">Where NATS is; they are not to be changed afterwards.</param>
    /// <exception cref="ArgumentException">The options have faults; the message names all of them.</exception>
    public NatsClusterBus(NatsBusOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException("The options of the bus are not valid. " + string.Join(' ', faults), nameof(options));
        }

        _options = options;
        Wire = new NatsWire(options.Name ?? NatsOptionRules.DefaultName);
        Log = new NatsLog(new GuardedLogger((LogText.Clean(options.LoggerFactory) ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Bus")), options.Time);
        Calls = new NatsCalls(Failed);
        _ordered = new NatsDelivery(Calls, blocks: false);
        _data = new NatsLink(this, options, "messages", Wire.DataClasses);
        _control = new NatsLink(this, options, "control", Wire.ControlClasses);
        Numbers = new NatsNumbers(options.MeterFactory, [_data, _control]);
    }

    /// <inheritdoc/>
    public event Action<BusState>? StateChanged;

    /// <inheritdoc/>
    public event Action<string>? NoResponders;

    /// <inheritdoc/>
    public BusState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <inheritdoc/>
    public int MaxMessageBytes => Math.Min(_data.MaxPayload ?? DefaultMaxPayload, _control.MaxPayload ?? DefaultMaxPayload);

    /// <summary>Messages dropped so far, for whatever reason: what was too long, found no room or waited for too long while NATS was away, and what a receiver that is behind had no room for.</summary>
    public long DroppedMessages => Numbers.AllDropped;

    /// <summary>What receivers and listeners have thrown so far.</summary>
    public long ReceiverFaults => Numbers.Errors;

    internal NatsWire Wire { get; }

    internal NatsLog Log { get; }

    internal NatsNumbers Numbers { get; }

    internal NatsCalls Calls { get; }

    internal NatsLink Messages => _data;

    internal NatsLink Control => _control;

    internal int PendingMessages => _options.PendingMessages;

    internal int PendingBytes => _options.PendingBytes;

    /// <inheritdoc/>
    public async ValueTask ConnectAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            (Task Task, CancellationToken GivenUp) connect;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_state == BusState.Closed, this);
                if (_connect is not { Task: { IsFaulted: false, IsCanceled: false } })
                {
                    _connect = (StartAsync(cancellationToken), cancellationToken);
                }

                connect = _connect.Value;
            }

            try
            {
                await connect.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (connect.GivenUp.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // Whoever has begun it has given up, and this caller has not.
            }
        }
    }

    /// <inheritdoc/>
    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null)
    {
        ThrowUnlessSubject(subject, nameof(subject));
        if (replyTo is not null)
        {
            ThrowUnlessSubject(replyTo, nameof(replyTo));
        }

        long length = head.Length;
        foreach (var part in parts)
        {
            length += part.Length;
        }

        if (length > MaxMessageBytes)
        {
            if (State == BusState.Closed)
            {
                return EmitResult.Closed;
            }

            Dropped(NatsDrop.TooLong, subject, 1);
            return EmitResult.Dropped;
        }

        return LinkOf(subject).Publish(subject, head, parts, (int)length, replyTo);
    }

    /// <inheritdoc/>
    public ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(receiver);
        if (!BusSubject.IsValidPattern(subject))
        {
            throw new ArgumentException("A subject is tokens of visible ASCII, joined by dots; '*' stands for a token and a last '>' for one or more.", nameof(subject));
        }

        if (group is not null)
        {
            ThrowUnlessSubject(group, nameof(group));
        }

        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<IBusSubscription>(cancellationToken) : SubscribeCoreAsync(subject, receiver, group, cancellationToken);
    }

    /// <summary>Closes it for good: what was published before goes out, within a second; what waits for receivers is thrown away, and those that run are waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        NatsSubscription[] left;
        lock (_lock)
        {
            left = [.. _subscriptions];
            if (_state != BusState.Closed)
            {
                _state = BusState.Closed;
                Calls.Tell(StateChanged, BusState.Closed, "A listener of the state");
            }
        }

        // All end before one is waited for.
        Task[] ends = [.. left.Select(static subscription => subscription.DisposeAsync().AsTask()), _data.DisposeAsync().AsTask(), _control.DisposeAsync().AsTask()];
        await Task.WhenAll(ends).ConfigureAwait(false);
        await Calls.WhenToldAsync().ConfigureAwait(false);
        Numbers.Dispose();
    }

    internal void Dropped(NatsDrop reason, string subject, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Numbers.Dropped(reason);
        }

        Log.Dropped(reason, Wire.Inner(subject), reason switch
        {
            NatsDrop.TooLong => $"it is longer than the {MaxMessageBytes} bytes that NATS takes (max_payload)",
            NatsDrop.Full => $"{_options.OutageBytes} bytes wait for NATS already",
            NatsDrop.Age => $"it has waited for NATS longer than {_options.OutageTime}{(count > 1 ? $", and {count - 1} others" : "")}",
            NatsDrop.Behind => "as much as may wait does so, the receiver is behind",
            _ => "the client of NATS refuses it",
        });
    }

    internal void DroppedBehind(string subject, bool isNewlyBehind)
    {
        if (isNewlyBehind)
        {
            Numbers.Behind();
        }

        Dropped(NatsDrop.Behind, subject, 1);
    }

    /// <summary>What the server says of a subject.</summary>
    /// <param name="link">Where.</param>
    /// <param name="wire">The subject as NATS knows it; null: all of them.</param>
    /// <param name="error">Why it denies it; null: it is asked again.</param>
    internal void Deny(NatsLink link, string? wire, string? error)
    {
        NatsSubscription[] denied;
        lock (_lock)
        {
            denied = [.. _subscriptions.Where(subscription => subscription.Link == link && (wire is null || Wire.Of(((IBusSubscription)subscription).Subject) == wire))];
        }

        foreach (var subscription in denied)
        {
            subscription.Deny(error);
        }
    }

    internal bool Forget(NatsSubscription subscription)
    {
        lock (_lock)
        {
            return _subscriptions.Remove(subscription);
        }
    }

    internal void TellNoResponders(string wire)
    {
        if (Wire.OfAnswer(wire) is { } replyTo)
        {
            Calls.Tell(NoResponders, replyTo, "A listener of NoResponders");
        }
    }

    internal void OnLinkChanged()
    {
        lock (_lock)
        {
            var state = (_data.State, _control.State) switch
            {
                _ when _state == BusState.Closed => BusState.Closed,
                (BusState.Open, BusState.Open) => BusState.Open,
                (BusState.Connecting, _) or (_, BusState.Connecting) => BusState.Connecting,
                _ => BusState.Disconnected,
            };
            if (state != _state)
            {
                _state = state;
                Calls.Tell(StateChanged, state, "A listener of the state");
            }
        }
    }

    private static void ThrowUnlessSubject(string subject, string name)
    {
        ArgumentNullException.ThrowIfNull(subject, name);
        if (!BusSubject.IsValid(subject))
        {
            throw new ArgumentException($"It is 1 to {BusSubject.MaxLength} characters: tokens of visible ASCII without '*' and '>', joined by dots.", name);
        }
    }

    private NatsLink LinkOf(string subject) => subject.StartsWith(BusSubject.Control, StringComparison.Ordinal) ? _control : _data;

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        using var other = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] both = [_data.StartAsync(other.Token), _control.StartAsync(other.Token)];
        try
        {
            await (await Task.WhenAny(both).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(both).ConfigureAwait(false);
        }
        catch
        {
            // Another try begins when nothing of this one goes on.
            await other.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        OnLinkChanged();
    }

    private async ValueTask<IBusSubscription> SubscribeCoreAsync(string subject, BusReceiver receiver, string? group, CancellationToken cancellationToken)
    {
        var link = LinkOf(subject);
        var delivery = subject.StartsWith(BusSubject.Data, StringComparison.Ordinal) ? _ordered : new NatsDelivery(Calls, blocks: true);
        var subscription = new NatsSubscription(this, link, subject, group, delivery, receiver);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_state == BusState.Closed, this);
            _subscriptions.Add(subscription);
        }

        try
        {
            await link.SubscribeAsync(subscription, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(State == BusState.Closed, this);
            throw;
        }

        return subscription;
    }

    private void Failed(string what, Exception failure)
    {
        Numbers.Error();
        Log.Failed(what, failure);
    }
}
