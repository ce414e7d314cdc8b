using System.Diagnostics;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Load;

/// <summary>
/// Opens connections to one server, drives them from one thread that never sleeps, and measures between <see cref="Begin"/> and
/// <see cref="End"/>. Derived classes say what is sent and what an answer means.
/// </summary>
internal abstract class Driver(Target target) : IDisposable
{
    private const int ReadBytes = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);

    private readonly Poller _poller = new();
    private readonly byte[] _buffer = GC.AllocateArray<byte>(ReadBytes, pinned: true);
    private readonly byte[] _upgrade = System.Text.Encoding.ASCII.GetBytes(Connection.UpgradeRequest(target.Dialect.Path));
    private readonly List<Connection> _withRest = [];
    private double _serverCpu, _ownCpu;
    private long _began;

    protected Target Target { get; } = target;

    protected Dialect Dialect => Target.Dialect;

    protected List<Connection> Connections { get; } = [];

    protected int ReadyCount { get; private set; }

    protected Histogram Latency { get; } = new();

    /// <summary>What the run counts: answers, deliveries, round trips, connections.</summary>
    protected long Units { get; set; }

    /// <summary>The moment of the read that is being handled, in <see cref="Stopwatch"/> ticks.</summary>
    protected long Now { get; private set; }

    public void Dispose()
    {
        CloseAll();
        _poller.Dispose();
    }

    /// <summary>Resets every connection.</summary>
    protected void CloseAll()
    {
        foreach (var connection in Connections)
        {
            _ = Libc.close(connection.Fd);
        }

        Connections.Clear();
        ReadyCount = 0;
    }

    protected virtual void OnReady(Connection connection)
    {
    }

    protected virtual void OnReplies(Connection connection, ReadOnlySpan<byte> payload, int count) => Units += count;

    protected virtual void OnPing(Connection connection) => Send(connection, Dialect.Pong);

    /// <summary>All that one read brought has been handled.</summary>
    protected virtual void OnReadComplete(Connection connection)
    {
    }

    protected virtual void OnClosed(Connection connection) =>
        throw new IOException($"{Target.Name} closed connection {connection.Index}.");

    /// <summary>Where a connection goes.</summary>
    protected virtual int PortOf(int index) => Target.Port;

    protected static long Timestamp() => Stopwatch.GetTimestamp();

    protected static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    protected Connection Open(int receiveBufferBytes = 0)
    {
        var connection = new Connection(Connections.Count, Libc.Connect(PortOf(Connections.Count), receiveBufferBytes));
        Connections.Add(connection);
        _poller.Add(connection.Fd, connection.Index);
        return connection;
    }

    protected Connection OpenWebSocket(int receiveBufferBytes = 0)
    {
        var connection = Open(receiveBufferBytes);
        connection.Send(_upgrade);
        return connection;
    }

    /// <summary>Opens this many and waits until all are ready, at most 128 at once on their way.</summary>
    /// <param name="count">How many more.</param>
    /// <param name="timeoutMilliseconds">How long to sleep for an answer; 0: never, so that no server pays for waking the generator.</param>
    protected void OpenWebSockets(int count, int timeoutMilliseconds = 0)
    {
        var late = Stopwatch.GetTimestamp() + Ticks(Patience);
        var wanted = ReadyCount + count;
        for (var opened = 0; ReadyCount < wanted;)
        {
            for (; opened < count && wanted - count + opened - ReadyCount < 128; opened++)
            {
                OpenWebSocket();
            }

            Turn(timeoutMilliseconds);
            if (Now > late)
            {
                throw new TimeoutException($"{Target.Name}: {ReadyCount} of {wanted} connections became ready.");
            }
        }
    }

    protected void Send(Connection connection, byte[] bytes)
    {
        connection.Send(bytes);
        if (connection.HasUnsent)
        {
            _withRest.Add(connection);
        }
    }

    protected void StopReading(Connection connection) => _poller.Watch(connection.Fd, connection.Index, input: false);

    protected void ResumeReading(Connection connection) => _poller.Watch(connection.Fd, connection.Index, input: true);

    /// <summary>Runs for this long, and longer while a starved server has done nothing yet.</summary>
    protected Measurement Measure(TimeSpan length)
    {
        Begin();
        RunFor(length);
        for (var i = 0; i < 20 && Units == 0; i++)
        {
            RunFor(length);
        }

        return End();
    }

    protected void RunFor(TimeSpan length)
    {
        Now = Stopwatch.GetTimestamp();
        for (var stop = Now + Ticks(length); Now < stop;)
        {
            Turn();
        }
    }

    /// <summary>Handles what is ready now.</summary>
    protected virtual void Turn(int timeoutMilliseconds = 0)
    {
        var ready = _poller.Wait(timeoutMilliseconds);
        Now = Stopwatch.GetTimestamp();
        for (var i = 0; i < ready; i++)
        {
            Read(Connections[_poller.Ready(i)]);
        }

        for (var i = _withRest.Count - 1; i >= 0; i--)
        {
            _withRest[i].SendRest();
            if (!_withRest[i].HasUnsent)
            {
                _withRest.RemoveAt(i);
            }
        }
    }

    protected void Begin()
    {
        Units = 0;
        Latency.Clear();
        _serverCpu = ProcessFigures.CpuMicroseconds(Target.ProcessId);
        _ownCpu = ProcessFigures.CpuMicroseconds(Environment.ProcessId);
        _began = Stopwatch.GetTimestamp();
    }

    protected Measurement End()
    {
        var serverCpu = ProcessFigures.CpuMicroseconds(Target.ProcessId) - _serverCpu;
        var seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        if (Units == 0)
        {
            throw new IOException($"{Target.Name} answered nothing.");
        }

        return new Measurement
        {
            Units = Units,
            UnitsPerSecond = Units / seconds,
            ServerCpuMicroseconds = serverCpu / Units,
            ServerCpuShare = serverCpu / seconds / 1e6,
            GeneratorCpuMicroseconds = (ProcessFigures.CpuMicroseconds(Environment.ProcessId) - _ownCpu) / Units,
            P50 = Latency.Percentile(0.5),
            P99 = Latency.Percentile(0.99),
            P999 = Latency.Percentile(0.999),
        };
    }

    /// <summary>Bytes of a connection without WebSocket.</summary>
    protected virtual void OnBytes(Connection connection, Span<byte> input)
    {
        if (!connection.ReadUpgrade(ref input))
        {
            return;
        }

        if (Dialect.ReadyAtOnce)
        {
            BecomeReady(connection);
        }
        else if (!Dialect.SpeaksFirst)
        {
            Send(connection, Dialect.Hello);
        }

        OnFrames(connection, input);
    }

    private void Read(Connection connection)
    {
        var received = Libc.Receive(connection.Fd, _buffer);
        if (received > 0)
        {
            var input = _buffer.AsSpan(0, received);
            if (connection.Decoder is null)
            {
                OnBytes(connection, input);
            }
            else
            {
                OnFrames(connection, input);
            }

            OnReadComplete(connection);
        }
        else if (received < 0)
        {
            _poller.Remove(connection.Fd);
            OnClosed(connection);
        }
    }

    private void OnFrames(Connection connection, Span<byte> input)
    {
        while (connection.Decoder!.Read(ref input, out var message) == WebSocketReadStatus.Message)
        {
            if (message.Kind == WebSocketMessageKind.Ping)
            {
                continue; // the peers' WebSocket pings are minutes apart and need no answer within a run
            }

            switch (Dialect.Read(message.Payload, out var replies))
            {
                case Signal.Open:
                    Send(connection, Dialect.Hello);
                    break;
                case Signal.Joined:
                    BecomeReady(connection);
                    break;
                case Signal.Ping:
                    OnPing(connection);
                    break;
                case Signal.Reply:
                    OnReplies(connection, message.Payload, replies);
                    break;
            }
        }
    }

    private void BecomeReady(Connection connection)
    {
        connection.IsReady = true;
        ReadyCount++;
        OnReady(connection);
    }
}
