namespace Sockeye.Transport.Transports;

/// <summary>How many connections the process has descriptors for.</summary>
internal static unsafe class OpenFiles
{
    /// <summary>Files beside the connections: code, logs, listeners, two for each loop. A process that has none left can neither load code nor stop cleanly.
    /// Own choice, about twice what an idle host has open.</summary>
    internal const int KeptAside = 256;

    /// <summary>The most open files of the process, which the runtime has raised to what it may have; <see cref="ulong.MaxValue"/> if that cannot be read or has no end.</summary>
    internal static ulong Limit()
    {
        var limits = stackalloc ulong[2];    // the limit in force, and what it may be raised to
        return Libc.getrlimit(Libc.RLIMIT_NOFILE, limits) == 0 ? limits[0] : ulong.MaxValue;
    }

    /// <summary>As many of the wanted connections as fit, at least one.</summary>
    internal static int Fitting(int wanted, ulong limit) => limit >= (ulong)wanted + KeptAside ? wanted : (int)Math.Max(1, (long)limit - KeptAside);
}
