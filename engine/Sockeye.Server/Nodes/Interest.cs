using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;

namespace Sockeye.Server.Nodes;

/// <summary>What this server listens to: the subject of a room, or of a namespace, from its first member on until some time after its last.</summary>
/// <remarks>
/// <para>It owns the subscriptions that it has opened. Any thread. Changes are noted under the lock of a namespace and done on the thread pool, one after the other. Lives as long as the cluster of its server.</para>
/// <para>Of the rooms the first <see cref="ClusterOptions.ExactRooms"/> have a subscription each; further ones share one for each part of the namespace that they are in, until a place is free again.</para>
/// <para>A subscription that fails is tried again with the next sweep.</para>
/// </remarks>
internal sealed class Interest : IAsyncDisposable
{
    /// <summary>How often is looked for subjects that are not needed any more (own).</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ClusterMembership _membership;
    private readonly Inlets _inlets;
    private readonly ClusterLog _log;
    private readonly TimeProvider _time;
    private readonly TimeSpan _linger;
    private readonly long _began;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Inlets.Bundle> _bundles = new(StringComparer.Ordinal);
    private readonly int _mostExact;
    private readonly PriorityQueue<Entry, TimeSpan> _left = new(); // each once, however often it comes and goes
    private readonly PoolQueue<Change> _changes;
    private readonly CancellationTokenSource _ending = new();
    private int _beginning;
    private int _exact;
    private bool _isEnded;

    public Interest(ClusterMembership membership, ClusterOptions options, ClusterLog log, ServerContext server)
    {
        (_membership, _inlets, _log, _time, _linger, _mostExact) = (membership, membership.Inlets, log, server.Time, options.RoomLinger, options.ExactRooms);
        _changes = new PoolQueue<Change>(server.PoolContext, Apply, server.ReportFault);
        _began = _time.GetTimestamp();
        _timer = _time.CreateTimer(static interest => ((Interest)interest!).Sweep(), this, SweepInterval, SweepInterval);
    }

    /// <summary>Subjects that cannot be listened to.</summary>
    public int Unheard
    {
        get
        {
            lock (_lock)
            {
                return _entries.Values.Count(static entry => entry is { HasFailed: true, Inlet.Denied: null }) + _membership.Denied;
            }
        }
    }

    /// <summary>Whether nothing that was noted is left to do. In this order: a change that is done has begun what it needs.</summary>
    public bool IsIdle => _changes.Count == 0 && Volatile.Read(ref _beginning) == 0;

    /// <summary>Subjects that are listened to.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_began);

    /// <summary>Notes that a subject is needed, or not any more. In the order of the calls; may be called under a lock.</summary>
    public void Note(Func<string?, Wanted> find, string? room, bool isNeeded) => _changes.Add(new Change(find, room, isNeeded));

    /// <summary>Completes when a subject is listened to, which it is from now on, for some time at least.</summary>
    /// <exception cref="BusException">The bus denies it.</exception>
    public Task WhenListeningAsync(in Wanted wanted)
    {
        var ready = ReadyOf(wanted);
        return ready is { IsCompletedSuccessfully: true, Result: null } ? Task.CompletedTask : WaitAsync(ready);

        static async Task WaitAsync(Task<BusException?> ready)
        {
            if (await ready.ConfigureAwait(false) is { } denied)
            {
                throw new BusException(denied.Message, denied) { IsFinal = denied.IsFinal };
            }
        }
    }

    private Task<BusException?> ReadyOf(in Wanted wanted)
    {
        lock (_lock)
        {
            if (_isEnded)
            {
                return Task.FromResult<BusException?>(null);
            }

            if (!_entries.TryGetValue(wanted.Subject, out var entry))
            {
                // That somebody needs it is noted behind this, or it goes.
                entry = Open(wanted);
                Leave(entry);
            }

            return entry.Inlet?.Denied is { } denied ? Task.FromResult<BusException?>(denied) : entry.Ready;
        }
    }

