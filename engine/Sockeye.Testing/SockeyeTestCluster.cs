using System.Diagnostics;
using System.Globalization;
using Sockeye.Cluster;

namespace Sockeye.Testing;

/// <summary>Several whole servers in one process, without sockets, as one cluster on one clock that stands still until it is moved, over a bus that can do what networks do.</summary>
/// <remarks>It owns its servers. Everything runs on the thread that calls <see cref="RunUntilIdle"/>, <see cref="Advance"/> and <see cref="Await{T}"/>, apart from what goes through the thread pool, which is waited for.
/// Servers are named <c>0</c>, <c>1</c> and so on where the bus asks for a name.</remarks>
public sealed class SockeyeTestCluster : IAsyncDisposable
{
    /// <summary>How far the clock moves at a time, so that the clocks of the servers never differ by more.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<SockeyeTestServer> _servers = [];
    private readonly List<IClusterBus> _links = [];
    private readonly HashSet<int> _killed = [];
    private readonly Action<SockeyeServer> _configure;
    private readonly Action<SockeyeBuilder>? _build;
    private readonly Func<ClusterOptions> _options;
    private readonly int _loops;
    private DateTimeOffset _now = TestTime.Machine();

    /// <summary>Starts servers one after the other, each when the one before has joined.</summary>
    /// <param name="servers">How many.</param>
    /// <param name="configure">Registers handlers on each, as an application does.</param>
    /// <param name="build">Options and plugins of each; null: the defaults of a test server.</param>
    /// <param name="options">Makes the options of the cluster; null: the defaults.</param>
    /// <param name="seed">Where the random numbers of <see cref="Bus"/> begin.</param>
    /// <param name="loops">Event loops of each.</param>
    public SockeyeTestCluster(int servers, Action<SockeyeServer> configure, Action<SockeyeBuilder>? build = null, Func<ClusterOptions>? options = null, int seed = 0, int loops = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(servers, 1);
        ArgumentNullException.ThrowIfNull(configure);
        (_configure, _build, _options, _loops) = (configure, build, options ?? (static () => new ClusterOptions()), loops);
        Bus = new TestBus(seed);
        for (var i = 0; i < servers; i++)
        {
            Add();
        }
    }

    /// <summary>The servers, also those that were killed.</summary>
    public IReadOnlyList<SockeyeTestServer> Servers => _servers;

    /// <summary>What lies between them.</summary>
    public TestBus Bus { get; }

    /// <summary>The time, which a server that comes begins with.</summary>
    internal DateTimeOffset Now => _now;

    /// <summary>A server.</summary>
    /// <param name="index">Its number, from 0 on.</param>
    public SockeyeTestServer this[int index] => _servers[index];

    /// <summary>Starts one more, and waits until it has joined.</summary>
    /// <param name="build">Its options, after those of all; null: as all.</param>
    public SockeyeTestServer Add(Action<SockeyeBuilder>? build = null)
    {
        var link = Bus.Connect(_servers.Count.ToString(CultureInfo.InvariantCulture));
        _links.Add(link);
        var server = new SockeyeTestServer(_configure, builder =>
        {
            builder.Bus = link;
            builder.UseCluster(_options());
            _build?.Invoke(builder);
            build?.Invoke(builder);
        }, _loops, this);
        _servers.Add(server);
        RunUntilIdle();
        return server;
    }

    /// <summary>A server stops as if its process had been killed: nothing of it runs any more, and nobody is told.</summary>
    /// <param name="index">Its number.</param>
    public void Kill(int index)
    {
        _killed.Add(index);
        _links[index].DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Runs servers, clients and bus until none has anything left to do at this moment.</summary>
    /// <exception cref="TimeoutException">They have not come to rest within 60 s of real time.</exception>
    public void RunUntilIdle()
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            ForEach(static server => server.RunUntilIdle());
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"The cluster has not come to rest within {Patience.TotalSeconds:0} s.");
            }
        }
        while (Bus.Run() || !IsIdle());
    }

    /// <summary>Moves the clock, and runs what comes due.</summary>
    /// <param name="by">How far.</param>
    public void Advance(TimeSpan by)
    {
        RunUntilIdle();
        for (; by > TimeSpan.Zero; by -= Step)
        {
            Move(by < Step ? by : Step);
        }
    }

    /// <summary>Runs until something is true, and waits meanwhile for what goes through the thread pool. The clock stands still.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="timeout">In real time; 60 s if null.</param>
    /// <returns>False: the time ran out.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            RunUntilIdle();
            if (condition())
            {
                return true;
            }

            if (watch.Elapsed > (timeout ?? Patience))
            {
                return false;
            }

            Thread.Yield();
        }
    }

    /// <summary>Runs until something is true, and moves the clock while nothing else happens.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="atMost">How far the clock is moved; 5 min if null.</param>
    /// <returns>False: that was not enough.</returns>
    public bool AdvanceUntil(Func<bool> condition, TimeSpan? atMost = null)
    {
        for (var left = atMost ?? TimeSpan.FromMinutes(5); ; left -= Step)
        {
            if (RunUntil(condition, TimeSpan.FromMilliseconds(1)))
            {
                return true;
            }

            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            Move(Step);
        }
    }

    /// <summary>Runs until a task has completed, moves the clock while nothing else happens, and returns its result.</summary>
    /// <typeparam name="T">Its result.</typeparam>
    /// <param name="task">The task.</param>
    /// <exception cref="TimeoutException">It has not completed within 5 min of the clock.</exception>
    public T Await<T>(Task<T> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return AdvanceUntil(() => task.IsCompleted) ? task.GetAwaiter().GetResult() : throw new TimeoutException("The task has not completed.");
    }

    /// <summary>Stops all servers that were not killed, the last first.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = _servers.Count - 1; i >= 0; i--)
        {
            await _servers[i].DisposeAsync().ConfigureAwait(false);
            await _links[i].DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A server waits for the others to answer while it starts: the clock moves.</summary>
    internal void StepWhileStarting()
    {
        Move(Step);
    }

    private void Move(TimeSpan by)
    {
        _now += by;
        Bus.Advance(by);
        Bus.Run();
        ForEach(server => server.Advance(by));
        RunUntilIdle();
    }

    /// <summary>Subscriptions are made on the thread pool, so that what was joined is listened to when a test goes on.</summary>
    private bool IsIdle()
    {
        var isIdle = true;
        ForEach(server => isIdle &= server.IsClusterIdle);
        if (!isIdle)
        {
            Thread.Yield();
        }

        return isIdle;
    }

    private void ForEach(Action<SockeyeTestServer> act)
    {
        for (var i = 0; i < _servers.Count; i++)
        {
            if (!_killed.Contains(i))
            {
                act(_servers[i]);
            }
        }
    }
}
