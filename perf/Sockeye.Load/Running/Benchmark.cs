namespace Sockeye.Load;

/// <summary>One row of the tables.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Unit">What the CPU time is divided by.</param>
/// <param name="Create">The run against a server.</param>
internal sealed record Benchmark(string Name, string Unit, Func<Target, Scenario> Create)
{
    /// <summary>The servers that take part, in the order of the table.</summary>
    public required string[] Servers { get; init; }

    /// <summary>The server whose figure is 1.</summary>
    public string Reference { get; init; } = ServerKind.Floor;

    /// <summary>The highest ratio to the reference that Sockeye may have.</summary>
    public double? Bar { get; init; }

    /// <summary>The most memory by which Sockeye may grow: per idle connection, or in all for a slow reader.</summary>
    public double? MemoryBarBytes { get; init; }

    /// <summary>Part of the short suite.</summary>
    public bool IsQuick { get; init; }

    /// <summary>How long one run is measured, in seconds; null: as long as the suite says.</summary>
    public double? Seconds { get; init; }

    /// <summary>Uncounted time at the start of each run, in seconds.</summary>
    public double WarmUpSeconds { get; init; } = 0.3;

    /// <summary>One run, against a process that has done nothing else: memory.</summary>
    public bool IsFresh { get; init; }

    public ServerSettings Settings { get; init; } = new();
}
