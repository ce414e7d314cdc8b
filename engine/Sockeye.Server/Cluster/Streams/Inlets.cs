using System.Buffers.Binary;
using System.Collections.Concurrent;
using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>Takes a message that is new, on the bus's thread: it must not block.</summary>
internal delegate void ClusterReceiver(in ClusterMessage message, string? replyTo);

/// <summary>The subjects that this server listens to, each with what has come of its streams.</summary>
/// <remarks>It owns the subscriptions that are open. Any thread. Lives as long as the cluster of its server.</remarks>
internal sealed class Inlets(ClusterPort port, Members members, ClusterState state, ClusterLog log)
{
    // Looked through as pairs: its values would be a copy, behind all of its locks.
    private readonly ConcurrentDictionary<long, Inlet> _byHash = new();

    public int Count => _byHash.Count;

    /// <summary>Subjects that the bus denies.</summary>
    public int Denied => _byHash.Count(static pair => pair.Value.Denied is not null);

    /// <summary>Subscribes again what the bus has denied meanwhile.</summary>
    public void Renew()
    {
        foreach (var (_, inlet) in _byHash)
        {
            if (inlet.Denied is { } reason)
            {
                _ = inlet.RenewAsync(reason);
            }
        }
    }

    /// <summary>Listens to a subject.</summary>
    /// <param name="subject">The subject, which nobody listens to here.</param>
    /// <param name="nsp">The namespace whose messages come there; null: not one alone.</param>
    /// <param name="receiver">Gets what is new.</param>
    /// <param name="missed">Hears of messages that did not come, by their node; null: they are a gap.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when the subscription holds.</returns>
    public async ValueTask<Inlet> OpenAsync(string subject, string? nsp, ClusterReceiver receiver, Action<int>? missed = null, CancellationToken cancellationToken = default)
    {
        var inlet = Make(subject, nsp, receiver, null, missed);
        await inlet.OpenAsync(cancellationToken).ConfigureAwait(false);
        return inlet;
    }

    /// <summary>A subject that is to be listened to: <see cref="Inlet.OpenAsync"/> begins it, <see cref="Inlet.End"/> ends it also while it begins.</summary>
    /// <param name="subject">The subject, which nobody listens to here.</param>
    /// <param name="nsp">The namespace whose messages come there; null: not one alone.</param>
    /// <param name="receiver">Gets what is new.</param>
    /// <param name="bundle">The subscription that brings it, with others; null: one of its own.</param>
    /// <param name="missed">As of <see cref="OpenAsync"/>.</param>
    public Inlet Make(string subject, string? nsp, ClusterReceiver receiver, Bundle? bundle, Action<int>? missed = null)
    {
        var inlet = new Inlet(this, subject, nsp, receiver, missed) { Bundle = bundle };
        _byHash[inlet.Hash] = inlet;
        return inlet;
    }

    /// <summary>A subscription that brings several subjects, of which some are listened to.</summary>
    /// <param name="pattern">What is subscribed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Bundle Bundled(string pattern, CancellationToken cancellationToken) => new(port.Bus, pattern, cancellationToken);

