using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using NATS.Client.Core;

namespace Sockeye.Cluster.Nats;

/// <summary>One connection of a bus: makes it, tries it at the start and from time to time, and says whether it is open.</summary>
/// <remarks>
/// <para>It owns the client's connection and what waits to go out on it. The client reconnects by itself and renews what was subscribed; the link is open again when a message to itself has come back behind that.</para>
/// <para>Any thread. Lives from the bus's making to its end.</para>
/// </remarks>
internal sealed class NatsLink : IAsyncDisposable
{
    /// <summary>How long the end waits for what was published before it (own).</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    /// <summary>How often the log says that a server cannot be reached for the same reason (own).</summary>
    private static readonly TimeSpan ToldTime = TimeSpan.FromSeconds(30);

    private readonly NatsClusterBus _bus;
    private readonly NatsBusOptions _options;
    private readonly string[] _classes;
    private readonly LastFailure _failures = new();
    private readonly NatsOutgoing _outgoing;
    private readonly string _id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9));
    private readonly string _echo;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private readonly List<(long Number, TaskCompletionSource Heard)> _echoes = [];
    private volatile TaskCompletionSource<string> _denied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NatsInbox? _inbox;
    private BusState _state = BusState.Connecting;
    private TaskCompletionSource? _reopened;
    private long _echoNumber;
    private long _delivered;
    private long _reconnects;
    private long _droppedBefore;
    private int _epoch;
    private string? _toldReason;
    private long _toldAt;

    /// <param name="bus">The bus.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="name">What it is for.</param>
    /// <param name="classes">Subjects that stand for those that will be used on it: the start tries whether they may be.</param>
    public NatsLink(NatsClusterBus bus, NatsBusOptions options, string name, params string[] classes)
    {
        (_bus, _options, Name, _classes) = (bus, options, name, classes);
        _echo = bus.Wire.Echo(_id);
        var sockets = NatsSockets.Make();
        Connection = NatsConnections.Make(options, name, _failures, sockets);
        Connection.ConnectionOpened += (_, _) => OnOpened();
        Connection.ConnectionDisconnected += (_, _) => OnLost();
        Connection.ReconnectFailed += (_, _) => OnReconnectFailed();
        Connection.ServerError += (_, e) => OnServerError(e);
        _failures.Denied = OnDenied;
        _outgoing = new NatsOutgoing(Connection, sockets, options, bus.Dropped);
    }

    public NatsConnection Connection { get; }

    public string Name { get; }

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

    public long Published => _outgoing.Published;

    public long WaitingBytes => _outgoing.WaitingBytes;

    public long Delivered => Volatile.Read(ref _delivered);

    public long Reconnects => Interlocked.Read(ref _reconnects);

    /// <summary>Bytes of the longest message that the server takes, as far as it has said so.</summary>
    public int? MaxPayload => Connection.ServerInfo?.MaxPayload;

    /// <summary>Whether a message is NATS's word that nobody listens.</summary>
    public static bool IsNoResponders(in ReadOnlySequence<byte>? headers)
    {
        if (headers is not { Length: >= 12 and < 64 } some)
        {
            return false;
        }

        Span<byte> line = stackalloc byte[64];
        some.CopyTo(line);
        return line[..(int)some.Length].StartsWith("NATS/1.0 503"u8);
    }

    /// <summary>On the read loop, which is one at a time.</summary>
    public void CountDelivered() => Volatile.Write(ref _delivered, _delivered + 1);

    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int length, string? replyTo) =>
        _outgoing.Publish(_bus.Wire.Of(subject), head, parts, length, replyTo is null ? null : _bus.Wire.Reply(_id, replyTo));

    /// <summary>Connects, and tries whether what will be said may be. One try after the other; behind one that has succeeded the connection is waited for, should it be lost.</summary>
    /// <exception cref="BusException">It does not come about.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_started.Task.IsCompleted)
        {
            await WaitUntilReopenedAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        // What a try before was denied may be allowed by now.
        _denied = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (_inbox is { } before)
        {
            await before.DisposeAsync().ConfigureAwait(false);
        }

        _inbox = new NatsInbox(this, _bus.Wire.Inbox(_id), OnOwn);
        await Connection.AddSubAsync(_inbox, cancellationToken).ConfigureAwait(false);
        var echo = EchoAsync(_options.ConnectTimeout, cancellationToken);
        if (await Task.WhenAny(echo, _denied.Task).ConfigureAwait(false) != echo || !await echo.ConfigureAwait(false))
        {
            throw Denied(_bus.Wire.Inbox(_id));
        }

        foreach (var subject in _classes)
        {
            await TryAsync(subject, cancellationToken).ConfigureAwait(false);
        }

        lock (_lock)
        {
            if (_state == BusState.Connecting)
            {
                _state = Connection.ConnectionState == NatsConnectionState.Open ? BusState.Open : BusState.Disconnected;
                if (_state == BusState.Open)
                {
                    _outgoing.Open();
                }
            }
        }

        _bus.Log.Opened(Server(), Name);
        _started.TrySetResult();
        _ = ProbeAsync();
    }

    /// <summary>Completes when the server has it.</summary>
    public async Task SubscribeAsync(NatsSubscription subscription, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        await _started.Task.WaitAsync(either.Token).ConfigureAwait(false);
        await Connection.AddSubAsync(subscription, either.Token).ConfigureAwait(false);

        // One that is lost meanwhile is renewed with the connection.
        while (!await EchoAsync(_options.ProbeInterval, either.Token).ConfigureAwait(false))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), either.Token).ConfigureAwait(false);
        }

        // What the server denies it says before it answers.
        if (subscription.Denied is { } denied)
        {
            throw denied;
        }
    }

    /// <summary>Ends it, when what was published before has gone out, within a second.</summary>
    public async ValueTask DisposeAsync()
    {
        BusState before;
        lock (_lock)
        {
            (before, _state) = (_state, BusState.Closed);
        }

        if (before == BusState.Closed)
        {
            return;
        }

        var idle = _outgoing.CloseAsync();
        if (before == BusState.Open)
        {
            try
            {
                await idle.WaitAsync(FlushTime).ConfigureAwait(false);
                await EchoAsync(FlushTime, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // What is stuck is lost.
            }
        }

        _outgoing.Hold();
        await _closing.CancelAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>Tries come many times in a second: the same reason is told once in <see cref="ToldTime"/>.</summary>
    private void TellUnreachable(string reason)
    {
        if (reason != _toldReason || _options.Time.GetElapsedTime(_toldAt) >= ToldTime)
        {
            (_toldReason, _toldAt) = (reason, _options.Time.GetTimestamp());
            _bus.Log.Unreachable(Name, reason);
        }
    }

    private string Server() => string.Join(", ", _options.Servers.Select(static server => NatsOptionRules.Shown(NatsOptionRules.Parse(server)!)));

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var since = _options.Time.GetTimestamp();
        while (true)
        {
            Exception failure;
            try
            {
                await Connection.ConnectAsync().AsTask().WaitAsync(_options.StartTimeout, _options.Time, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is NatsException or TimeoutException)
            {
                failure = e;
            }

            var (reason, isFinal) = NatsConnections.Explain(failure, _options, _failures);
            if (isFinal || _options.Time.GetElapsedTime(since) >= _options.StartTimeout)
            {
                throw new BusException($"NATS cannot be used at {Server()}: {reason}.", failure) { IsFinal = isFinal };
            }

            TellUnreachable(reason);
            await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(50, 200)), _options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says something to itself on a subject: a permission that is missing is told by nothing else.</summary>
    private async Task TryAsync(string subject, CancellationToken cancellationToken)
    {
        var wire = _bus.Wire.Of($"{subject}{_id}");
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var test = new NatsInbox(this, wire, (string _, in ReadOnlySequence<byte>? _, in ReadOnlySequence<byte> _) => heard.TrySetResult());
        try
        {
            await Connection.AddSubAsync(test, cancellationToken).ConfigureAwait(false);
            await Connection.PublishAsync(wire, cancellationToken: cancellationToken).ConfigureAwait(false);
            var first = await Task.WhenAny(heard.Task, _denied.Task).WaitAsync(_options.ConnectTimeout, _options.Time, cancellationToken).ConfigureAwait(false);
            if (first != heard.Task)
            {
                throw Denied(wire);
            }
        }
        catch (TimeoutException)
        {
            throw Denied(wire);
        }
        finally
        {
            await test.DisposeAsync().ConfigureAwait(false);
        }
    }

    private BusException Denied(string wire)
    {
        var denied = _denied.Task.IsCompletedSuccessfully ? _denied.Task.Result : null;
        return new BusException(
            $"NATS at {Server()} does not let this node say something on \"{wire}\" and hear it{(denied is null ? "" : $" ({denied})")}: its user has to be allowed to publish and to subscribe \"{_bus.Wire.Permission}\".")
        {
            IsFinal = denied is not null,
        };
    }

    /// <summary>Completes when the server has what the client of NATS was told before, or when that is not known in time.</summary>
    public Task HeardAsync() => EchoAsync(_options.ProbeInterval, _closing.Token);

    /// <summary>Whether a message to itself comes back, behind everything that this connection has sent before.</summary>
    private async Task<bool> EchoAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long number;
        lock (_lock)
        {
            number = ++_echoNumber;
            _echoes.Add((number, heard));
        }

        try
        {
            var bytes = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            var sending = Connection.PublishAsync(_echo, bytes, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken).AsTask();
            await Task.WhenAll(sending, heard.Task).WaitAsync(timeout, _options.Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is TimeoutException or NatsException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
        finally
        {
            lock (_lock)
            {
                _echoes.Remove((number, heard));
            }
        }
    }

    /// <summary>What the connection hears of itself. On its read loop.</summary>
    private void OnOwn(string subject, in ReadOnlySequence<byte>? headers, in ReadOnlySequence<byte> payload)
    {
        if (subject == _echo)
        {
            OnEcho(payload);
        }
        else if (payload.IsEmpty && IsNoResponders(headers))
        {
            _bus.TellNoResponders(subject);
        }
        else if (_bus.Wire.OfAnswer(subject) is { } replyTo && BusSubject.IsValid(replyTo))
        {
            // Whoever answers is no node and knows nothing of how a node names where answers go.
            _bus.Publish(replyTo, payload.ToArray(), []);
        }
    }

    private void OnEcho(in ReadOnlySequence<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        if (payload.Length != bytes.Length)
        {
            return;
        }

        payload.CopyTo(bytes);
        var number = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        lock (_lock)
        {
            foreach (var (_, heard) in _echoes.Where(echo => echo.Number <= number))
            {
                heard.TrySetResult();
            }
        }
    }

    private ValueTask OnOpened()
    {
        int epoch;
        lock (_lock)
        {
            epoch = ++_epoch;
            if (_state != BusState.Disconnected)
            {
                return ValueTask.CompletedTask;
            }
        }

        _ = ReopenAsync(epoch);
        return ValueTask.CompletedTask;
    }

    private async Task ReopenAsync(int epoch)
    {
        if (!await EchoAsync(_options.ProbeInterval, CancellationToken.None).ConfigureAwait(false))
        {
            await RenewAsync(epoch).ConfigureAwait(false);
            return;
        }

        var waited = _outgoing.CountWaiting();
        TaskCompletionSource? reopened;
        lock (_lock)
        {
            if (epoch != _epoch || _state != BusState.Disconnected)
            {
                return;
            }

            (_state, reopened, _reopened) = (BusState.Open, _reopened, null);
            Interlocked.Increment(ref _reconnects);
        }

        _outgoing.Open();
        _bus.Log.Reopened(Server(), Name, waited, _outgoing.Dropped - _droppedBefore);
        _bus.OnLinkChanged();
        reopened?.TrySetResult();
    }

    /// <summary>Returns at once unless it is lost.</summary>
    private async Task WaitUntilReopenedAsync(CancellationToken cancellationToken)
    {
        Task reopened;
        lock (_lock)
        {
            reopened = _state == BusState.Disconnected ? (_reopened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }

        try
        {
            await reopened.WaitAsync(_options.StartTimeout, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new BusException($"NATS cannot be used at {Server()}: it does not answer.", late);
        }
    }

    private ValueTask OnLost()
    {
        lock (_lock)
        {
            _epoch++;
            if (_state != BusState.Open)
            {
                return ValueTask.CompletedTask;
            }

            _state = BusState.Disconnected;
            _droppedBefore = _outgoing.Dropped;
            _outgoing.Hold();
        }

        // The client subscribes all of it again with the next connection, which may be allowed more.
        _bus.Deny(this, null, null);
        _bus.Log.Lost(Server(), Name, _options);
        _bus.OnLinkChanged();
        return ValueTask.CompletedTask;
    }

    private ValueTask OnReconnectFailed()
    {
        if (State != BusState.Closed)
        {
            TellUnreachable(_failures.Last is { } last ? NatsConnections.Explain(last, _options, _failures).Reason : "there is no answer");
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>On the read loop, so that it comes before what the server says next.</summary>
    private void OnDenied(string error)
    {
        if (error.Split('"') is [var what, var wire, ..] && what.Contains("Subscription", StringComparison.OrdinalIgnoreCase))
        {
            _bus.Deny(this, wire, error);
        }
    }

    private ValueTask OnServerError(NatsServerErrorEventArgs e)
    {
        if (e.Kind == NatsServerErrorKind.PermissionsViolation)
        {
            _denied.TrySetResult(e.Error);
            _bus.Numbers.Denied();
        }

        if (State is BusState.Open or BusState.Disconnected)
        {
            _bus.Log.Told(Name, e.Error);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Finds a connection that is half open, which TCP alone would not for a quarter of an hour.</summary>
    private async Task ProbeAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_options.ProbeInterval, _options.Time, _closing.Token).ConfigureAwait(false);
                int epoch;
                lock (_lock)
                {
                    epoch = _state == BusState.Open ? _epoch : -1;
                }

                if (epoch >= 0 && !await EchoAsync(_options.ProbeInterval, _closing.Token).ConfigureAwait(false))
                {
                    await RenewAsync(epoch).ConfigureAwait(false);
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // The link is closed.
        }
    }

    private async Task RenewAsync(int epoch)
    {
        lock (_lock)
        {
            if (epoch != _epoch || _state == BusState.Closed)
            {
                return;
            }
        }

        _bus.Log.Silent(Name, _options.ProbeInterval);
        await Connection.ReconnectAsync().ConfigureAwait(false);
    }
}
