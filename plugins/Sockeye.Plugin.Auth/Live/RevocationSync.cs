using System.Text.Json;
using Sockeye.Cluster;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Keeps the set of revocations the same on all nodes that can be reached, and says when this one cannot. All members may be called from any thread.</summary>
/// <remarks>
/// <para><b>At once.</b> A revocation is published when it is made, and applied by whoever hears it.</para>
/// <para><b>What was lost.</b> Each node says every <see cref="Peers.Beat"/> that it is there and what its set amounts to; who hears of a set that is not his asks for it and takes what he lacks. A node that
/// comes says so first, is told at once, and asks. Since two revocations of one thing join to one, order and repetition do not matter.</para>
/// </remarks>
internal sealed class RevocationSync : IAsyncDisposable
{
    private const string RevokeSubject = "revoke", BeatSubject = "beat";

    /// <summary>From one request for somebody's set to the next, and from one answer to the next for one node.</summary>
    private static readonly TimeSpan PullEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long a node that has come waits for the first word of another one: 1 s (own).</summary>
    private static readonly TimeSpan SyncPatience = TimeSpan.FromSeconds(1);

    private readonly IClusterBus _bus;
    private readonly RevocationSet _set;
    private readonly TimeProvider _time;
    private readonly LiveMetrics _metrics;
    private readonly LiveOptions _options;
    private readonly Action _changed;
    private readonly Action<Revocation> _unkept;
    private readonly List<IBusSubscription> _subscriptions = [];
    private readonly Dictionary<string, long> _answered = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private long _lastBeat;
    private long _lastPull;
    private long _startedAt;
    private bool _isClosed;

    /// <summary>One that has not started.</summary>
    /// <param name="node">The name of this node and generation: 1 to 64 letters, digits and hyphens.</param>
    /// <param name="bus">The bus, below subjects of the plugin's own.</param>
    /// <param name="set">The set.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Counts what was dropped.</param>
    /// <param name="options">How long things are kept.</param>
    /// <param name="changed">Called when something holds no more that held before; must not block.</param>
    /// <param name="unkept">Called with a revocation for which there is no room: sockets go all the same. Must not block.</param>
    public RevocationSync(string node, IClusterBus bus, RevocationSet set, TimeProvider time, LiveMetrics metrics, LiveOptions options, Action changed, Action<Revocation> unkept)
    {
        Node = node;
        _bus = bus;
        _set = set;
        _time = time;
        _metrics = metrics;
        _options = options;
        _changed = changed;
        _unkept = unkept;
        Peers = new Peers(time);
    }

    /// <summary>The name of this node.</summary>
    public string Node { get; }

    /// <summary>The other nodes.</summary>
    public Peers Peers { get; }

    /// <summary>Why revocations of other nodes may be unknown here; null: they are known.</summary>
    public string? CutOff
    {
        get
        {
            if (_bus.State != BusState.Open)
            {
                return "the bus is not connected";
            }

            var (alive, lost) = Peers.Count();
            if (alive == 0 && lost > 0)
            {
                return "none of the other nodes is heard";
            }

            return null;
        }
    }

