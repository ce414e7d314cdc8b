using System.Collections.Concurrent;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>The books of a fuzzed server's handlers: connections and disconnections come in pairs and in order, events between them, and handlers of one socket do not
/// overlap where they run one after the other. Any thread.</summary>
internal sealed class FuzzAccounts(bool isSerial)
{
    private readonly ConcurrentDictionary<string, Life> _lives = new();
    private readonly ConcurrentQueue<string> _wrong = new();

    /// <summary>What went wrong.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary>Sockets whose disconnection has not been told.</summary>
    public int Open => _lives.Values.Count(static life => life.Stage == Stage.Connected);

    /// <summary>Handlers that run.</summary>
    public int Running => _lives.Values.Sum(static life => Volatile.Read(ref life.Running));

    private enum Stage
    {
        Connected,
        Gone,
    }

    public void OnConnection(SockeyeSocket socket)
    {
        if (!_lives.TryAdd(Key(socket), new Life()))
        {
            _wrong.Enqueue($"{Key(socket)} has connected twice");
        }
    }

    public void OnDisconnect(SockeyeSocket socket)
    {
        if (Find(socket, "its disconnection") is { } life)
        {
            life.Stage = Stage.Gone;
        }
    }

    /// <summary>A handler begins.</summary>
    public void Enter(SockeyeSocket socket, string handler)
    {
        if (Find(socket, handler) is { } life && Interlocked.Increment(ref life.Running) != 1 && isSerial && !(life.MayOutlive && socket.Aborted.IsCancellationRequested))
        {
            _wrong.Enqueue($"{handler} of {Key(socket)} runs beside another handler");
        }
    }

    /// <summary>A handler begins that does not look at the token of its socket. The disconnection does not wait for it for ever.</summary>
    public void MayOutlive(SockeyeSocket socket)
    {
        if (_lives.TryGetValue(Key(socket), out var life))
        {
            life.MayOutlive = true;
        }
    }

    /// <summary>The handler of the disconnection begins: no other one runs, concurrent ones included, unless it does not end.</summary>
    public void EnterLast(SockeyeSocket socket)
    {
        if (Find(socket, "its disconnection") is { } life && Interlocked.Increment(ref life.Running) != 1 && !life.MayOutlive)
        {
            _wrong.Enqueue($"The disconnection of {Key(socket)} runs beside another handler");
        }
    }

    /// <summary>A handler has ended.</summary>
    public void Leave(SockeyeSocket socket)
    {
        if (_lives.TryGetValue(Key(socket), out var life))
        {
            Interlocked.Decrement(ref life.Running);
        }
    }

    public void Fault(string what) => _wrong.Enqueue(what);

    private static string Key(SockeyeSocket socket) => $"{socket.Namespace.Name} {socket.Id}";

    private Life? Find(SockeyeSocket socket, string what)
    {
        if (!_lives.TryGetValue(Key(socket), out var life))
        {
            _wrong.Enqueue($"{what} of {Key(socket)} comes before its connection");
        }
        else if (life.Stage == Stage.Gone)
        {
            _wrong.Enqueue($"{what} of {Key(socket)} comes after its disconnection");
        }

        return life;
    }

    private sealed class Life
    {
        public volatile Stage Stage;
        public volatile bool MayOutlive;
        public int Running;
    }
}