    /// <summary>A heartbeat has come with a digest: where the streams of a node stand.</summary>
    public void Beat(in ClusterMessage beat)
    {
        for (var rest = beat.Body; rest.Length >= OutgoingStreams.EntryBytes; rest = rest[OutgoingStreams.EntryBytes..])
        {
            if (_byHash.TryGetValue(BinaryPrimitives.ReadInt64LittleEndian(rest), out var inlet))
            {
                inlet.Beat(beat.Node, beat.Incarnation, BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]), BinaryPrimitives.ReadInt64LittleEndian(rest[12..]), BinaryPrimitives.ReadUInt32LittleEndian(rest[20..]), TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(rest[24..])));
            }
        }
    }

    /// <summary>A node has gone.</summary>
    public void Forget(ClusterNode node)
    {
        foreach (var (_, inlet) in _byHash)
        {
            inlet.Forget(node);
        }
    }

    /// <summary>Listens to nothing any more.</summary>
    public async ValueTask CloseAsync()
    {
        ValueTask[] ends = [.. _byHash.Select(static pair => pair.Value.DisposeAsync())];
        foreach (var end in ends)
        {
            await end.ConfigureAwait(false);
        }
    }

    /// <summary>One subject that this server listens to.</summary>
    internal sealed class Inlet(Inlets owner, string subject, string? nsp, ClusterReceiver receiver, Action<int>? missed) : IAsyncDisposable
    {
        /// <summary>After so long a subscription is known to all servers of a bus, and a heartbeat has come (own).</summary>
        private static readonly TimeSpan KnownEverywhere = TimeSpan.FromMilliseconds(250);

        private readonly IncomingStreams _streams = new(owner.Members.Has, 2 * owner.Members.Most);
        private IBusSubscription? _subscription;
        private long _since = long.MaxValue;
        private BusException? _told;
        private int _isRenewing;
        private volatile bool _isEnded;

        public long Hash { get; } = ClusterSubjects.Hash(subject);

        /// <summary>What brings its messages; null: a subscription of its own.</summary>
        public Bundle? Bundle { get; init; }

        /// <summary>Why nothing comes; null: nothing keeps it, or it has ended.</summary>
        public BusException? Denied => _isEnded ? null : Bundle is { } bundle ? bundle.Denied : _subscription?.Denied;

        /// <summary>Completes when the subscription holds. One that fails ends it.</summary>
        public async ValueTask OpenAsync(CancellationToken cancellationToken)
        {
            try
            {
                await SubscribeAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                End();
                throw;
            }
        }

        /// <summary>Subscribes it once more.</summary>
        public async Task RenewAsync(BusException reason)
        {
            if (Interlocked.Exchange(ref _isRenewing, 1) != 0)
            {
                return;
            }

            if (_told is null)
            {
                _told = reason;
                owner.Log.Denied(subject, reason);
            }

            try
            {
                var denied = _subscription;
                await SubscribeAsync(CancellationToken.None).ConfigureAwait(false);
                if (denied is not null)
                {
                    await denied.DisposeAsync().ConfigureAwait(false);
                }

                _told = null;
                if (_isEnded)
                {
                    await DisposeAsync().ConfigureAwait(false);
                }
            }
#pragma warning disable CA1031 // Whatever a bus throws: it is tried again.
            catch (Exception)
#pragma warning restore CA1031
            {
            }

            Volatile.Write(ref _isRenewing, 0);
        }

        private async ValueTask SubscribeAsync(CancellationToken cancellationToken)
        {
            if (Bundle is { } bundle)
            {
                await bundle.AddAsync(subject, this).ConfigureAwait(false);
            }
            else
            {
                _subscription = await owner.Port.Bus.SubscribeAsync(subject, Receive, null, cancellationToken).ConfigureAwait(false);
            }

            Volatile.Write(ref _since, owner.Members.Now.Ticks);
        }

        /// <param name="node">Whose heartbeat it is.</param>
        /// <param name="incarnation">Of which of its servers.</param>
        /// <param name="stream">Its stream here.</param>
        /// <param name="sequence">The last number.</param>
        /// <param name="fresh">How many messages there were since the heartbeat before.</param>
        /// <param name="age">How long before this one the first of them was published.</param>
        public void Beat(int node, long incarnation, uint stream, long sequence, uint fresh, TimeSpan age)
        {
            var isDue = fresh <= sequence && owner.Members.Now - age > new TimeSpan(Volatile.Read(ref _since)) + KnownEverywhere;
            Miss(node, _streams.Beat(node, incarnation, stream, sequence, IsFromStart(node, incarnation), isDue ? fresh : 0));
        }

        public void Forget(ClusterNode node) => _streams.Forget(node.NodeId, node.Incarnation);

        /// <summary>Nothing is taken from now on: another subscription may take the place of this one before it has ended.</summary>
        public void End()
        {
            _isEnded = true;
            Bundle?.Remove(subject, this);
            owner._byHash.TryRemove(new KeyValuePair<long, Inlet>(Hash, this));
        }

        public ValueTask DisposeAsync()
        {
            End();
            return _subscription?.DisposeAsync() ?? ValueTask.CompletedTask;
        }

        public void Receive(in BusMessage bus)
        {
            if (_isEnded || !owner.Port.TryOpen(subject, ClusterPort.BytesOf(bus), out var message))
            {
                return;
            }

            if (message.Kind != ClusterKind.Batch)
            {
                Take(message, bus.ReplyTo);
                return;
            }

            for (var rest = message.Body; !rest.IsEmpty;)
            {
                var one = rest[..ClusterMessage.LengthOf(rest)];
                if (one.IsEmpty || ClusterMessage.TryRead(one, out var inner) != WireFault.None || inner.Kind == ClusterKind.Batch || inner.Node != message.Node || inner.Incarnation != message.Incarnation)
                {
                    owner.Port.Count(WireFault.Corrupt);
                    return;
                }

                Take(inner, bus.ReplyTo);
                rest = rest[one.Length..];
            }
        }

        private void Take(in ClusterMessage message, string? replyTo)
        {
            if (message.Sequence > 0)
            {
                if (!_streams.TryTake(message.Node, message.Incarnation, message.Stream, message.Sequence, IsFromStart(message.Node, message.Incarnation), out var missing))
                {
                    owner.Port.Count(WireFault.Duplicate);
                    return;
                }

                Miss(message.Node, missing);
            }

            receiver(message, replyTo);
        }

        private bool IsFromStart(int node, long incarnation) => owner.Members.Covers(node, incarnation, new TimeSpan(Volatile.Read(ref _since)));

        private void Miss(int node, long missing)
        {
            if (missing > 0 && missed is not null)
            {
                missed(node);
            }
            else if (missing > 0)
            {
                owner.State.Report(new ClusterGap(nsp, ClusterIdentity.NameOf(node), missing, ClusterGapReason.Lost));
            }
        }
    }

    /// <summary>One subscription for several subjects. It owns the subscription. Any thread.</summary>
    internal sealed class Bundle(IClusterBus bus, string pattern, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, Inlet> _inlets = new(StringComparer.Ordinal);
        private readonly Lock _lock = new();
        private Task<IBusSubscription>? _opening;

        /// <summary>Why nothing comes; null: nothing keeps it.</summary>
        public BusException? Denied => _opening switch
        {
            { IsCompletedSuccessfully: true, Result: var subscription } => subscription.Denied,
            { IsFaulted: true, Exception.InnerException: BusException denied } => denied,
            _ => null,
        };

        /// <summary>Who needs it: what is done with it is somebody else's to decide.</summary>
        public int Users { get; set; }

        /// <summary>Completes when the subscription holds; one that has failed is tried again.</summary>
        public Task AddAsync(string subject, Inlet inlet)
        {
            _inlets[subject] = inlet;
            lock (_lock)
            {
                return _opening is { IsFaulted: false, IsCanceled: false } opening && Denied is null ? opening : _opening = OpenAsync(_opening);
            }
        }

        private async Task<IBusSubscription> OpenAsync(Task<IBusSubscription>? before)
        {
            if (before is { IsCompletedSuccessfully: true })
            {
                await before.Result.DisposeAsync().ConfigureAwait(false);
            }

            return await bus.SubscribeAsync(pattern, Receive, null, cancellationToken).ConfigureAwait(false);
        }

        public void Remove(string subject, Inlet inlet) => _inlets.TryRemove(new KeyValuePair<string, Inlet>(subject, inlet));

        public async ValueTask DisposeAsync()
        {
            try
            {
                if (_opening is { } opening)
                {
                    await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
                }
            }
#pragma warning disable CA1031 // Whatever a bus throws: there is no subscription then.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }

        /// <summary>Most of what comes may be for rooms without members here.</summary>
        private void Receive(in BusMessage message)
        {
            if (_inlets.TryGetValue(message.Subject, out var inlet))
            {
                inlet.Receive(message);
            }
        }
    }

    private ClusterPort Port => port;

    private Members Members => members;

    private ClusterState State => state;

    private ClusterLog Log => log;
}
