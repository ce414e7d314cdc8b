using System.Collections.Concurrent;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Relays;

/// <summary>All relays of this server: the requests that it hands on to the owners of their sessions, and those that it is handed.</summary>
/// <remarks>
/// <para>It owns them, and its timer. Any thread; what comes is taken on the bus's thread and never waits there. Lives as long as the cluster of its server.</para>
/// <para><b>Limits.</b> <see cref="ClusterOptions.OpenRelays"/> of each kind. What came from another server is never handed on.</para>
/// </remarks>
internal sealed partial class RelayHub : ISessionRelay, IAsyncDisposable
{
    /// <summary>How long the bus, or a server, may be away before what goes over it ends (own); a heartbeat more is needed to notice of others.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How often is looked for what waits too long (own).</summary>
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Bytes of a message beside those of a frame: the head, an address, a seal.</summary>
    private const int HeadBytes = 512;

    private readonly ConcurrentDictionary<long, RelayEntry> _mine = new();
    private readonly ConcurrentDictionary<(long Incarnation, long Id), RelayOwned> _theirs = new();
    private readonly ConcurrentDictionary<RelayEnd, TimeSpan> _waiting = new();
    private readonly long[] _failed = new long[Enum.GetValues<RelayFault>().Length];
    private readonly ClusterMembership _membership;
    private readonly ClusterOptions _options;
    private readonly ClusterLog _log;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly UnconfirmedAnswers _unconfirmed;
    private readonly List<LoopEnd> _loopEnds = [];
    private readonly ConcurrentDictionary<int, Inlets.Inlet> _inlets = new();
    private ITimer? _timer;
    private TimeSpan? _awaySince;
    private long _lastId;
    private long _lastStamp;
    private long _polls;
    private long _posts;
    private long _upgrades;
    private long _frames;
    private int _owned;
    private int _entries;
    private volatile bool _isClosed;

    public RelayHub(EngineServer engine, HttpServer http, LargeBodies bodies, ClusterPort port, ClusterMembership membership, ClusterOptions options, ClusterLog log, TimeProvider time)
    {
        (Engine, Http, Bodies, Port, _membership, _options, _log, _time) = (engine, http, bodies, port, membership, options, log, time);
        _began = time.GetTimestamp();
        _unconfirmed = new UnconfirmedAnswers(engine.OnAnswerLost);
        MaxBodyBytes = engine.Options.MaxPayloadBytes;
        _unheard = Unheard(port);
        membership.Members.Left += OnLeft;
        port.Bus.NoResponders += OnNoResponders;
    }

    public EngineServer Engine { get; }

    public HttpServer Http { get; }

    public ClusterPort Port { get; }

    /// <summary>Bytes of a client in one frame, as the bus takes them now.</summary>
    public int MaxFrameBytes => Math.Clamp(Port.Bus.MaxMessageBytes - HeadBytes, 1024, RelayEnd.WindowBytes);

    /// <summary>Bytes of a POST.</summary>
    public int MaxBodyBytes { get; }

    /// <summary>The room for those that are collected.</summary>
    public LargeBodies Bodies { get; }

    /// <summary>Relays that are open: those that this server has opened, and those of others.</summary>
    public (int Entries, int Owned) Open => (Volatile.Read(ref _entries), Volatile.Read(ref _owned));

    /// <summary>Frames sent so far.</summary>
    public long Frames => Interlocked.Read(ref _frames);

    /// <summary>Requests handed on so far, by kind.</summary>
    public (long Polls, long Posts, long Upgrades) Opened => (Interlocked.Read(ref _polls), Interlocked.Read(ref _posts), Interlocked.Read(ref _upgrades));

    /// <summary>The time since it was made.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_began);

    private TimeSpan SilencePatience => Patience + _options.Heartbeat;

    /// <summary>Relays that were ended so far for a reason of nobody's making.</summary>
    public long FailedFor(RelayFault fault) => Interlocked.Read(ref _failed[(int)fault]);

    /// <summary>One was refused here, before anybody was asked.</summary>
    public void CountRefused() => Interlocked.Increment(ref _failed[(int)RelayFault.Refused]);

