using System.Collections.Concurrent;
using Sockeye.Cluster;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Lets a user have one session, over all nodes that can be reached. All members may be called from any thread.</summary>
/// <remarks>
/// <para><b>How it is decided.</b> Sessions stand in one order, by stamps of a clock that each node moves beyond every stamp that it hears of (Lamport's), so all nodes decide alike, each of its own sessions,
/// and nothing has to be handed over when nodes come and go. A new session is told to all nodes. With <see cref="SingleSessionMode.KickOld"/> whoever has an earlier one puts it out. With
/// <see cref="SingleSessionMode.RefuseNew"/> the new one waits for what the others say: one that is established, or that stands before it, keeps its place. Of two that come at once each node sees both
/// before it answers the second, so one of them stays and never both.</para>
/// <para><b>Several namespaces</b> of one connection are one session. <b>The same device</b>, known by the token's <c>sid</c> or by the token, takes its own place, so that nobody is locked out by a connection
/// of his that has not been found dead yet.</para>
/// <para><b>Best effort.</b> A node that does not answer in time, is cut off, or loses a message has no say: then there may be two.</para>
/// </remarks>
internal sealed class SessionOrder : IAsyncDisposable
{
    /// <summary>Claims that wait for other nodes at once: 10,000 (own); beyond that a claim is decided here alone.</summary>
    public const int MaxWaiting = 10_000;

    private readonly string _node;
    private readonly IClusterBus _bus;
    private readonly LiveSockets _sockets;
    private readonly Peers _peers;
    private readonly TimeProvider _time;
    private readonly LiveMetrics _metrics;
    private readonly Action<SocketEntry> _putOut;
    private readonly ConcurrentDictionary<(string Session, long Stamp), Waiting> _waiting = new();
    private readonly List<IBusSubscription> _subscriptions = [];
    private LiveOptions _options;
    private long _clock;

    /// <summary>One that has not started.</summary>
    /// <param name="node">The name of this node.</param>
    /// <param name="bus">The bus, below subjects of the plugin's own.</param>
    /// <param name="sockets">The sockets of this node.</param>
    /// <param name="peers">The other nodes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Counts what was dropped.</param>
    /// <param name="options">The mode, and how long others are waited for.</param>
    /// <param name="putOut">Puts a socket out because a newer session has its place.</param>
    public SessionOrder(string node, IClusterBus bus, LiveSockets sockets, Peers peers, TimeProvider time, LiveMetrics metrics, LiveOptions options, Action<SocketEntry> putOut)
    {
        _node = node;
        _bus = bus;
        _sockets = sockets;
        _peers = peers;
        _time = time;
        _metrics = metrics;
        _options = options;
        _putOut = putOut;
    }

