using System.Security.Cryptography;
using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>This server among the others: it joins under a number that nobody has, takes another when it turns out that an older one has it, says that it lives, notices who does not, and says when it goes.</summary>
/// <remarks>It owns its subscriptions and its timer. Any thread. Starts once and stops once.</remarks>
internal sealed class ClusterMembership : IAsyncDisposable
{
    /// <summary>How long the bus has to be there before silence says anything about others, who may still be looking for it (own).</summary>
    private static readonly TimeSpan BusPatience = TimeSpan.FromSeconds(5);

    /// <summary>Draws before a server gives up: with 100 nodes the chance of one collision is 6 in a million (own).</summary>
    private const int MaxDraws = 16;

    private readonly ClusterPort _port;
    private readonly ClusterOptions _options;
    private readonly ClusterState _state;
    private readonly ClusterLog _log;
    private readonly TimeProvider _time;
    private readonly bool _isSetByHand;
    private readonly long _began;
    private readonly DateTimeOffset _started;
    private INodeEnd? _end;
    private Inlets.Inlet? _own;
    private BusRequester? _requester;
    private ITimer? _timer;
    private long _openSince;
    private volatile bool _isTaken;
    private volatile int _otherBuckets;
    private volatile bool _isReady;
    private volatile bool _isDraining;
    private long _toldOf;
    private int _isMoving;
    private int _isAsking;
    private bool _isDenialTold;

    /// <param name="port">How it speaks.</param>
    /// <param name="options">Its times.</param>
    /// <param name="state">Hears who comes and goes.</param>
    /// <param name="log">Where it logs.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="isSetByHand">Whether its number was: then it does not join under another.</param>
    public ClusterMembership(ClusterPort port, ClusterOptions options, ClusterState state, ClusterLog log, TimeProvider time, bool isSetByHand)
    {
        (_port, _options, _state, _log, _time, _isSetByHand) = (port, options, state, log, time, isSetByHand);
        _began = time.GetTimestamp();
        _started = time.GetUtcNow();
        Members = new Members(state, options, time);
        state.Members = Members;
        Inlets = new Inlets(port, Members, state, log);
        Members.Left += Inlets.Forget;
    }

    public Members Members { get; }

    public Inlets Inlets { get; }

    /// <summary>Requests to other nodes; from <see cref="StartAsync"/> on.</summary>
    public BusRequester Requester => _requester!;

    /// <summary>Subjects that the bus denies.</summary>
    public int Denied => Inlets.Denied + (_requester?.Denied is null ? 0 : 1);

    /// <summary>Subscribes again what the bus has denied meanwhile.</summary>
    public void Renew()
    {
        Inlets.Renew();
        var reason = _requester?.Denied;
        if (reason is not null && !_isDenialTold)
        {
            _log.Denied(_port.Subjects.Inbox, reason);
        }

        _isDenialTold = reason is not null;
        _ = _requester?.RenewAsync();
    }

    private TimeSpan Now => _time.GetElapsedTime(_began);

    /// <summary>Joins the cluster. Complete when this server is known to the others, under a number that none of them has.</summary>
    /// <param name="end">This server, as its number names it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterJoinException">The number that was set by hand belongs to another server.</exception>
    public async Task StartAsync(INodeEnd end, CancellationToken cancellationToken)
    {
        _end = end;
        var bus = _port.Bus;
        bus.StateChanged += OnBusState;

        // Behind that: a change in between is heard.
        Volatile.Write(ref _openSince, bus.State == BusState.Open ? Now.Ticks : long.MaxValue);
        _requester = await BusRequester.CreateAsync(bus, _port.Subjects.Inbox, _options.OpenRequests, _time, cancellationToken).ConfigureAwait(false);
        await Inlets.OpenAsync(_port.Subjects.Incarnation(_port.Me.Incarnation), null, OnWelcome, cancellationToken: cancellationToken).ConfigureAwait(false);
        await Inlets.OpenAsync(_port.Subjects.Common, null, OnCommon, cancellationToken: cancellationToken).ConfigureAwait(false);
        for (var draws = 1; ; draws++)
        {
            _isTaken = false;
            Say(ClusterKind.Hello, isReady: false);
            await Task.Delay(_options.JoinTime, _time, cancellationToken).ConfigureAwait(false);
            if (_otherBuckets != 0)
            {
                throw new ClusterJoinException($"The servers of the cluster \"{_options.Name}\" have {nameof(ClusterOptions.RoomBuckets)} {_otherBuckets}, and this one {_options.RoomBuckets}: they would not hear each other's rooms. Give all of them the same.");
            }

            if (!_isTaken)
            {
                break;
            }

            if (_isSetByHand || draws == MaxDraws)
            {
                throw new ClusterJoinException($"Another server of the cluster \"{_options.Name}\" is node {_port.Me.Node} ({ClusterIdentity.NameOf(_port.Me.Node)}): give each a NodeId of its own, or none, and it draws one.");
            }

            Become(Draw());
        }

        _own = await Inlets.OpenAsync(_port.Subjects.Node(_port.Me.Node), null, end.Receive, cancellationToken: cancellationToken).ConfigureAwait(false);
        await end.PrepareAsync(_port.Me.Node).ConfigureAwait(false);
        await end.StartAsync(cancellationToken).ConfigureAwait(false);
        _isReady = true;
        Say(ClusterKind.Hello, isReady: true);
        _timer = _time.CreateTimer(static membership => ((ClusterMembership)membership!).Tick(), this, _options.Heartbeat, _options.Heartbeat);
        _log.Joined(_port.Me.Node, _options.Name, Members.All.Length);
    }