    /// <summary>Begins: what comes for this node is taken.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var loop in Http.Transport.Loops)
        {
            var end = new LoopEnd(this, loop);
            _loopEnds.Add(end);
            loop.AtEnd(end);
        }

        if (!Http.Transport.Loops.All(VirtualConnection.IsPossible))
        {
            _log.NoRelays();
        }

        _timer = _time.CreateTimer(static hub => ((RelayHub)hub!).Tick(), this, TickInterval, TickInterval);
        Engine.Relay = this;
        return Task.CompletedTask;
    }

    /// <inheritdoc cref="INodeEnd.PrepareAsync" />
    public async Task PrepareAsync(int node) => _inlets[node] = await _membership.Inlets.OpenAsync(Port.Subjects.Relay(node), null, Receive, Missed).ConfigureAwait(false);

    /// <summary>What the others have to say to the number before is not heard any more: its relays end, as they do there.</summary>
    public void Leave(int former) => FailAll(end => end.Own == former, RelayFault.Gone);

    /// <inheritdoc cref="INodeEnd.ForgetAsync" />
    public async Task ForgetAsync(int node)
    {
        if (_inlets.TryRemove(node, out var inlet))
        {
            await inlet.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public bool TryRelay(HttpExchange exchange, string sid, int node, int ownersLoop)
    {
        if (_isClosed || !_membership.Members.TryFind(node, out var incarnation))
        {
            return false;
        }

        if (Interlocked.Increment(ref _entries) > _options.OpenRelays)
        {
            Interlocked.Decrement(ref _entries);
            CountRefused();
            Engine.RefuseRelayed(exchange, sid, isBusy: true);
            return true;
        }

        ref var kind = ref exchange.Head.IsUpgrade ? ref _upgrades : ref exchange.Head.Method == Protocol.Http.HttpMethod.Post ? ref _posts : ref _polls;
        Interlocked.Increment(ref kind);
        Add(exchange, sid, node, incarnation, new RelayPeer(exchange.RemoteEndPoint, exchange.IsSecure, (byte)ownersLoop), static entry => entry.Begin());
        return true;
    }

    private void Add(HttpExchange exchange, string sid, int node, long incarnation, RelayPeer peer, Action<RelayEntry> begin)
    {
        var entry = new RelayEntry(this, exchange, sid, Interlocked.Increment(ref _lastId), node, incarnation, peer);
        _mine[entry.Id] = entry;
        begin(entry);
        if (_isClosed || !_membership.Members.TryFind(node, out var now) || now != incarnation)
        {
            entry.FailLater(RelayFault.Gone);       // it went meanwhile, and was not found by whoever told
        }
    }

    /// <summary>The next of the numbers that say what was first.</summary>
    public long NextStamp() => Interlocked.Increment(ref _lastStamp);

    /// <summary>Publishes a frame.</summary>
    /// <returns>False: the bus does not take it now.</returns>
    public bool TrySend(RelayEnd end, in RelayHead frame, ReadOnlyMemory<byte> bytes)
    {
        var head = Port.Head(end.Kind);
        frame.Write(head);
        end.Describe(head);
        if (Port.Bus.State is BusState.Closed || Port.Publish(Port.Subjects.Relay(end.Node), head, [bytes], ReplyTo(end)) is EmitResult.Dropped or EmitResult.Closed)
        {
            return false;
        }

        Interlocked.Increment(ref _frames);
        return true;
    }

    /// <summary>What one has to say does not go out now: it is tried again for some time.</summary>
    /// <param name="end">The one.</param>
    /// <param name="since">Since when it has waited.</param>
    public void Wait(RelayEnd end, TimeSpan since) => _waiting.TryAdd(end, since);

    /// <summary>It takes it again.</summary>
    public void WaitsNoLonger(RelayEnd end) => _waiting.TryRemove(end, out _);

    /// <summary>One is over.</summary>
    public void Remove(RelayEnd end)
    {
        _waiting.TryRemove(end, out _);
        if (end is RelayEntry entry)
        {
            if (_mine.TryRemove(entry.Id, out _))
            {
                Interlocked.Decrement(ref _entries);
            }
        }
        else if (_theirs.TryRemove((end.Incarnation, end.Id), out _))
        {
            Interlocked.Decrement(ref _owned);
        }
    }

    /// <summary>One was ended for a reason of nobody's making.</summary>
    public void Failed(RelayEnd end, RelayFault fault)
    {
        Interlocked.Increment(ref _failed[(int)fault]);
        _log.RelayFailed(end.IsEntry, end.Node, fault switch
        {
            RelayFault.Hole => "a message is missing",
            RelayFault.Outage => "the bus or that server was away for more than 5 s",
            RelayFault.Gone => "that server has gone",
            RelayFault.Refused => "that server has no room for it",
            _ => "that server has sent what makes no sense",
        });
    }

    /// <summary>A poll was answered: that the answer has reached its client is said by nobody, and shown by its next poll; that it has not is said.</summary>
    public void Answered(RelayOwned owned, string sid, bool isLost)
    {
        if (isLost)
        {
            Engine.OnAnswerLost(sid);
        }
        else
        {
            _unconfirmed.Add(owned.Incarnation, owned.Id, sid, Now);
        }
    }

    /// <summary>The answer to a poll that is over here has not reached its client. Any thread.</summary>
    public void AnswerLost(long incarnation, long id) => _unconfirmed.Lose(incarnation, id);

    /// <summary>Asks the owners of what is relayed here to end it, one relay after the other, evenly over a time, but at least as many in a second as sessions.</summary>
    public async Task DrainAsync(TimeSpan over, int leastPerSecond, CancellationToken cancellationToken)
    {
        RelayEntry[] entries = [.. _mine.Values];
        var longest = TimeSpan.FromSeconds((double)entries.Length / leastPerSecond);
        var step = entries.Length == 0 ? TimeSpan.Zero : (over < longest ? over : longest) / entries.Length;
        var began = Now;
        for (var i = 0; i < entries.Length; i++)
        {
            if ((step * i) - (Now - began) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            }

            entries[i].Loop.Post(static entry => ((RelayEntry)entry!).Stop(), entries[i]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        _membership.Members.Left -= OnLeft;
        Port.Bus.NoResponders -= OnNoResponders;
        if (_timer is { } timer)
        {
            await timer.DisposeAsync().ConfigureAwait(false);
        }

        FailAll(static _ => true, RelayFault.Gone);
        foreach (var end in _loopEnds)
        {
            end.Loop.ForgetAtEnd(end);
        }
    }

    /// <summary>All that are open. Any thread.</summary>
    internal IEnumerable<RelayEnd> All() => _mine.Select(static pair => (RelayEnd)pair.Value).Concat(_theirs.Select(static pair => (RelayEnd)pair.Value));

    private void FailAll(Func<RelayEnd, bool> which, RelayFault fault)
    {
        foreach (var end in All())
        {
            if (which(end))
            {
                end.FailLater(fault);
            }
        }
    }

    private void OnLeft(ClusterNode gone)
    {
        _checks.TryRemove(gone.NodeId, out _);
        FailAll(end => end.Node == gone.NodeId && end.Incarnation == gone.Incarnation, RelayFault.Gone);
    }

    private void Tick()
    {
        var now = Now;
        _unconfirmed.Forget(now);
        _awaySince = Port.Bus.State == BusState.Open ? null : _awaySince ?? now;
        if (_awaySince is { } away && now - away > Patience)
        {
            FailAll(static _ => true, RelayFault.Outage);
        }
        else if (_awaySince is null)
        {
            AskForUnanswered(now);
            foreach (var node in All().Select(static end => end.Node).Distinct())
            {
                if (_membership.Members.Silence(node) > SilencePatience)
                {
                    FailAll(end => end.Node == node, RelayFault.Outage);
                }
            }
        }

        foreach (var (end, since) in _waiting)
        {
            if (now - since > Patience)
            {
                end.FailLater(RelayFault.Outage);
            }
            else
            {
                end.Loop.Post(static waiting => ((RelayEnd)waiting!).Retry(), end);
            }
        }
    }

    /// <summary>A loop ends, and with it what is on it.</summary>
    private sealed class LoopEnd(RelayHub hub, ITransportLoop loop) : ILoopWork
    {
        public ITransportLoop Loop => loop;

        public void Run()
        {
            foreach (var end in hub.All())
            {
                if (end.Loop == loop)
                {
                    end.Fail(RelayFault.Gone);
                }
            }
        }
    }
}
