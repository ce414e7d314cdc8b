using System.Buffers;
using System.Runtime.InteropServices;
using Sockeye.Cluster;

namespace Sockeye.Testing;

/// <summary>A bus between servers in one process that does to messages what networks do, on a clock that is moved by hand and by numbers from a seed: delays, loses, reorders and repeats them, and cuts servers off.</summary>
/// <remarks>It owns what is on its way. Servers connect to it with <see cref="Connect"/>; all members may be called from any thread, and receivers run on the thread that calls <see cref="Run"/>.
/// Settings count for what is published from then on.</remarks>
/// <param name="seed">Where its random numbers begin.</param>
public sealed class TestBus(int seed = 0)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Delivery, (TimeSpan Due, long Order)> _waiting = new();
    private readonly List<Link> _links = [];
    private readonly Random _random = new(seed);
    private TimeSpan _now;
    private long _order;
    private long _faults;

    /// <summary>How long a message takes at least. Default 0.</summary>
    public TimeSpan MinDelay { get; set; }

    /// <summary>How long a message takes at most; those of one server to another keep their order. Default 0.</summary>
    public TimeSpan MaxDelay { get; set; }

    /// <summary>The part of the messages that are lost, 0 to 1. Default 0.</summary>
    public double Loss { get; set; }

    /// <summary>The part of the messages that come twice, 0 to 1. Default 0.</summary>
    public double Repeats { get; set; }

    /// <summary>The part of the messages that later ones may overtake, 0 to 1. Default 0.</summary>
    public double Reorder { get; set; }

    /// <summary>Which messages are treated so, by their subject; null: all.</summary>
    public Func<string, bool>? Only { get; set; }

    /// <summary>Which subscriptions are refused, by the name of who makes one, and its subject; those that there are get nothing any more. Null: none. Under a lock: it must not call the bus.</summary>
    public Func<string, string, bool>? Denies { get; set; }

    /// <summary>Shown each message as it is published, by the name of who publishes it, and its subject. Under a lock: it must not call the bus.</summary>
    public Action<string, string>? Published { get; set; }

    /// <summary>Shown each message as it is delivered, by the name of who gets it, and its subject. On the thread that calls <see cref="Run"/>.</summary>
    public Action<string, string>? Delivered { get; set; }

    /// <summary>Bytes of the longest message; of a bus that is somewhere else meanwhile it may be others than before.</summary>
    internal int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>Shown the bytes of each message as it is published. Under a lock.</summary>
    internal Action<string, byte[]>? Tapped { get; set; }

    /// <summary>What receivers and listeners have thrown so far: the next message comes all the same.</summary>
    public long ReceiverFaults => Interlocked.Read(ref _faults);

    /// <summary>Messages that are on their way.</summary>
    public int InFlight
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>A bus for one server.</summary>
    /// <param name="name">Its name, for <see cref="Partition"/> and <see cref="SetConnected"/>.</param>
    public IClusterBus Connect(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var link = new Link(this, name);
        lock (_lock)
        {
            _links.Add(link);
        }

        return link;
    }

    /// <summary>Cuts the network: messages pass within a group only, and nobody is told. Those that are named nowhere are one group.</summary>
    /// <param name="groups">Groups of names, none: the network is whole again.</param>
    public void Partition(params ReadOnlySpan<string[]> groups)
    {
        lock (_lock)
        {
            foreach (var link in _links)
            {
                link.Group = 0;
                for (var i = 0; i < groups.Length; i++)
                {
                    if (groups[i].Contains(link.Name))
                    {
                        link.Group = i + 1;
                    }
                }
            }
        }
    }

    /// <summary>Takes the bus away from a server, which is told, or gives it back. What it publishes meanwhile is dropped.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isConnected">Whether it has the bus.</param>
    public void SetConnected(string name, bool isConnected)
    {
        Link[] links;
        lock (_lock)
        {
            links = [.. _links.Where(link => link.Name == name)];
        }

        foreach (var link in links)
        {
            link.SetConnected(isConnected);
        }
    }

    /// <summary>Moves the clock.</summary>
    /// <param name="by">How far.</param>
    public void Advance(TimeSpan by)
    {
        lock (_lock)
        {
            _now += by;
        }
    }

    /// <summary>Delivers what is due.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Run()
    {
        var any = false;
        while (TryTake(out var delivery))
        {
            any = true;
            delivery.Run(Delivered);
        }

        return any;
    }

    private bool TryTake(out Delivery delivery)
    {
        lock (_lock)
        {
            return _waiting.TryPeek(out delivery, out var place) && place.Due <= _now && _waiting.TryDequeue(out delivery, out _);
        }
    }

    private EmitResult Publish(Link from, string subject, byte[] payload, string? replyTo)
    {
        lock (_lock)
        {
            Published?.Invoke(from.Name, subject);
            Tapped?.Invoke(subject, payload);
            var isReached = false;
            Dictionary<string, List<Subscription>>? groups = null;
            foreach (var to in _links)
            {
                foreach (var subscription in to.Subscriptions)
                {
                    if (!BusSubject.Matches(subscription.Subject, subject))
                    {
                        continue;
                    }

                    isReached |= to.State == BusState.Open;
                    if (subscription.Group is not { } group)
                    {
                        Send(from, subscription, new Delivery(subscription, subject, payload, replyTo));
                    }
                    else if (to.State == BusState.Open && to.Group == from.Group)
                    {
                        groups ??= new Dictionary<string, List<Subscription>>(StringComparer.Ordinal);
                        (CollectionsMarshal.GetValueRefOrAddDefault(groups, group, out _) ??= []).Add(subscription);
                    }
                }
            }

            foreach (var members in groups?.Values ?? Enumerable.Empty<List<Subscription>>())
            {
                var chosen = members[_random.Next(members.Count)];
                Send(from, chosen, new Delivery(chosen, subject, payload, replyTo));
            }

            if (!isReached && replyTo is not null)
            {
                Add(new Delivery(null, replyTo, [], null) { Unheard = from }, _now + MinDelay);
            }
        }

        return EmitResult.Accepted;
    }

    /// <summary>Lock.</summary>
    private void Send(Link from, Subscription to, in Delivery delivery)
    {
        var isTreated = Only is not { } only || only(delivery.Subject);
        var copies = !isTreated ? 1 : Draw(Loss) || from.Group != to.Link.Group ? 0 : Draw(Repeats) ? 2 : 1;
        if (from.Group != to.Link.Group)
        {
            copies = 0;
        }

        for (; copies > 0; copies--)
        {
            var due = _now + MinDelay + (MaxDelay > MinDelay ? (MaxDelay - MinDelay) * _random.NextDouble() : TimeSpan.Zero);
            if (isTreated && Draw(Reorder))
            {
                Add(delivery, due + MaxDelay + TimeSpan.FromMilliseconds(1));
                continue;
            }

            if (to.LastDue.TryGetValue(from, out var last) && last > due)
            {
                due = last;
            }

            to.LastDue[from] = due;
            Add(delivery, due);
        }
    }

    private void Guard<T>(Action<T>? listeners, T value)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                listener(value);
            }