    public void Configure(LiveOptions options) => Volatile.Write(ref _options, options);

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _subscriptions.Add(await _bus.SubscribeAsync("claim", OnClaim, null, cancellationToken).ConfigureAwait(false));
        _subscriptions.Add(await _bus.SubscribeAsync("answer." + _node, OnAnswer, null, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A socket with an identity wants to come in.</summary>
    /// <param name="entry">The socket, kept already, so that other nodes' claims find it.</param>
    /// <param name="cancellationToken">It has gone, or its time for admission is over.</param>
    /// <returns>Why it may not; null: it may.</returns>
    public async ValueTask<string?> EnterAsync(SocketEntry entry, CancellationToken cancellationToken)
    {
        var mode = Volatile.Read(ref _options).SingleSession;
        if (mode == SingleSessionMode.Off || entry.Credential.IsAnonymous)
        {
            return null;
        }

        _sockets.Stamp(entry, NextStamp);
        var claim = entry.Claim;
        if (Yield(claim, mode))
        {
            return CodeOf(mode);
        }

        if (mode == SingleSessionMode.KickOld)
        {
            entry.IsEstablished = true;
            Publish("claim", BusWords.Claim(_node, claim));
            return null;
        }

        var others = _peers.Alive();
        if (others.Count > 0 && _waiting.Count < MaxWaiting)
        {
            var waiting = new Waiting(others);
            var key = (claim.Session, claim.Stamp);
            if (!_waiting.TryAdd(key, waiting))
            {
                // Another namespace of the connection asks the same at this moment, and hears the same.
                waiting = _waiting.GetValueOrDefault(key) ?? waiting;
            }

            try
            {
                Publish("claim", BusWords.Claim(_node, claim));
                if (await waiting.Taken.WaitAsync(Volatile.Read(ref _options).SessionPatience, _time, cancellationToken).ConfigureAwait(false))
                {
                    return LiveCode.SessionTaken;
                }
            }
            catch (TimeoutException)
            {
                // Who is silent has no say.
            }
            finally
            {
                _waiting.TryRemove(new KeyValuePair<(string, long), Waiting>(key, waiting));
            }
        }

        // What has come here meanwhile stands behind this one, and finds it; what was here before has been asked.
        entry.IsEstablished = true;
        return null;
    }

    /// <summary>A socket that was there before this generation is a session that is established.</summary>
    /// <param name="entry">The socket.</param>
    public void TakeOver(SocketEntry entry)
    {
        if (Volatile.Read(ref _options).SingleSession != SingleSessionMode.Off && !entry.Credential.IsAnonymous)
        {
            _sockets.Stamp(entry, NextStamp);
            entry.IsEstablished = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string CodeOf(SingleSessionMode mode) => mode == SingleSessionMode.KickOld ? LiveCode.SessionReplaced : LiveCode.SessionTaken;

    /// <summary>Holds a claim against the sessions of this node, and puts out those that have to go.</summary>
    /// <returns>Whether the claim has to go.</returns>
    private bool Yield(in SessionClaim claim, SingleSessionMode mode)
    {
        var mustGo = false;
        foreach (var own in _sockets.OfSubject(claim.Subject))
        {
            if (own.Session == claim.Session || own.Stamp == 0)
            {
                continue;
            }

            var isBefore = own.Claim.IsBefore(claim);
            if (mode == SingleSessionMode.KickOld || own.Device == claim.Device)
            {
                if (isBefore)
                {
                    _putOut(own);
                }
                else
                {
                    mustGo = true;
                }
            }
            else if (own.IsEstablished || isBefore)
            {
                mustGo = true;
            }
        }

        return mustGo;
    }

    private void OnClaim(in BusMessage message)
    {
        using var document = BusWords.Read(message.Payload, out var from);
        if (document is null || BusWords.ReadClaim(document.RootElement) is not { } claim)
        {
            _metrics.Malformed();
            return;
        }

        if (from == _node)
        {
            return;
        }

        Move(claim.Stamp);
        var mode = Volatile.Read(ref _options).SingleSession;
        var isTaken = mode != SingleSessionMode.Off && Yield(claim, mode);
        if ((isTaken || mode == SingleSessionMode.RefuseNew) && RevocationSync.IsNode(from))
        {
            Publish("answer." + from, BusWords.Answer(_node, claim.Session, claim.Stamp, isTaken));
        }
    }

    private void OnAnswer(in BusMessage message)
    {
        using var document = BusWords.Read(message.Payload, out var from);
        if (document is null || BusWords.ReadAnswer(document.RootElement) is not { } answer)
        {
            _metrics.Malformed();
            return;
        }

        if (_waiting.TryGetValue((answer.Session, answer.Stamp), out var waiting))
        {
            waiting.Hear(from, answer.IsTaken);
        }
        else if (answer.IsTaken && Volatile.Read(ref _options).SingleSession == SingleSessionMode.KickOld)
        {
            // A session of another node stands behind this one: it is the newer of two that came at once.
            foreach (var own in _sockets.All())
            {
                if (own.Session == answer.Session && own.Stamp == answer.Stamp)
                {
                    _putOut(own);
                }
            }
        }
    }

    private void Publish(string subject, byte[] message)
    {
        if (_bus.Publish(subject, message, []) != EmitResult.Accepted)
        {
            _metrics.NotSent();
        }
    }

    /// <summary>The next stamp: milliseconds since 1970, unless one has been seen that is later.</summary>
    private long NextStamp()
    {
        while (true)
        {
            var seen = Interlocked.Read(ref _clock);
            var next = Math.Max(seen + 1, _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (Interlocked.CompareExchange(ref _clock, next, seen) == seen)
            {
                return next;
            }
        }
    }

    /// <summary>A stamp has been heard of. One from the far future is made up, or its node's clock is wrong: it moves nothing.</summary>
    private void Move(long stamp)
    {
        if (stamp > _time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds())
        {
            return;
        }

        for (var seen = Interlocked.Read(ref _clock); stamp > seen; seen = Interlocked.Read(ref _clock))
        {
            Interlocked.CompareExchange(ref _clock, stamp, seen);
        }
    }

    /// <summary>A claim that waits for other nodes.</summary>
    private sealed class Waiting(IReadOnlyList<string> nodes)
    {
        private readonly TaskCompletionSource<bool> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly HashSet<string> _silent = [.. nodes];

        /// <summary>Whether one has said that the place is taken; false when all have said that it is not.</summary>
        public Task<bool> Taken => _taken.Task;

        public void Hear(string node, bool isTaken)
        {
            if (isTaken)
            {
                _taken.TrySetResult(true);
                return;
            }

            lock (_silent)
            {
                if (!_silent.Remove(node) || _silent.Count > 0)
                {
                    return;
                }
            }

            _taken.TrySetResult(false);
        }
    }
}
