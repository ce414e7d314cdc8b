using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Abstractions;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>A bus that reaches as far as this process: the default of a server, and between several servers of a process, which are nodes of one cluster then.</summary>
/// <remarks>
/// <para>It owns what waits for its subscriptions, each bounded by <see cref="InProcessBusOptions"/>: what does not fit is dropped for that subscription, counted and logged, and <see cref="Publish"/> says
/// <see cref="EmitResult.Dropped"/>. Receivers run on the thread pool. All members may be called from any thread.</para>
/// <para>A server closes the bus that it has made itself; one that several servers share is closed by whoever made it, after them.</para>
/// </remarks>
public sealed class InProcessBus : IClusterBus
{
    private readonly ConcurrentDictionary<string, LocalSubscription[]> _exact = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly BusLog _log;
    private readonly LocalDelivery _ordered;
    private LocalSubscription[] _patterns = [];
    private volatile bool _isClosed;
    private long _dropped;
    private long _receiverFaults;

    /// <param name="options">Bounds and logging; null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    public InProcessBus(InProcessBusOptions? options = null)
    {
        options ??= new();
        Check(options.MaxMessageBytes, 1024, 64 * 1024 * 1024, nameof(options.MaxMessageBytes));
        Check(options.PendingMessages, 1, 1_000_000, nameof(options.PendingMessages));
        Check(options.PendingBytes, 1024, 1 << 30, nameof(options.PendingBytes));
        ArgumentNullException.ThrowIfNull(options.Time);
        MaxMessageBytes = options.MaxMessageBytes;
        PendingMessages = options.PendingMessages;
        PendingBytes = options.PendingBytes;
        var loggers = LogText.Clean(options.LoggerFactory) ?? NullLoggerFactory.Instance;
        _log = new BusLog(new GuardedLogger(loggers.CreateLogger("Sockeye.Bus")), options.Time);
        Context = new ReceiverContext(this);
        _ordered = new LocalDelivery(this);

        static void Check(int value, int min, int max, string name)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
        }
    }

    /// <inheritdoc/>
    public event Action<BusState>? StateChanged;

    /// <inheritdoc/>
    public event Action<string>? NoResponders;

    /// <inheritdoc/>
    public BusState State => _isClosed ? BusState.Closed : BusState.Open;

    /// <inheritdoc/>
    public int MaxMessageBytes { get; }

    /// <summary>Messages dropped so far: for each subscription that had no room one, and those that were too long.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>What receivers and listeners have thrown so far.</summary>
    public long ReceiverFaults => Interlocked.Read(ref _receiverFaults);

    internal int PendingMessages { get; }

    internal int PendingBytes { get; }

    /// <summary>Current where receivers run.</summary>
    internal SynchronizationContext Context { get; }

    /// <inheritdoc/>
    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null)
    {
        ThrowUnlessSubject(subject, nameof(subject));
        if (replyTo is not null)
        {
            ThrowUnlessSubject(replyTo, nameof(replyTo));
        }

        if (_isClosed)
        {
            return EmitResult.Closed;
        }

        long bytes = head.Length;
        foreach (var part in parts)
        {
            bytes += part.Length;
        }

        if (bytes > MaxMessageBytes)
        {
            Interlocked.Increment(ref _dropped);
            _log.TooLong(subject, bytes, MaxMessageBytes);
            return EmitResult.Dropped;
        }

        var message = new Publication(this, subject, replyTo);
        if (_exact.TryGetValue(subject, out var exact))
        {
            foreach (var subscription in exact)
            {
                message.Offer(subscription, head, parts, (int)bytes);
            }
        }

        foreach (var subscription in Volatile.Read(ref _patterns))
        {
            if (BusSubject.Matches(subscription.Subject, subject))
            {
                message.Offer(subscription, head, parts, (int)bytes);
            }
        }

        message.OfferGroups(head, parts, (int)bytes);
        if (!message.IsReceived && replyTo is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static known => known.Bus.RaiseNoResponders(known.ReplyTo), (Bus: this, ReplyTo: replyTo), preferLocal: false);
        }

        return message.IsDropped ? EmitResult.Dropped : EmitResult.Accepted;
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

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IBusSubscription>(cancellationToken);
        }

        var subscription = new LocalSubscription(this, subject, group, subject.StartsWith(BusSubject.Data, StringComparison.Ordinal) ? _ordered : new LocalDelivery(this), receiver);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (subscription.IsPattern)
            {
                Volatile.Write(ref _patterns, [.. _patterns, subscription]);
            }
            else
            {
                _exact[subject] = _exact.TryGetValue(subject, out var others) ? [.. others, subscription] : [subscription];
            }
        }

        return new(subscription);
    }

    /// <summary>Closes it for good: what waits is thrown away, and receivers that run are waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        LocalSubscription[] left;
        bool isFirst;
        lock (_lock)
        {
            isFirst = !_isClosed;
            _isClosed = true;
            left = [.. _exact.Values.SelectMany(static subscriptions => subscriptions), .. _patterns];
        }

        // All end before one is waited for.
        ValueTask[] ends = [.. left.Select(static subscription => subscription.DisposeAsync())];
        if (isFirst)
        {
            Raise(StateChanged, BusState.Closed, "A listener of the state");
        }

        foreach (var end in ends)
        {
            await end.ConfigureAwait(false);
        }
    }

    internal void Remove(LocalSubscription subscription)
    {
        lock (_lock)
        {
            if (subscription.IsPattern)
            {
                Volatile.Write(ref _patterns, [.. _patterns.Where(other => other != subscription)]);
            }
            else if (_exact.TryGetValue(subscription.Subject, out var others))
            {
                LocalSubscription[] rest = [.. others.Where(other => other != subscription)];
                if (rest.Length > 0)
                {
                    _exact[subscription.Subject] = rest;
                }
                else
                {
                    _exact.TryRemove(subscription.Subject, out _);
                }
            }
        }
    }

    internal void Failed(string what, Exception failure)
    {
        Interlocked.Increment(ref _receiverFaults);
        _log.Failed(what, failure);
    }

    private void Overflowed(string subject, string subscription)
    {
        Interlocked.Increment(ref _dropped);
        _log.Dropped(subject, subscription);
    }

    private static void ThrowUnlessSubject(string subject, string name)
    {
        ArgumentNullException.ThrowIfNull(subject, name);
        if (!BusSubject.IsValid(subject))
        {
            throw new ArgumentException($"It is 1 to {BusSubject.MaxLength} characters: tokens of visible ASCII without '*' and '>', joined by dots.", name);
        }
    }

    private void RaiseNoResponders(string replyTo) => Raise(NoResponders, replyTo, "A listener of NoResponders");

    private void Raise<T>(Action<T>? listeners, T value, string what)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            // The others hear of it all the same.
            Run(known => listener((T)known!), value, what);
        }
    }

    /// <summary>One message on its way to those who have subscribed. Its bytes are copied for the first of them, and shared.</summary>
    private ref struct Publication(InProcessBus bus, string subject, string? replyTo)
    {
        private byte[]? _payload;
        private List<LocalSubscription>? _groups;

        public bool IsReceived { get; private set; }

        public bool IsDropped { get; private set; }

        public void Offer(LocalSubscription subscription, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int bytes)
        {
            if (subscription.Group is not null)
            {
                (_groups ??= []).Add(subscription);
                return;
            }

            if (Give(subscription, head, parts, bytes) == LocalDelivery.Taken.Full)
            {
                Drop(subscription);
            }
        }

        /// <summary>One of each group gets it: begins with any of them, and goes on to the next if that one has no room.</summary>
        public void OfferGroups(ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int bytes)
        {
            while (_groups is { Count: > 0 } left)
            {
                var name = left[0].Group;
                LocalSubscription[] members = [.. left.Where(member => member.Group == name)];
                left.RemoveAll(member => member.Group == name);
                var first = RandomNumberGenerator.GetInt32(members.Length);
                LocalSubscription? full = null;
                var taken = LocalDelivery.Taken.Ended;
                for (var i = 0; i < members.Length && taken != LocalDelivery.Taken.Yes; i++)
                {
                    var member = members[(first + i) % members.Length];
                    taken = Give(member, head, parts, bytes);
                    full = taken == LocalDelivery.Taken.Full ? member : full;
                }

                if (taken != LocalDelivery.Taken.Yes && full is not null)
                {
                    Drop(full);
                }
            }
        }

        private LocalDelivery.Taken Give(LocalSubscription subscription, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int bytes)
        {
            var taken = subscription.TryTake(subject, _payload ??= Copy(head, parts, bytes), replyTo);
            IsReceived |= taken != LocalDelivery.Taken.Ended;
            return taken;
        }

        private void Drop(LocalSubscription subscription)
        {
            IsDropped = true;
            bus.Overflowed(subject, subscription.Subject);
        }

        private static byte[] Copy(ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int bytes)
        {
            if (bytes == 0)
            {
                return [];
            }

            var copy = GC.AllocateUninitializedArray<byte>(bytes);
            head.CopyTo(copy);
            var at = head.Length;
            foreach (var part in parts)
            {
                part.Span.CopyTo(copy.AsSpan(at));
                at += part.Length;
            }

            return copy;
        }
    }

    /// <summary>Current where receivers run, so that what one begins and nobody waits for, an <c>async void</c> for example, is told and does not end the process.</summary>
    private sealed class ReceiverContext(InProcessBus bus) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => ThreadPool.UnsafeQueueUserWorkItem(static work => work.Bus.Run(work.Callback, work.State, "What a receiver or listener had begun"), (Bus: bus, Callback: d, State: state), preferLocal: false);

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;
    }

    private void Run(SendOrPostCallback callback, object? state, string what)
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Context);
        try
        {
            callback(state);
        }
#pragma warning disable CA1031 // Nobody else would hear of it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failed(what, failure);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }
}
