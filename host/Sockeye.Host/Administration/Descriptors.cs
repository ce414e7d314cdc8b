using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sockeye.Host.Doctor;

namespace Sockeye.Host.Administration;

/// <summary>Descriptors of this process, where the kernel tells them (Linux).</summary>
/// <remarks>Since Linux 6.2 the kernel has their number; before they are counted one by one, which takes some milliseconds with 10,000 connections. So what was counted holds for <see cref="HoldsFor"/>. Any thread.</remarks>
internal sealed class Descriptors(TimeProvider time)
{
    /// <summary>How long a count holds. Own: less than the usual time between two scrapes.</summary>
    public static readonly TimeSpan HoldsFor = TimeSpan.FromSeconds(10);

    private const string Row = "Max open files";

    private static readonly byte[] s_folder = "/proc/self/fd\0"u8.ToArray();

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
                    _open = Count(askKernel: true) ?? Limit ?? 0;
                    _countedAt = time.GetTimestamp();
                }

                return _open.Value;
            }
        }
    }

    /// <summary>Counts them, without the one that it needs itself.</summary>
    /// <param name="askKernel">Whether the kernel is asked for the number; else they are counted one by one.</param>
    /// <returns>Null: there is none left to look with.</returns>
    internal static long? Count(bool askKernel)
    {
        // The enumeration of .NET looks up what each of them leads to, which takes ten times as long.
        var folder = opendir(s_folder);
        if (folder == 0)
        {
            return null;
        }

        try
        {
            using SafeFileHandle handle = new(dirfd(folder), ownsHandle: false);
            var counted = askKernel ? RandomAccess.GetLength(handle) : 0;
            if (counted == 0)
            {
                while (readdir(folder) != 0)
                {
                    counted++;
                }

                counted -= 2; // the folder itself and the one above
            }

            return counted - 1;
        }
        finally
        {
            _ = closedir(folder);
        }
    }

#pragma warning disable SYSLIB1054, CA5392, IDE1006 // Blittable calls by the names of the system.
    [DllImport("libc")]
    private static extern nint opendir(byte[] path);

    [DllImport("libc")]
    private static extern int dirfd(nint folder);

    [DllImport("libc")]
    private static extern nint readdir(nint folder);

    [DllImport("libc")]
    private static extern int closedir(nint folder);
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}