    /// <summary>The server takes no new clients.</summary>
    public void Drain()
    {
        if (_isReady && !_isDraining)
        {
            _isDraining = true;
            Beat();
        }
    }

    /// <summary>This node goes, and says so.</summary>
    public async ValueTask DisposeAsync()
    {
        _port.Bus.StateChanged -= OnBusState;
        if (_timer is { } timer)
        {
            await timer.DisposeAsync().ConfigureAwait(false);
        }

        if (_isReady)
        {
            Beat();
            Say(ClusterKind.Goodbye, isReady: true);
        }

        _isReady = false;
        if (_requester is { } requester)
        {
            await requester.DisposeAsync().ConfigureAwait(false);
        }

        await Inlets.CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Nobody has listened at a node: if it has been silent for so long that it is to be asked, it is asked now, and not with the next heartbeat.</summary>
    public void Doubt(int node)
    {
        if (IsSilenceTold && Members.Silence(node) >= _options.SuspectAfter && Array.Find(Members.All, member => member.NodeId == node) is { } silent
            && Interlocked.Exchange(ref _isAsking, 1) == 0)
        {
            _ = AskAsync(silent);
        }

        async Task AskAsync(ClusterNode silent)
        {
            try
            {
                await VerifyAsync(silent, isOver: false).ConfigureAwait(false);
            }
            finally
            {
                Volatile.Write(ref _isAsking, 0);
            }
        }
    }

    /// <summary>Whether silence says anything about others: this server's own bus has been there for some time.</summary>
    private bool IsSilenceTold => _port.Bus.State == BusState.Open && Now.Ticks - Volatile.Read(ref _openSince) >= BusPatience.Ticks;

    private void Tick()
    {
        Beat();
        if (!IsSilenceTold)
        {
            Members.Excuse();
            return;
        }

        foreach (var (node, isOver) in Members.Silent(_options.SuspectAfter, _options.GoneAfter))
        {
            _ = VerifyAsync(node, isOver);
        }
    }

    private void Beat()
    {
        var bodies = _port.Streams.Beat(Math.Min(_port.Bus.MaxMessageBytes / 2, 64 << 10));
        for (var i = 0; i < bodies.Count; i++)
        {
            var head = State(_port.Head(ClusterKind.Beat), isReady: true).Field(WireField.Left, bodies.Count - 1 - i);
            _port.Send(_port.Subjects.Common, head, [bodies[i]]);
        }
    }

    /// <summary>A number that nobody has, as far as is known.</summary>
    private int Draw()
    {
        while (true)
        {
            var drawn = RandomNumberGenerator.GetInt32(1 << 24);
            if (drawn != _port.Me.Node && !Members.Has(drawn))
            {
                return drawn;
            }
        }
    }

    private void Become(int node)
    {
        _port.Me.Node = node;
        _end!.Become(node);
    }

    /// <summary>An older server has the number of this one: it goes on under another, and what carries the number before goes.</summary>
    private async Task MoveAsync()
    {
        try
        {
            var (former, drawn, own) = (_port.Me.Node, Draw(), _own);
            _own = await ListenAsync(drawn).ConfigureAwait(false);
            Beat();
            Say(ClusterKind.Goodbye, isReady: true);
            Become(drawn);
            _port.Streams.Restart();
            Say(ClusterKind.Hello, isReady: true);
            _log.Moved(former, drawn);
            await own!.DisposeAsync().ConfigureAwait(false);
            await _end!.LeaveAsync(former).ConfigureAwait(false);
            await _end.ForgetAsync(former).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The bus is away, or does not let it: the next heartbeat of the other server tries again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (_isReady)
            {
                _log.ListenerFailed(failure);
            }
        }

        Volatile.Write(ref _isMoving, 0);
    }

    /// <summary>Listens to all that goes to another number, or to nothing of it.</summary>
    private async Task<Inlets.Inlet> ListenAsync(int node)
    {
        Inlets.Inlet? own = null;
        try
        {
            own = await Inlets.OpenAsync(_port.Subjects.Node(node), null, _end!.Receive).ConfigureAwait(false);
            await _end.PrepareAsync(node).ConfigureAwait(false);

            // What is opened behind the end nobody would close.
            ObjectDisposedException.ThrowIf(!_isReady, this);
            return own;
        }
        catch
        {
            await _end!.ForgetAsync(node).ConfigureAwait(false);
            if (own is not null)
            {
                await own.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private void Say(ClusterKind kind, bool isReady) => _port.Send(_port.Subjects.Common, State(_port.Head(kind), isReady), []);

    private HeadWriter State(HeadWriter head, bool isReady) =>
        head.Field(WireField.State, [(byte)(!isReady ? 0 : _isDraining ? 2 : 1)]).Field(WireField.Started, _started.ToUnixTimeMilliseconds()).Field(WireField.RoomBuckets, _options.RoomBuckets);

    /// <summary>Somebody who has been silent is asked. That nobody listens there is an answer too, since this server's bus has been there for a while.</summary>
    private async Task VerifyAsync(ClusterNode node, bool isOver)
    {
        var subject = _port.Subjects.Node(node.NodeId);
        var reply = await Requester.RequestAsync(subject, _port.Whole(subject, _port.Head(ClusterKind.Ping), []), _options.Heartbeat).ConfigureAwait(false);
        if (reply.IsAnswered && IncarnationIn(reply, node.NodeId) is { } incarnation)
        {
            Members.Heard(node.NodeId, incarnation, null);
        }
        else if (_port.Bus.State == BusState.Open && (reply.Status == BusReplyStatus.NoResponders || isOver) && Members.Remove(node.NodeId, node.Incarnation))
        {
            _state.Report(new ClusterGap(null, node.Name, 0, ClusterGapReason.NodeGone));
        }
    }

    // A message cannot be kept across an await, and a build that does not optimise keeps what a condition declares.
    private long? IncarnationIn(BusReply reply, int node) => _port.TryOpen("", reply.Payload.Span, out var answer) && answer.Node == node ? answer.Incarnation : null;

    private void OnCommon(in ClusterMessage message, string? replyTo)
    {
        if (message.Node == _port.Me.Node)
        {
            OnSameNode(message);
            return;
        }

        switch (message.Kind)
        {
            case ClusterKind.Hello:
                if (_isReady)
                {
                    var subject = _port.Subjects.Incarnation(message.Incarnation);
                    _port.Send(subject, State(_port.Head(ClusterKind.Welcome), isReady: true), []);
                }

                Hear(message, isBeat: false);
                break;
            case ClusterKind.Beat:
                Hear(message, isBeat: message.Number(WireField.Left) == 0);
                Inlets.Beat(message);
                break;
            case ClusterKind.Goodbye:
                Members.Remove(message.Node, message.Incarnation);
                break;
            default:
                _port.Count(WireFault.Unknown);
                break;
        }
    }

    private void Hear(in ClusterMessage message, bool isBeat)
    {
        if (message.Number(WireField.RoomBuckets) is > 0 and <= 65_536 and var buckets && buckets != _options.RoomBuckets)
        {
            // One that is not ready yet gives way by itself.
            if (!_isReady)
            {
                _otherBuckets = (int)buckets;
            }
            else if (message.Find(WireField.State) is [> 0])
            {
                _log.OtherBuckets(message.Node, buckets, _options.RoomBuckets);
            }
        }

        if (message.Find(WireField.State) is [> 0 and var how])
        {
            Members.Heard(message.Node, message.Incarnation, how == 2 ? ClusterNodeState.Draining : ClusterNodeState.Alive, isBeat);
        }
    }

    private void OnWelcome(in ClusterMessage message, string? replyTo)
    {
        if (message.Kind != ClusterKind.Welcome)
        {
            _port.Count(WireFault.Unknown);
        }
        else if (message.Node == _port.Me.Node)
        {
            OnSameNode(message);
        }
        else
        {
            Hear(message, isBeat: false);
        }
    }

    /// <summary>Another server has this one's number. One that is not ready yet gives way to one that is, and of two the one that was started later.</summary>
    private void OnSameNode(in ClusterMessage message)
    {
        var isReady = message.Find(WireField.State) is [> 0];
        var isOlder = (message.Number(WireField.Started), message.Incarnation).CompareTo((_started.ToUnixTimeMilliseconds(), _port.Me.Incarnation)) < 0;
        if (!_isReady)
        {
            _isTaken |= isReady || isOlder;
        }
        else if (!isReady)
        {
            // It looks whether the number is free.
            _port.Send(_port.Subjects.Incarnation(message.Incarnation), State(_port.Head(ClusterKind.Welcome), isReady: true), []);
        }
        else if (message.Kind != ClusterKind.Goodbye)
        {
            if (Interlocked.Exchange(ref _toldOf, message.Incarnation) != message.Incarnation)
            {
                _log.SameNode(message.Node, message.Incarnation, isOlder);
                _state.Report(new ClusterNode(ClusterIdentity.NameOf(message.Node), message.Node, message.Incarnation, ClusterNodeState.SameNode));
            }

            if (isOlder && !_isDraining && Interlocked.Exchange(ref _isMoving, 1) == 0)
            {
                _ = MoveAsync();
            }
        }
    }

    private void OnBusState(BusState bus)
    {
        if (bus != BusState.Open)
        {
            Volatile.Write(ref _openSince, long.MaxValue);
            return;
        }

        Volatile.Write(ref _openSince, Now.Ticks);
        Members.Excuse();
        if (_isReady)
        {
            Say(ClusterKind.Hello, isReady: true);
            _state.Report(new ClusterGap(null, null, 0, ClusterGapReason.Outage));
        }
    }
}
