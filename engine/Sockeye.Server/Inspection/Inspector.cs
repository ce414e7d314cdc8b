using Sockeye.Abstractions.Sockets;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Inspection;
using Sockeye.Server.Common;
using Sockeye.Server.Namespaces;
using Sockeye.Transport;

namespace Sockeye.Server.Inspection;

/// <summary>How a server is: asks its loops, and puts together what they say on the thread of whoever asks.</summary>
/// <remarks>It owns a walk for reports and one for searches, and the report that is being made. Any thread. Lives as long as the server.</remarks>
internal sealed class Inspector(ServerContext server, EngineServer engine, HttpServer http, NamespaceRegistry namespaces, ServerListeners listeners) : ServerInspection
{
    /// <summary>How long a report waits for the loops: whoever asks each second has an answer within a fifth of it.</summary>
    public static readonly TimeSpan ReportPatience = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a search does: somebody looks at the screen.</summary>
    public static readonly TimeSpan SearchPatience = TimeSpan.FromSeconds(1);

    /// <summary>Rooms that are read under one hold of the lock of a namespace's order.</summary>
    private const int RoomsAtOnce = 256;

    private readonly Lock _lock = new();
    private readonly SessionWalk _reports = new(engine, server.Loops, server.Time, ReportPatience);
    private readonly SessionWalk _searches = new(engine, server.Loops, server.Time, SearchPatience);
    private Task<ServerReport>? _report;

    /// <inheritdoc />
    public override async Task<ServerReport> ReportAsync(int top = 10, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top, MaxTop);
        Task<ServerReport> made;
        lock (_lock)
        {
            made = _report is { IsCompleted: false } ? _report : _report = Task.Run(MakeAsync, CancellationToken.None);
        }

        var report = await made.WaitAsync(cancellationToken).ConfigureAwait(false);
        return report with
        {
            Namespaces = [.. report.Namespaces.Take(top)],
            Rooms = [.. report.Rooms.Take(top)],
            SlowestReaders = [.. report.SlowestReaders.Take(top)],
        };
    }

    /// <inheritdoc />
    public override async Task<ClientSearch> FindAsync(string? idOrUser, int limit = 20, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxClients);
        var answers = await _searches.RunAsync(() => new ClientVisitor(idOrUser, limit + 1), cancellationToken).ConfigureAwait(false);
        ClientReport[] found = [.. answers.SelectMany(static answer => answer.Visitor?.Found ?? [])];
        return new ClientSearch(found.Length > limit ? found[..limit] : found, answers.All(static answer => answer.Visitor is not null), found.Length > limit);
    }

    private async Task<ServerReport> MakeAsync()
    {
        var answers = await _reports.RunAsync(static () => new ReportVisitor(), CancellationToken.None).ConfigureAwait(false);
        var (roomCount, rooms) = Rooms();
        var all = namespaces.All();
        var total = server.Metrics.Total;
        return new ServerReport
        {
            Time = server.Time.GetUtcNow(),
            IsComplete = answers.All(static answer => answer.Visitor is not null),
            Connections = http.ConnectionCount,
            Listeners = listeners.Describe(),
            Clients = (int)total.Connections,
            Polling = answers.Sum(static answer => answer.Visitor?.Polling ?? 0),
            WebSockets = answers.Sum(static answer => answer.Visitor?.WebSockets ?? 0),
            Sockets = (int)total.Sockets,
            Accepted = Sum(static counters => counters.Accepted),
            Closed = Sum(static counters => counters.Closed),
            EventsReceived = total.Received,
            PacketsSent = total.Sent,
            BytesReceived = Sum(static counters => counters.BytesIn),
            BytesSent = Sum(static counters => counters.BytesOut),
            MemoryHeld = BufferCounters.HeldBytes,
            MemoryBudget = engine.MemoryBudgetBytes,
            Drops = [.. server.Metrics.Drops().Select(static drop => new DropCount(drop.Reason, drop.Count))],
            Loops = [.. answers.Select((answer, index) => DescribeEventLoop(server.Loops[index], answer.Silence)), .. server.Loops.All().Skip(server.Loops.Count).Select(static loop => Describe(loop))],
            NamespaceCount = all.Length,
            Namespaces = Largest(all.Select(static nsp => new NamespaceSize(nsp.Name, nsp.LocalCount)), static nsp => nsp.Sockets),
            RoomCount = roomCount,
            Rooms = rooms,
            SlowestReaders = Largest(answers.SelectMany(static answer => answer.Visitor?.Slowest ?? []), static reader => reader.Bytes),
        };
    }

    /// <summary>The rooms of all namespaces, read a few at a time, so that whoever joins or emits meanwhile hardly waits.</summary>
    private (int Count, RoomSize[] Largest) Rooms()
    {
        var count = 0;
        var top = new TopList<RoomSize>(MaxTop);
        var some = new (string Name, int Members)[RoomsAtOnce];
        foreach (var nsp in namespaces.All())
        {
            for (var left = int.MaxValue; left > 0;)
            {
                var read = nsp.Members.ReadRooms(ref left, some);
                foreach (var (name, members) in some.AsSpan(0, read))
                {
                    if (!ReservedRooms.Has(name))
                    {
                        count++;
                        top.Add(new RoomSize(nsp.Name, name, members), members);
                    }
                }
            }
        }

        return (count, [.. top.ToArray().DistinctBy(static room => (room.Namespace, room.Name))]);
    }

    private LoopReport DescribeEventLoop(ITransportLoop loop, TimeSpan? silence) => Describe(loop, silence) with { Connections = server.Metrics.ConnectionsOn(loop.Index) };

    private static LoopReport Describe(ITransportLoop loop, TimeSpan? silence = null)
    {
        var lengths = new List<TurnCount>();
        for (var bucket = 0; bucket < TurnLengths.BucketCount; bucket++)
        {
            if (loop.Counters.TurnLengths[bucket] is > 0 and var count)
            {
                lengths.Add(new TurnCount(TurnLengths.UpperBound(bucket), count));
            }
        }

        return new LoopReport(loop.Name, loop.Index < 0, 0, loop.Counters.Turns, lengths, silence, loop.IsHeld, loop.IsHeld || silence is not null ? loop.DescribeActivity() : null);
    }

    private static T[] Largest<T>(IEnumerable<T> all, Func<T, long> size)
    {
        var top = new TopList<T>(MaxTop);
        foreach (var item in all)
        {
            top.Add(item, size(item));
        }

        return top.ToArray();
    }

    private long Sum(Func<LoopCounters, long> number) => Enumerable.Range(0, server.Loops.Count).Sum(index => number(server.Loops[index].Counters));
}
