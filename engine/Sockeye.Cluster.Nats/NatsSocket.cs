using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using NATS.Client.Core;

namespace Sockeye.Cluster.Nats;

/// <summary>A TCP connection to NATS with a thread of its own, on which the client reads and, behind each read, the receivers run that never block: nothing is handed from thread to thread.</summary>
/// <remarks>
/// <para>It owns the socket and the thread. The client receives from one place at a time, and sends from one; what is published goes beside it (NatsSocket.Sending.cs). Receivers that hold the thread all the same lose it: another one reads from then on, and they go on where they are.</para>
/// <para>Where NATS wants TLS the client takes the socket for itself, past this one. Lives until the client closes it. Linux alone: elsewhere the client has its own.</para>
/// </remarks>
internal sealed partial class NatsSocket : INatsTlsUpgradeableSocketConnection, IValueTaskSource<int>
{
    /// <summary>How long receivers may hold the thread, and half of it (own): short beside the seconds in which NATS gives up a client that does not read.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    [ThreadStatic]
    private static NatsSocket? t_reading;

    private readonly Socket _socket = Make();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly Timer _look;
    private ManualResetValueTaskSourceCore<int> _received;
    private Memory<byte> _buffer;
    private NatsDelivery? _behind;

    // Odd: receivers run.
    private long _turn;
    private long _seen;
    private volatile bool _isLooking;
    private volatile bool _isOver;
    private bool _hasEnded;

    private NatsSocket() => _look = new Timer(static socket => ((NatsSocket)socket!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Whether the client has not taken it for itself, or closed it.</summary>
    public bool IsUsable => !_isOver;

    /// <summary>The client takes it for itself.</summary>
    public Socket Socket
    {
        get
        {
            End();
            return _socket;
        }
    }

    /// <summary>Connects, on the thread that reads afterwards.</summary>
    public static async ValueTask<NatsSocket> ConnectAsync(Uri uri, CancellationToken cancellationToken)
    {
        var socket = new NatsSocket();
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // One that has waited asynchronously, if only once, never blocks again.
        Start(() =>
        {
            try
            {
                socket._socket.Connect(uri.Host, uri.Port);
            }
#pragma warning disable CA1031 // It is the client's, who has asked.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                connected.TrySetException(failure);
                return;
            }

            connected.TrySetResult();
            socket.Read();
        });
        try
        {
            await connected.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            await socket.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Calls receivers behind what is being read, if the calling thread is one that reads.</summary>
    public static bool TryRunBehind(NatsDelivery delivery)
    {
        if (t_reading is not { _behind: null } socket)
        {
            return false;
        }

        socket._behind = delivery;
        return true;
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        lock (_lock)
        {
            if (_hasEnded)
            {
                return ValueTask.FromException<int>(new SocketException((int)SocketError.OperationAborted));
            }

            _received.Reset();
            _buffer = buffer;
        }

        _wanted.Release();
        return new ValueTask<int>(this, _received.Version);
    }

    public async ValueTask DisposeAsync()
    {
        End();
        await _gone.CancelAsync().ConfigureAwait(false);
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }

        _socket.Dispose();
        await _look.DisposeAsync().ConfigureAwait(false);
    }

    int IValueTaskSource<int>.GetResult(short token) => _received.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _received.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _received.OnCompleted(continuation, state, token, flags);

    private static Socket Make() => Socket.OSSupportsIPv6
        ? new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true, NoDelay = true }
        : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private void End()
    {
        _isOver = true;
        _wanted.Release();
    }

    private static void Start(Action run) => new Thread(new ThreadStart(run)) { IsBackground = true, Name = "sockeye-nats" }.UnsafeStart();

    private void Read()
    {
        while (true)
        {
            _wanted.Wait();
            lock (_lock)
            {
                _hasEnded = _isOver && _buffer.IsEmpty;
            }

            if (_hasEnded)
            {
                return;
            }

            t_reading = this;
            ReadOnce();
            t_reading = null;
            if (_behind is { } delivery && !RunBehind(delivery))
            {
                return;
            }
        }
    }

    private void ReadOnce()
    {
        var buffer = _buffer;
        _buffer = default;
        int received;
        try
        {
            received = _socket.Receive(buffer.Span);
        }
#pragma warning disable CA1031 // It is the client's, who has asked.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _received.SetException(failure);
            return;
        }

        _received.SetResult(received);
    }

    /// <returns>False: another thread reads.</returns>
    private bool RunBehind(NatsDelivery delivery)
    {
        _behind = null;
        var turn = Interlocked.Increment(ref _turn);
        if (!_isLooking)
        {
            Looks();
        }

        delivery.RunBehindRead();
        return Interlocked.CompareExchange(ref _turn, turn + 1, turn) == turn;
    }

    /// <summary>Looks whether receivers hold the thread, as long as something comes.</summary>
    private void Looks()
    {
        lock (_lock)
        {
            _isLooking = true;
            Every(LookInterval);
        }
    }

    private void Look()
    {
        var turn = Interlocked.Read(ref _turn);
        if (turn != _seen)
        {
            _seen = turn;
        }
        else if (turn % 2 == 0)
        {
            Rest(turn);
        }
        else if (Interlocked.CompareExchange(ref _turn, turn + 1, turn) == turn)
        {
            Start(Read);
        }
    }

    /// <summary>Nothing has come for a while.</summary>
    private void Rest(long turn)
    {
        lock (_lock)
        {
            // What begins meanwhile sees that nobody looks, or is seen here: a fence between the two on both sides.
            _isLooking = false;
            Interlocked.MemoryBarrier();
            if (Interlocked.Read(ref _turn) == turn)
            {
                Every(Timeout.InfiniteTimeSpan);
            }
            else
            {
                _isLooking = true;
            }
        }
    }

    private void Every(TimeSpan interval)
    {
        try
        {
            _look.Change(interval, interval);
        }
        catch (ObjectDisposedException)
        {
            // It is closed.
        }
    }
}
