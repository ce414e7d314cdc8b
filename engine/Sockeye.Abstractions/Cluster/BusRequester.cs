using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;

namespace Sockeye.Cluster;

/// <summary>Requests and answers over a bus: one subscription for all answers, each of which finds its request by the last token of the subject that it comes to.</summary>
/// <remarks>It owns its subscription and the requests that are open, at most as many as it was made for. All members may be called from any thread.
/// Answers that nobody waits for (late ones, second ones, those that somebody made up) are counted and thrown away. A subscription that the bus denies meanwhile is made again with the next request. Dispose it before the bus.</remarks>
public sealed class BusRequester : IAsyncDisposable
{
    /// <summary>Requests that may be open at once, unless told otherwise: 1,000 (own, as acknowledgements of a socket).</summary>
    public const int DefaultMaxOpen = 1000;

    /// <summary>How long an answer may be waited for: more than an acknowledgement of a client, with the way there and back.</summary>
    internal static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(2);

    private readonly ConcurrentDictionary<long, Request> _open = new();
    private readonly IClusterBus _bus;
    private readonly TimeProvider _time;
    private readonly string _inbox;
    private readonly int _maxOpen;
    private IBusSubscription? _answers;
    private int _count;
    private long _unexpected;
    private int _isRenewing;
    private volatile bool _isClosed;

    private BusRequester(IClusterBus bus, TimeProvider time, string inbox, int maxOpen)
    {
        _bus = bus;
        _time = time;
        _maxOpen = maxOpen;

        // Nobody can guess where the answers go, nor, below it, which requests are open.
        _inbox = $"{inbox}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))}.";
    }

    /// <summary>Requests that are open.</summary>
    public int Open => Volatile.Read(ref _count);

    /// <summary>Answers so far that no request waited for.</summary>
    public long Unexpected => Interlocked.Read(ref _unexpected);

    /// <summary>Why answers do not come; null: nothing keeps them.</summary>
    internal BusException? Denied => Volatile.Read(ref _answers)?.Denied;