#pragma warning disable CA1031 // What one throws is counted, and the others hear of it all the same.
            catch (Exception)
#pragma warning restore CA1031
            {
                Interlocked.Increment(ref _faults);
            }
        }
    }

    private void Add(in Delivery delivery, TimeSpan due) => _waiting.Enqueue(delivery, (due, ++_order));

    private bool Draw(double part) => part > 0 && _random.NextDouble() < part;

    private readonly record struct Delivery(Subscription? To, string Subject, byte[] Payload, string? ReplyTo)
    {
        public Link? Unheard { get; init; }

        public void Run(Action<string, string>? delivered)
        {
            if (Unheard is { } from)
            {
                from.TellUnheard(Subject);
            }
            else if (To is { IsEnded: false, Link.State: BusState.Open, Denied: null } to)
            {
                delivered?.Invoke(to.Link.Name, Subject);
                to.Receive(new BusMessage(Subject, new ReadOnlySequence<byte>(Payload), ReplyTo));
            }
        }
    }

    private sealed class Subscription(Link link, string subject, BusReceiver receiver, string? group) : IBusSubscription
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource? _running;
        private int _thread;

        public Link Link { get; } = link;

        public string Subject { get; } = subject;

        public string? Group { get; } = group;

        public Dictionary<Link, TimeSpan> LastDue { get; } = [];

        public bool IsEnded { get; private set; }

        /// <summary>For good, once it was: whoever needs it subscribes again.</summary>
        public BusException? Denied => field ??= Link.Deny(Subject);

        public void Receive(in BusMessage message)
        {
            lock (_lock)
            {
                if (IsEnded)
                {
                    return;
                }

                (_running, _thread) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), Environment.CurrentManagedThreadId);
            }

            try
            {
                receiver(message);
            }