    /// <summary>Completes when the set of another node has come, or nobody has spoken for a moment after the start: then this node is alone.</summary>
    public Task Settled => _settled.Task;

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _startedAt = _time.GetTimestamp();
        await SubscribeAsync(RevokeSubject, OnRevoke, cancellationToken).ConfigureAwait(false);
        await SubscribeAsync(BeatSubject, OnBeat, cancellationToken).ConfigureAwait(false);
        await SubscribeAsync("pull." + Node, OnPull, cancellationToken).ConfigureAwait(false);
        await SubscribeAsync("set." + Node, OnSet, cancellationToken).ConfigureAwait(false);
        Say(BeatKind.Hello);
    }

    /// <summary>Revokes something here and on all nodes.</summary>
    /// <param name="revocation">The revocation.</param>
    /// <returns>False: there is no room for it here. The others are told all the same.</returns>
    public bool Revoke(in Revocation revocation)
    {
        var kept = _set.TryAdd(revocation, out _);
        Publish(RevokeSubject, BusWords.Revoke(Node, revocation));
        if (kept)
        {
            _changed();
        }
        else
        {
            _unkept(revocation);
        }

        return kept;
    }

    /// <summary>What is due: a sign of life, and forgetting. Called about once in a second.</summary>
    public void Tick()
    {
        if (_time.GetElapsedTime(_startedAt) >= SyncPatience)
        {
            _settled.TrySetResult();
        }

        if (_time.GetElapsedTime(Interlocked.Read(ref _lastBeat)) >= Peers.Beat)
        {
            _set.Sweep(Now);
            Say(BeatKind.Beat);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
        }

        _settled.TrySetResult();
        Say(BeatKind.Bye);
        foreach (var subscription in _subscriptions)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask SubscribeAsync(string subject, BusReceiver receiver, CancellationToken cancellationToken) =>
        _subscriptions.Add(await _bus.SubscribeAsync(subject, receiver, null, cancellationToken).ConfigureAwait(false));

    private void Say(BeatKind kind)
    {
        Interlocked.Exchange(ref _lastBeat, _time.GetTimestamp());
        var (count, digest) = _set.Digest(Now);
        Publish(BeatSubject, BusWords.Beat(Node, count, digest, kind));
    }

    private void Publish(string subject, byte[] message)
    {
        if (_bus.Publish(subject, message, []) != EmitResult.Accepted)
        {
            _metrics.NotSent();
        }
    }

    private void OnRevoke(in BusMessage message)
    {
        using var document = Read(message, out var from);
        if (document is null || from == Node)
        {
            return;
        }

        if (document.RootElement.TryGetProperty("entry", out var entry))
        {
            if (BusWords.ReadEntry(entry, Now, MaxUntil) is { } revocation)
            {
                Add(revocation);
            }
            else
            {
                _metrics.Malformed();
            }
        }
        else if (RevokeRequest.Read(document.RootElement, Now, _options, takesTokens: false, out var asked) is null)
        {
            Add(asked);
        }
        else
        {
            _metrics.Malformed();
        }

        void Add(in Revocation revocation)
        {
            if (!_set.TryAdd(revocation, out var isNew))
            {
                _metrics.SetFull();
                _unkept(revocation);
            }
            else if (isNew)
            {
                _changed();
            }
        }
    }

    private void OnBeat(in BusMessage message)
    {
        using var document = Read(message, out var from);
        if (document is null || from == Node)
        {
            return;
        }

        if (!IsNode(from) || BusWords.ReadBeat(document.RootElement) is not { } beat)
        {
            _metrics.Malformed();
            return;
        }

        // The other generation of this node is no other node, and has the same set.
        if (from.AsSpan(0, from.IndexOf('-') + 1) is { Length: > 1 } node && Node.AsSpan().StartsWith(node))
        {
            return;
        }

        if (beat.Kind == BeatKind.Bye)
        {
            Peers.Left(from);
            return;
        }

        if (!Peers.Heard(from))
        {
            _metrics.Malformed();
            return;
        }

        var (count, digest) = _set.Digest(Now);
        if (count == beat.Count && digest == beat.Digest)
        {
            _settled.TrySetResult();
        }
        else if (IsDue(ref _lastPull))
        {
            Publish("pull." + from, BusWords.Pull(Node));
        }

        if (beat.Kind == BeatKind.Hello)
        {
            Say(BeatKind.Beat);
        }
    }

    private void OnPull(in BusMessage message)
    {
        using var document = Read(message, out var from);
        if (document is null || from == Node || !IsNode(from))
        {
            return;
        }

        lock (_lock)
        {
            // A whole set is dear: one for each node and second.
            if (_answered.TryGetValue(from, out var at) && _time.GetElapsedTime(at) < PullEvery)
            {
                return;
            }

            if (_answered.Count >= Peers.Max)
            {
                _answered.Clear();
            }

            _answered[from] = _time.GetTimestamp();
        }

        // Not on the loop on which the bus reads.
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.Sync.SendSet(state.Node), (Sync: this, Node: from), preferLocal: false);
    }

    private void SendSet(string node)
    {
        foreach (var part in BusWords.Parts(_set.All(Now)))
        {
            Publish("set." + node, BusWords.Set(Node, part));
        }

        // An empty one is the end.
        Publish("set." + node, BusWords.Set(Node, []));
    }

    private void OnSet(in BusMessage message)
    {
        using var document = Read(message, out var from);
        if (document is null || from == Node)
        {
            return;
        }

        if (!document.RootElement.TryGetProperty("entries", out var entries) || entries.ValueKind != JsonValueKind.Array || entries.GetArrayLength() > BusWords.MaxEntries)
        {
            _metrics.Malformed();
            return;
        }

        var anyNew = false;
        foreach (var entry in entries.EnumerateArray())
        {
            if (BusWords.ReadEntry(entry, Now, MaxUntil) is not { } revocation)
            {
                continue;
            }

            if (!_set.TryAdd(revocation, out var isNew))
            {
                _metrics.SetFull();
                _unkept(revocation);
            }

            anyNew |= isNew;
        }

        if (entries.GetArrayLength() == 0)
        {
            _settled.TrySetResult();
        }

        if (anyNew)
        {
            _changed();
        }
    }

    private long MaxUntil => Now + (long)LiveOptions.MaxMemory.TotalMilliseconds;

    private JsonDocument? Read(in BusMessage message, out string from)
    {
        var document = BusWords.Read(message.Payload, out from);
        if (document is null)
        {
            _metrics.Malformed();
        }

        return document;
    }

    private bool IsDue(ref long last)
    {
        var seen = Interlocked.Read(ref last);
        return (seen == 0 || _time.GetElapsedTime(seen) >= PullEvery) && Interlocked.CompareExchange(ref last, _time.GetTimestamp(), seen) == seen;
    }

    /// <summary>Whether it can be part of a subject.</summary>
    internal static bool IsNode(string name) => name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
