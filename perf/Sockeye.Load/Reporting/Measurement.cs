namespace Sockeye.Load;

/// <summary>What one run measured. Latencies in microseconds; CPU in microseconds per unit.</summary>
internal sealed record Measurement
{
    public long Units { get; init; }
    public double UnitsPerSecond { get; init; }
    public double ServerCpuMicroseconds { get; init; }
    public double ServerCpuShare { get; init; }
    public double GeneratorCpuMicroseconds { get; init; }
    public double P50 { get; init; }
    public double P99 { get; init; }
    public double P999 { get; init; }

    /// <summary>Idle connections: growth of resident memory per connection. Slow reader: growth in all.</summary>
    public double? MemoryBytes { get; init; }

    /// <summary>Half the maximum rate: the turns of the server's loops.</summary>
    public TurnReport? Turns { get; init; }

    /// <summary>Game loops: their ticks.</summary>
    public TickReport? Ticks { get; init; }

    /// <summary>What a reader of the table must know about this run.</summary>
    public string? Note { get; init; }
}
