namespace Sockeye.Plugin.Routing.Latest;

/// <summary>How the latest of many values is kept.</summary>
/// <param name="Every">How often a key is delivered at most.</param>
/// <param name="Leading">Whether the first value of a key that was quiet goes at once; else each waits for the end of its interval.</param>
/// <param name="MaxKeys">Keys at a time: default 10,000 (own). With one more the oldest is delivered early.</param>
/// <param name="MaxBytes">Bytes of the values that wait: default 16 MiB (own). Above, the oldest are delivered early.</param>
internal sealed record LatestOptions(TimeSpan Every, bool Leading = false, int MaxKeys = LatestOptions.DefaultMaxKeys, long MaxBytes = LatestOptions.DefaultMaxBytes)
{
    /// <summary>Keys at a time: 10,000 (own).</summary>
    public const int DefaultMaxKeys = 10_000;

    /// <summary>Bytes that wait: 16 MiB (own).</summary>
    public const int DefaultMaxBytes = 16 * 1024 * 1024;
}
