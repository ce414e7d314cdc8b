using System.IO.Enumeration;
using Sockeye.Host.Doctor;

namespace Sockeye.Host.Administration;

/// <summary>Descriptors of this process, where the kernel tells them (Linux).</summary>
/// <remarks>Counting takes a few milliseconds with 10,000 connections, so what was counted holds for <see cref="HoldsFor"/>. Any thread.</remarks>
internal sealed class Descriptors(TimeProvider time)
{
    /// <summary>How long a count holds. Own: less than the usual time between two scrapes.</summary>
    public static readonly TimeSpan HoldsFor = TimeSpan.FromSeconds(10);

    private const string Row = "Max open files";

    private readonly Lock _lock = new();
    private long? _open;
    private long _countedAt;

    /// <summary>How many the process may have (RLIMIT_NOFILE); null: the system does not say.</summary>
    public long? Limit { get; } = new SystemFiles("/").Lines("proc/self/limits")?.FirstOrDefault(static line => line.StartsWith(Row, StringComparison.Ordinal)) is { } line
        ? SystemFiles.ParseNumber(line[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])
        : null;

    /// <summary>How many it has.</summary>
    public long Open
    {
        get
        {
            lock (_lock)
            {
                if (_open is null || time.GetElapsedTime(_countedAt) >= HoldsFor)
                {
                    _open = new FileSystemEnumerable<bool>("/proc/self/fd", static (ref FileSystemEntry _) => true, new EnumerationOptions { AttributesToSkip = 0 }).LongCount();
                    _countedAt = time.GetTimestamp();
                }

                return _open.Value;
            }
        }
    }
}