    /// <summary>Makes one, which can be used when its subscription holds.</summary>
    /// <param name="bus">The bus, which is not closed with it.</param>
    /// <param name="inbox">The subject below which answers come.</param>
    /// <param name="maxOpen">Requests that may be open at once, 1 to 1,000,000.</param>
    /// <param name="time">Its clock; null: the system's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The inbox is no subject.</exception>
    /// <exception cref="ObjectDisposedException">The bus has been closed.</exception>
    public static async ValueTask<BusRequester> CreateAsync(
        IClusterBus bus, string inbox = "inbox", int maxOpen = DefaultMaxOpen, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(inbox);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxOpen, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxOpen, 1_000_000);
        var requester = new BusRequester(bus, time ?? TimeProvider.System, inbox, maxOpen);
        requester._answers = await bus.SubscribeAsync(requester._inbox + "*", requester.Receive, null, cancellationToken).ConfigureAwait(false);
        bus.NoResponders += requester.OnNoResponders;
        bus.StateChanged += requester.OnStateChanged;
        return requester;
    }

    /// <summary>Asks, and waits for the first answer.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The bytes, copied during the call.</param>
    /// <param name="timeout">How long to wait, 1 ms to 2 days.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What has become of it: that nobody answers is a status and no exception.</returns>
    /// <exception cref="ArgumentException">The subject is none.</exception>
    /// <exception cref="OperationCanceledException">The token has fired.</exception>
    public ValueTask<BusReply> RequestAsync(string subject, ReadOnlySpan<byte> payload, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, MaxTimeout);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<BusReply>(cancellationToken);
        }

        _ = RenewAsync();
        if (Interlocked.Increment(ref _count) > _maxOpen)
        {
            Interlocked.Decrement(ref _count);
            return new(new BusReply(BusReplyStatus.Overloaded));
        }

        var request = new Request(this);
        _open.TryAdd(request.Id, request);
        var result = EmitResult.Closed;
        try
        {
            if (!_isClosed)
            {
                // Before it is published: it may be answered at once, and its end stops both.
                request.Watch(_time, timeout, cancellationToken);
                result = _bus.Publish(subject, payload, [], _inbox + request.Id.ToString("x", CultureInfo.InvariantCulture));
            }
        }
        catch
        {
            request.End(new BusReply(BusReplyStatus.Closed));
            throw;
        }

        if (result is EmitResult.Closed or EmitResult.Dropped)
        {
            request.End(new BusReply(result == EmitResult.Closed ? BusReplyStatus.Closed : BusReplyStatus.Overloaded));
        }

        return new(request.Task);
    }

    /// <summary>Subscribes again, if the bus has denied it meanwhile.</summary>
    internal async Task RenewAsync()
    {
        if (Denied is null || Interlocked.Exchange(ref _isRenewing, 1) != 0)
        {
            return;
        }

        var denied = Volatile.Read(ref _answers);
        try
        {
            var renewed = await _bus.SubscribeAsync(_inbox + "*", Receive).ConfigureAwait(false);
            var isTaken = denied is not null && Interlocked.CompareExchange(ref _answers, renewed, denied) == denied;
            await (isTaken ? denied! : renewed).DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a bus throws: it is tried again.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        Volatile.Write(ref _isRenewing, 0);
    }

    /// <summary>Ends it: requests that are open end with <see cref="BusReplyStatus.Closed"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        _bus.NoResponders -= OnNoResponders;
        _bus.StateChanged -= OnStateChanged;
        EndAll();
        if (Interlocked.Exchange(ref _answers, null) is { } answers)
        {
            await answers.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Receive(in BusMessage message)
    {
        if (Find(message.Subject) is not { } request || !request.End(new BusReply(BusReplyStatus.Answered, message.Payload.ToArray())))
        {
            Interlocked.Increment(ref _unexpected);
        }
    }

    private void OnNoResponders(string replyTo)
    {
        if (replyTo.StartsWith(_inbox, StringComparison.Ordinal))
        {
            Find(replyTo)?.End(new BusReply(BusReplyStatus.NoResponders));
        }
    }

    private void OnStateChanged(BusState state)
    {
        if (state == BusState.Closed)
        {
            _isClosed = true;
            EndAll();
        }
    }

    private void EndAll()
    {
        foreach (var request in _open.Values)
        {
            request.End(new BusReply(BusReplyStatus.Closed));
        }
    }

    private Request? Find(string subject) =>
        long.TryParse(subject.AsSpan(_inbox.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) && _open.TryGetValue(id, out var request) ? request : null;

    /// <summary>One request, ended once by whatever comes first.</summary>
    private sealed class Request : TaskCompletionSource<BusReply>
    {
        private readonly BusRequester _owner;
        private readonly Lock _lock = new();
        private ITimer? _timer;
        private CancellationTokenRegistration _cancel;
        private bool _isEnded;

        public Request(BusRequester owner)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            _owner = owner;
            Id = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        }

        public long Id { get; }

        public void Watch(TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
        {
            var timer = time.CreateTimer(static request => ((Request)request!).End(new BusReply(BusReplyStatus.TimedOut)), this, timeout, Timeout.InfiniteTimeSpan);
            var cancel = cancellationToken.UnsafeRegister(static (request, token) => ((Request)request!).Cancel(token), this);
            lock (_lock)
            {
                if (!_isEnded)
                {
                    (_timer, _cancel) = (timer, cancel);
                    return;
                }
            }

            timer.Dispose();
            cancel.Unregister();
        }

        public bool End(in BusReply reply) => TryLeave() && TrySetResult(reply);

        private void Cancel(CancellationToken token)
        {
            if (TryLeave())
            {
                TrySetCanceled(token);
            }
        }

        private bool TryLeave()
        {
            lock (_lock)
            {
                if (_isEnded)
                {
                    return false;
                }

                _isEnded = true;
            }

            // Unregistering does not wait for a callback that runs: it may be the caller.
            _timer?.Dispose();
            _cancel.Unregister();
            _owner._open.TryRemove(Id, out _);
            Interlocked.Decrement(ref _owner._count);
            return true;
        }
    }
}
