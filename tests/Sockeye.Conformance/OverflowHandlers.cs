using System.Globalization;

namespace Sockeye.Conformance;

/// <summary>The profile with small outboxes: a namespace for each policy, with the load generators' handlers, a flood and what became of it.</summary>
internal static class OverflowHandlers
{
    private const string Room = "slow";
    private const int Keys = 16;

    public static void Configure(SockeyeServerOptions options)
    {
        options.Outbox.HighWatermarkBytes = 64 << 10;
        options.Outbox.LowWatermarkBytes = 16 << 10;
        options.Outbox.MaxBytes = 256 << 10;
    }

    public static void Map(SockeyeServer server)
    {
        LoadHandlers.Map(server);
        Map(server.Of("/wait"), OutboxPolicy.Wait);
        Map(server.Of("/drop-newest"), OutboxPolicy.DropNewest);
        Map(server.Of("/drop-oldest"), OutboxPolicy.DropOldest);
        Map(server.Of("/latest"), OutboxPolicy.KeepLatest);
        Map(server.Of("/disconnect"), OutboxPolicy.Disconnect);
    }

    private static void Map(SockeyeNamespace target, OutboxPolicy policy)
    {
        var counts = new FloodCounts();
        target.OutboxPolicy = policy;
        // A flood that waits must not hold the question up how far it is.
        target.RunHandlers(HandlerThread.Loop, HandlerOrder.Concurrent);
        LoadHandlers.MapMessages(target);
        target.On("flood", (int n, int size) => FloodAsync(target, policy, counts, n, size));
        target.OnDisconnect((socket, _) =>
        {
            if (socket.Rooms.Contains(Room))
            {
                counts.Keep(socket.Connection);
            }
        });
        target.OnWithAck("stats", async () => counts.Report(
            [.. (await target.In(Room).FetchSocketsAsync()).Select(member => target.Find(member.Id)).OfType<SockeyeSocket>().Select(socket => socket.Connection)]));
    }

    /// <summary>Each text begins with its number, which tells which of them arrive.</summary>
    private static async Task FloodAsync(SockeyeNamespace target, OutboxPolicy policy, FloodCounts counts, int count, int size)
    {
        var room = target.To(Room);
        for (var i = 0; i < count; i++)
        {
            var text = i.ToString(CultureInfo.InvariantCulture).PadRight(size, 'x')[..size];
            counts.Add(policy switch
            {
                OutboxPolicy.Wait => await room.EmitAsync("msg", text),
                OutboxPolicy.KeepLatest => room.Latest("msg", i % Keys).Emit("msg", text),
                _ => room.Emit("msg", text),
            });
        }
    }
}

/// <summary>What the floods of one namespace got back, and what is known of members that have gone.</summary>
internal sealed class FloodCounts
{
    private readonly Lock _lock = new();
    private readonly long[] _results = new long[Enum.GetValues<EmitResult>().Length];
    private long _dropped;
    private long _peak;

    public void Add(EmitResult result) => Interlocked.Increment(ref _results[(int)result]);

    public void Keep(ClientConnection gone)
    {
        lock (_lock)
        {
            _dropped += gone.DroppedMessages;
            _peak = Math.Max(_peak, gone.OutboxPeakBytes);
        }
    }

    public Dictionary<string, object?> Report(ClientConnection[] members)
    {
        lock (_lock)
        {
            return new Dictionary<string, object?>
            {
                ["outboxBytes"] = members.Sum(static member => (long)member.OutboxBytes),
                ["dropped"] = _dropped + members.Sum(static member => member.DroppedMessages),
                ["results"] = Enum.GetValues<EmitResult>().ToDictionary(static result => result.ToString(), result => Interlocked.Read(ref _results[(int)result])),
                ["peakBytes"] = members.Select(static member => (long)member.OutboxPeakBytes).Append(_peak).Max(),
            };
        }
    }
}
