using System.Collections.Concurrent;
using System.Net.WebSockets;

namespace Sockeye.Server.Tests.History;

/// <summary>Clients that come, send and leave in every way, while several threads disconnect, move, post, join and end game loops at random; and the history of it.</summary>
/// <remarks>Bounded by operations, not by time. The same seed gives the same choices, while threads interleave differently each time.</remarks>
internal sealed class SocketStorm(int seed, int loops, SocketLifeTests.Where where, int clients)
{
    private const int Workers = 4;
    private const int Events = 12;
    private const int Meddlers = 3;
    private const string Room = "room";

    private readonly SocketHistory _history = new();
    private readonly ConcurrentDictionary<string, SockeyeSocket> _alive = new();
    private readonly Lock _lock = new();
    private readonly List<GameLoop> _gameLoops = [];
    private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SocketServer _server = null!;
    private volatile bool _isStopping;
    private int _admitted;
    private int _lastPost;
    private int _lastLoop;

    /// <summary>What it was, for the message of a failure.</summary>
    public override string ToString() => $"storm of seed {seed}, {loops} loops, {where}: {_admitted} sockets, {_history.Entries} entries";

    /// <param name="stopsInTheMiddle">Whether the server stops while clients are there.</param>
    public async Task RunAsync(bool stopsInTheMiddle)
    {
        _server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = loops;
        });
        SocketLifeTests.Put(_server, where);
        Register();
        await _server.StartAsync();
        MakeLoop();
        MakeLoop();
        var done = Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => ClientsAsync(worker))));
        var meddling = Task.WhenAll(Enumerable.Range(0, Meddlers).Select(meddler => Task.Factory.StartNew(
            () => Meddle(meddler, done), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        if (stopsInTheMiddle)
        {
            await Task.WhenAny(done, _half.Task);
            _isStopping = true;
            await Within("the server stops", _server.DisposeAsync().AsTask());
        }

        await Within("clients leave", done);
        await Within("meddlers end", meddling);
        await Within("all sockets end", _history.CompleteAsync(stopsInTheMiddle ? _history.Connected : _admitted));
        await _server.DisposeAsync();
        _history.Check(losesNothing: !stopsInTheMiddle);
    }

    private static async Task Within(string what, Task task)
    {
        try
        {
            await task.WaitAsync(RealClient.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException("It takes too long until " + what + ".");
        }
    }

    private void Register()
    {
        _server.OnConnection(async socket =>
        {
            using var span = _history.Enter(socket, HistoryKind.Connection);
            _alive[socket.Id] = socket;
            socket.Join(Room);
            if (socket.Id[0] % 2 == 0)
            {
                await Task.Delay(1);
                socket.Join("late");
            }
        });
        _server.On("x", async (SockeyeSocket socket, int number) =>
        {
            using var span = _history.Enter(socket, HistoryKind.Event, number);
            switch ((socket.Id[1] + number) % 8)
            {
                case 0:
                    await Task.Yield();
                    break;
                case 1:
                    socket.RunOn(AnyLoop(socket.Id[2] + number));
                    socket.Emit("moved");
                    break;
                case 2:
                    socket.RunOn(AnyLoop(socket.Id[3] + number));
                    await Task.Delay(1);
                    socket.RunOn(AnyLoop(socket.Id[4] + number));
                    break;
                case 3:
                    socket.Leave(Room);
                    socket.Join(Room);
                    break;
                case 4:
                    _history.Post(socket, Interlocked.Increment(ref _lastPost));
                    break;
                case 5:
                    socket.To(Room).Emit("seen", number);
                    await Task.Yield();
                    socket.Leave("late");
                    break;
                case 6 when socket.Id[5] % 16 == 0:
                    socket.Disconnect(close: number % 2 == 0);
                    socket.Join("never");
                    break;
            }
        });
        _server.OnDisconnect(async (socket, why) =>
        {
            using var span = _history.Enter(socket, HistoryKind.Disconnection);
            _alive.TryRemove(socket.Id, out _);
            _history.Ended(socket, why.Reason);
            _history.Post(socket, Interlocked.Increment(ref _lastPost));
            if (socket.Id[6] % 2 == 0)
            {
                await Task.Yield();
            }
        });
    }

    private async Task ClientsAsync(int worker)
    {
        var random = new Random(seed + worker);
        for (var i = 0; i < clients / Workers && !_isStopping; i++)
        {
            try
            {
                await using var client = await RealClient.ConnectAsync(_server);
                if (Interlocked.Increment(ref _admitted) == clients / 2)
                {
                    _half.TrySetResult();
                }

                for (var number = 0; number < Events; number++)
                {
                    await client.EmitAsync($"[\"x\",{number}]");
                }

                switch (random.Next(3))
                {
                    case 0:
                        _history.Sent(client.Id, Events, DisconnectReason.ClientNamespaceDisconnect);
                        await client.LeaveAsync();

                        // A connection that is killed takes with it what the server has not read.
                        await client.CloseAsync();
                        break;
                    case 1:
                        _history.Sent(client.Id, Events, DisconnectReason.TransportClose);
                        await client.CloseAsync();
                        break;
                    default:
                        await client.EmitAsync($"[\"x\",{Events}]");
                        break;
                }
            }
            catch (Exception e) when (_isStopping || e is WebSocketException or OperationCanceledException)
            {
                // A meddler has closed its connection, or the server stops.
            }
        }
    }

    private void Meddle(int meddler, Task clientsAreDone)
    {
        var random = new Random(seed + 1000 + meddler);
        while (!clientsAreDone.IsCompleted && !_isStopping)
        {
            Meddle(random);
        }
    }

    private void Meddle(Random random)
    {
        var all = _alive.Values;
        var socket = all.ElementAtOrDefault(random.Next(Math.Max(1, all.Count)));
        switch (random.Next(100))
        {
            case 0:
                _server.DisconnectSockets();
                break;
            case 1:
                _server.To(Room).DisconnectSockets(close: true);
                break;
            case < 4:
                socket?.Disconnect();
                break;
            case < 5:
                EndLoop(random.Next());
                break;
            case < 35:
                socket?.RunOn(AnyLoop(random.Next()));
                break;
            case < 65 when socket is not null:
                _history.Post(socket, Interlocked.Increment(ref _lastPost));
                break;
            case < 80:
                socket?.Join("other");
                break;
            case < 90:
                socket?.Leave("other");
                break;
            default:
                _server.Emit("hello");
                break;
        }

        Thread.SpinWait(200);
    }

    private GameLoop? AnyLoop(int number)
    {
        lock (_lock)
        {
            return number % 3 == 0 ? null : _gameLoops[number % _gameLoops.Count];
        }
    }

    private void MakeLoop()
    {
        var made = _server.CreateLoop("storm-" + Interlocked.Increment(ref _lastLoop), 100);
        lock (_lock)
        {
            _gameLoops.Add(made);
        }
    }

    /// <summary>Ends a loop with all that is on it, and makes another one. Of ended ones some are kept: a socket may be put there too late.</summary>
    private void EndLoop(int number)
    {
        GameLoop ended;
        lock (_lock)
        {
            ended = _gameLoops[number % _gameLoops.Count];
            if (_gameLoops.Count > 4)
            {
                _gameLoops.Remove(ended);
            }
        }

        ended.DisposeAsync().AsTask().Wait();
        try
        {
            MakeLoop();
        }
        catch (InvalidOperationException) when (_isStopping)
        {
            // A stopped server makes none.
        }
    }
}