#pragma warning disable CA1031 // What it throws is counted, and the next message comes all the same.
            catch (Exception)
#pragma warning restore CA1031
            {
                Link.CountFault();
            }

            lock (_lock)
            {
                _running!.SetResult();
                _running = null;
            }
        }

        public ValueTask DisposeAsync()
        {
            Link.Remove(this);
            lock (_lock)
            {
                IsEnded = true;
                return _running is { } running && _thread != Environment.CurrentManagedThreadId ? new ValueTask(running.Task) : ValueTask.CompletedTask;
            }
        }
    }

    /// <summary>The bus as one server sees it.</summary>
    private sealed class Link(TestBus owner, string name) : IClusterBus
    {
        public event Action<BusState>? StateChanged;

        public event Action<string>? NoResponders;

        public string Name { get; } = name;

        public int Group { get; set; }

        public List<Subscription> Subscriptions { get; } = [];

        public BusState State { get; private set; } = BusState.Open;

        public int MaxMessageBytes => owner.MaxMessageBytes;

        public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null)
        {
            ThrowUnless(BusSubject.IsValid(subject) && (replyTo is null || BusSubject.IsValid(replyTo)), nameof(subject));
            if (State != BusState.Open)
            {
                return State == BusState.Closed ? EmitResult.Closed : EmitResult.Dropped;
            }

            var payload = new ArrayBufferWriter<byte>(Math.Max(1, head.Length));
            payload.Write(head);
            foreach (var part in parts)
            {
                payload.Write(part.Span);
            }

            return payload.WrittenCount > MaxMessageBytes ? EmitResult.Dropped : owner.Publish(this, subject, payload.WrittenSpan.ToArray(), replyTo);
        }

        public ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(receiver);
            ThrowUnless(BusSubject.IsValidPattern(subject) && (group is null || BusSubject.IsValid(group)), nameof(subject));
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(State == BusState.Closed, this);
            if (Deny(subject) is { } denied)
            {
                return ValueTask.FromException<IBusSubscription>(denied);
            }

            var subscription = new Subscription(this, subject, receiver, group);
            lock (owner._lock)
            {
                Subscriptions.Add(subscription);
            }

            return new(subscription);
        }

        public void SetConnected(bool isConnected)
        {
            var next = isConnected ? BusState.Open : BusState.Disconnected;
            if (State != BusState.Closed && State != next)
            {
                State = next;
                owner.Guard(StateChanged, next);
            }
        }

        public BusException? Deny(string subject) => owner.Denies?.Invoke(Name, subject) == true ? new BusException($"The bus does not let \"{Name}\" listen to \"{subject}\".") { IsFinal = true } : null;

        public void TellUnheard(string replyTo) => owner.Guard(NoResponders, replyTo);

        public void CountFault() => Interlocked.Increment(ref owner._faults);

        public void Remove(Subscription subscription)
        {
            lock (owner._lock)
            {
                Subscriptions.Remove(subscription);
            }
        }

        public ValueTask DisposeAsync()
        {
            if (State != BusState.Closed)
            {
                State = BusState.Closed;
                owner.Guard(StateChanged, BusState.Closed);
            }

            lock (owner._lock)
            {
                Subscriptions.Clear();
                owner._links.Remove(this);
            }

            return ValueTask.CompletedTask;
        }

        private static void ThrowUnless(bool isRight, string name)
        {
            if (!isRight)
            {
                throw new ArgumentException("It is no subject, or no name of a group.", name);
            }
        }
    }
}
