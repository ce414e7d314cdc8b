namespace Sockeye.Load;

/// <summary>How the ticks of a game loop came and left, by its own count. Lateness in microseconds.</summary>
internal sealed record TickReport
{
    public long Ticks { get; init; }
    public long Skipped { get; init; }
    public double LateP50 { get; init; }
    public double LateP99 { get; init; }
    public double LateMax { get; init; }

    /// <summary>Calls of <c>send</c> meanwhile; from the server.</summary>
    public long Sends { get; init; }

    public int Members { get; init; }

    public double SendsPerMember => Ticks == 0 ? 0 : (double)Sends / Ticks / Members;

    public override string ToString() =>
        Table.Format($"{Ticks} ticks, {Skipped} skipped, late p50 {LateP50:0} p99 {LateP99:0} max {LateMax:0} µs, {SendsPerMember:0.00} sends per member and tick");
}
