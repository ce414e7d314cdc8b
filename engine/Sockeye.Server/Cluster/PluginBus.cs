using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>The bus as one generation of a plugin sees it: everything below <c>plugins.&lt;id&gt;.</c>, and gone with the generation.</summary>
/// <remarks>
/// <para>It owns the subscriptions that the generation has made; <see cref="EndAsync"/> ends them, and the bus below is somebody else's. Any thread. What the plugin's receivers and listeners throw is told to
/// <paramref name="failed"/> and goes no further.</para>
/// <para>A message from outside of the plugin may ask for an answer elsewhere. The plugin sees that as a subject of its own, below <c>_reply.</c>, to which it can publish, and to nothing else outside.</para>
/// </remarks>
/// <param name="bus">The bus below.</param>
/// <param name="id">The plugin's id, a token without dots.</param>
/// <param name="failed">Told what has failed, and how. Any thread; it must not throw.</param>
internal sealed class PluginBus(IClusterBus bus, string id, Action<string, Exception> failed) : IClusterBus
{
    private const string Outside = "_reply.";

    /// <summary>What the subjects of the cluster itself begin with: no plugin publishes there, whoever says that an answer is expected there.</summary>
    private const string OfCluster = "sockeye";

    private readonly Lock _lock = new();
    private readonly HashSet<Subscription> _subscriptions = [];
    private readonly string _prefix = $"plugins.{id}.";
    private Action<BusState>? _stateChanged;
    private Action<string>? _noResponders;
    private bool _isEnded;

    public event Action<BusState>? StateChanged
    {
        add => Listen(ref _stateChanged, value, () => bus.StateChanged += OnStateChanged);
        remove => Unlisten(ref _stateChanged, value, () => bus.StateChanged -= OnStateChanged);
    }

    public event Action<string>? NoResponders
    {
        add => Listen(ref _noResponders, value, () => bus.NoResponders += OnNoResponders);
        remove => Unlisten(ref _noResponders, value, () => bus.NoResponders -= OnNoResponders);
    }

    public BusState State => Volatile.Read(ref _isEnded) ? BusState.Closed : bus.State;

    public int MaxMessageBytes => bus.MaxMessageBytes;

    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var outer = subject.StartsWith(Outside, StringComparison.Ordinal) ? OfAnother(subject) : Own(subject, isPattern: false, nameof(subject));
        var answers = replyTo is null ? null : Own(replyTo, isPattern: false, nameof(replyTo));
        return Volatile.Read(ref _isEnded) ? EmitResult.Closed : bus.Publish(outer, head, parts, answers);
    }

    public async ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(receiver);
        var outer = Own(subject, isPattern: true, nameof(subject));
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isEnded), this);
        var subscription = new Subscription(this, subject, receiver);
        subscription.Below = await bus.SubscribeAsync(outer, subscription.Receive, group, cancellationToken).ConfigureAwait(false);
        bool isLate;
        lock (_lock)
        {
            isLate = _isEnded || !_subscriptions.Add(subscription);
        }

        if (isLate)
        {
            await subscription.Below.DisposeAsync().ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(true, this);
        }

        return subscription;
    }

    /// <summary>The plugin does not close the bus; what it has subscribed goes with its generation.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The generation ends: nothing is published or received any more. Completes when the receivers that run have returned.</summary>
    public async ValueTask EndAsync()
    {
        Subscription[] left;
        lock (_lock)
        {
            Volatile.Write(ref _isEnded, true);
            left = [.. _subscriptions];
            _subscriptions.Clear();
            (_stateChanged, _noResponders) = (null, null);
        }

        bus.StateChanged -= OnStateChanged;
        bus.NoResponders -= OnNoResponders;

        // All end before one is waited for.
        ValueTask[] ends = [.. left.Select(static subscription => subscription.Below!.DisposeAsync())];
        foreach (var end in ends)
        {
            await end.ConfigureAwait(false);
        }
    }

    /// <summary>How the plugin sees a subject that a message came with.</summary>
    private string Inner(string subject) => subject.StartsWith(_prefix, StringComparison.Ordinal) ? subject[_prefix.Length..] : Outside + subject;

    private string Own(string subject, bool isPattern, string name)
    {
        var outer = _prefix + subject;
        if (isPattern ? !BusSubject.IsValidPattern(outer) : !BusSubject.IsValid(outer))
        {
            throw new ArgumentException($"It is 1 to {BusSubject.MaxLength - _prefix.Length} characters: tokens of visible ASCII, joined by dots{(isPattern ? ", '*' for a token and a last '>' for one or more" : "")}.", name);
        }

        return outer;
    }

    private static string OfAnother(string subject)
    {
        var outer = subject[Outside.Length..];
        if (!BusSubject.IsValid(outer) || outer.StartsWith(OfCluster, StringComparison.Ordinal))
        {
            throw new ArgumentException("No answer can go there.", nameof(subject));
        }

        return outer;
    }

    private void Listen<T>(ref Action<T>? listeners, Action<T>? added, Action begin)
    {
        lock (_lock)
        {
            if (_isEnded)
            {
                return;
            }

            var isFirst = listeners is null;
            listeners += added;
            if (isFirst && listeners is not null)
            {
                begin();
            }
        }
    }

    private void Unlisten<T>(ref Action<T>? listeners, Action<T>? removed, Action end)
    {
        lock (_lock)
        {
            var had = listeners is not null;
            listeners -= removed;
            if (had && listeners is null)
            {
                end();
            }
        }
    }

    private void OnStateChanged(BusState state) => Tell(_stateChanged, state);

    private void OnNoResponders(string replyTo)
    {
        if (replyTo.StartsWith(_prefix, StringComparison.Ordinal))
        {
            Tell(_noResponders, replyTo[_prefix.Length..]);
        }
    }

    private void Tell<T>(Action<T>? listeners, T value)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                listener(value);
            }
#pragma warning disable CA1031 // It counts against the plugin alone.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                failed("a listener of the bus", failure);
            }
        }
    }

    private void Forget(Subscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }

    /// <summary>One subscription of the plugin.</summary>
    private sealed class Subscription(PluginBus owner, string subject, BusReceiver receiver) : IBusSubscription
    {
        public string Subject { get; } = subject;

        public BusException? Denied => Below?.Denied;

        public IBusSubscription? Below { get; set; }

        public void Receive(in BusMessage message)
        {
            if (Volatile.Read(ref owner._isEnded))
            {
                return;
            }

            try
            {
                receiver(new BusMessage(owner.Inner(message.Subject), message.Payload, message.ReplyTo is { } replyTo ? owner.Inner(replyTo) : null));
            }
#pragma warning disable CA1031 // It counts against the plugin alone.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                owner.Failed(failure);
            }
        }

        public ValueTask DisposeAsync()
        {
            owner.Forget(this);
            return Below!.DisposeAsync();
        }
    }

    private void Failed(Exception failure) => failed("a receiver of the bus", failure);
}
