namespace Sockeye.Load;

/// <summary>What a message costs a node that gets it from another one.</summary>
internal sealed record ClusterResults : Results
{
    public double LoadAverage { get; set; }

    public List<ClusterRow> Rows { get; init; } = [];

    public List<PollRow> Polls { get; init; } = [];
}

/// <summary>CPU of one process for each message, in microseconds, a figure for each round.</summary>
/// <param name="Members">Members of the room at the receiving node.</param>
/// <param name="IsSpinning">Whether idle threads of the pool spin, as they do unless told otherwise.</param>
internal sealed record ClusterRow(int Members, bool IsSpinning, int Rate, int Every)
{
    /// <summary>A server alone delivers what it is asked for.</summary>
    public List<double> Local { get; init; } = [];

    /// <summary>A node delivers what another one is asked for.</summary>
    public List<double> Bus { get; init; } = [];

    /// <summary>A program that does nothing but receive the same messages with the client of NATS.</summary>
    public List<double> Bare { get; init; } = [];

    /// <summary>The part of the bus in a delivery, as a multiple of what the client of NATS costs in any case.</summary>
    public double Ratio => (BenchmarkResult.MedianOf(Bus) - BenchmarkResult.MedianOf(Local)) / BenchmarkResult.MedianOf(Bare);
}

/// <summary>Medians of polls whose answer is there, in microseconds, a figure for each round.</summary>
/// <param name="IsSpinning">As above.</param>
/// <param name="PauseMilliseconds">How long everything rests before each.</param>
internal sealed record PollRow(bool IsSpinning, double PauseMilliseconds)
{
    public List<double> Direct { get; init; } = [];

    public List<double> Relayed { get; init; } = [];

    /// <summary>A message over NATS and one back, between two processes that do nothing else.</summary>
    public List<double> Bare { get; init; } = [];

    public double More => BenchmarkResult.MedianOf(Relayed) - BenchmarkResult.MedianOf(Direct);
}