    /// <summary>Whether a subject is listened to.</summary>
    public bool Has(string subject)
    {
        lock (_lock)
        {
            return _entries.ContainsKey(subject);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        Entry[] left;
        lock (_lock)
        {
            if (_isEnded)
            {
                return; // a start that has failed has stopped already what is disposed then
            }

            _isEnded = true;
            left = [.. _entries.Values];
            foreach (var entry in left)
            {
                Remove(entry);
            }
        }

        // What the bus has not let hold yet, as while it is away, is not waited for.
        await _ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(left.Select(static entry => entry.CloseAsync())).ConfigureAwait(false);
        _ending.Dispose();
    }

    private void Apply(Change change)
    {
        var wanted = change.Find(change.Room);
        lock (_lock)
        {
            if (_isEnded)
            {
                return;
            }

            if (change.IsNeeded)
            {
                (_entries.GetValueOrDefault(wanted.Subject) ?? Open(wanted)).LeftSince = null;
            }
            else if (_entries.TryGetValue(wanted.Subject, out var entry))
            {
                Leave(entry);
            }
        }
    }

    /// <summary>Lock.</summary>
    private void Leave(Entry entry)
    {
        entry.LeftSince = Now;
        Watch(entry, entry.LeftSince.Value);
    }

    /// <summary>Lock.</summary>
    private void Watch(Entry entry, TimeSpan since)
    {
        if (!entry.IsWatched)
        {
            entry.IsWatched = true;
            _left.Enqueue(entry, since);
        }
    }

    /// <summary>Lock.</summary>
    private Entry Open(in Wanted wanted)
    {
        var entry = new Entry(wanted);
        if (wanted.IsRoom && _exact >= _mostExact)
        {
            var pattern = ClusterSubjects.Bucket(wanted.Subject);
            if (!_bundles.TryGetValue(pattern, out var bundle))
            {
                _bundles[pattern] = bundle = _inlets.Bundled(pattern, _ending.Token);
            }

            bundle.Users++;
            entry.Bundle = bundle;
        }
        else
        {
            _exact += wanted.IsRoom ? 1 : 0;
        }

        _entries.Add(wanted.Subject, entry);
        Begin(entry);
        return entry;
    }

    private void Begin(Entry entry)
    {
        Interlocked.Increment(ref _beginning);
        entry.Ready = Subscribe(entry);

        async Task<BusException?> Subscribe(Entry opened)
        {
            try
            {
                // There before it holds: whatever ends meanwhile takes nothing from then on.
                var (subject, nsp, receiver, _) = opened.Wanted;
                var inlet = opened.Inlet = _inlets.Make(subject, nsp, receiver, opened.Bundle);
                await inlet.OpenAsync(_ending.Token).ConfigureAwait(false);
                opened.HasFailed = opened.IsTold = false;
                return null;
            }
#pragma warning disable CA1031 // Whatever a bus throws: it is tried again.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                opened.HasFailed = true;
                if (!_isEnded && !opened.IsTold)
                {
                    Tell(opened, failure);
                }

                return _isEnded ? null : failure as BusException ?? new BusException($"This server cannot listen to \"{opened.Wanted.Subject}\" now: {failure.Message}", failure);
            }
            finally
            {
                Interlocked.Decrement(ref _beginning);
            }
        }
    }

    private void Tell(Entry entry, Exception failure)
    {
        entry.IsTold = true;
        if (failure is BusException denied)
        {
            _log.Denied(entry.Wanted.Subject, denied);
        }
        else
        {
            _log.ListenerFailed(failure);
        }
    }

    /// <summary>Lock.</summary>
    private void Remove(Entry entry)
    {
        _entries.Remove(entry.Wanted.Subject);
        entry.Inlet?.End();
        if (entry.Bundle is not { } bundle)
        {
            _exact -= entry.Wanted.IsRoom ? 1 : 0;
        }
        else if (--bundle.Users == 0)
        {
            _bundles.Remove(ClusterSubjects.Bucket(entry.Wanted.Subject));
            entry.IsLast = true;
        }
    }

    private void Sweep()
    {
        List<Entry> gone = [];
        lock (_lock)
        {
            while (_left.TryPeek(out var entry, out var since) && Now - since >= _linger)
            {
                _left.Dequeue();
                entry.IsWatched = false;
                if (entry.LeftSince is not { } left || _entries.GetValueOrDefault(entry.Wanted.Subject) != entry)
                {
                    continue;
                }

                if (Now - left < _linger)
                {
                    Watch(entry, left); // it was needed again meanwhile
                    continue;
                }

                Remove(entry);
                gone.Add(entry);
            }

            foreach (var entry in _entries.Values)
            {
                if (entry.HasFailed && entry.Ready.IsCompleted)
                {
                    Begin(entry);
                }
            }
        }

        _membership.Renew();
        foreach (var entry in gone)
        {
            _ = entry.CloseAsync();
        }
    }

    /// <summary>A subject that may be needed.</summary>
    /// <param name="Subject">The subject.</param>
    /// <param name="Namespace">Whose messages come there; null: not of one namespace.</param>
    /// <param name="Receiver">Gets them.</param>
    /// <param name="IsRoom">Whether it is the subject of a room, which may share a subscription with others.</param>
    internal readonly record struct Wanted(string Subject, string? Namespace, ClusterReceiver Receiver, bool IsRoom = false);

    private readonly record struct Change(Func<string?, Wanted> Find, string? Room, bool IsNeeded);

    /// <summary>One subject. Lock.</summary>
    private sealed class Entry(in Wanted wanted)
    {
        public Wanted Wanted { get; } = wanted;

        /// <summary>Completes when it is listened to, or with what keeps this server from it.</summary>
        public Task<BusException?> Ready { get; set; } = Task.FromResult<BusException?>(null);

        public Inlets.Inlet? Inlet { get; set; }

        /// <summary>What it shares with others; null: it has a subscription of its own.</summary>
        public Inlets.Bundle? Bundle { get; set; }

        /// <summary>Whether nobody shares that any more.</summary>
        public bool IsLast { get; set; }

        public volatile bool HasFailed;

        /// <summary>Whether it was logged that it fails.</summary>
        public bool IsTold { get; set; }

        /// <summary>Whether it is among those that were left, which is looked at when the first time that it was left is long enough ago.</summary>
        public bool IsWatched { get; set; }

        /// <summary>When its last member left; null: it has some.</summary>
        public TimeSpan? LeftSince { get; set; }

        public async Task CloseAsync()
        {
            await Ready.ConfigureAwait(false);
            if (Inlet is { } inlet)
            {
                await inlet.DisposeAsync().ConfigureAwait(false);
            }

            if (IsLast)
            {
                await Bundle!.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
