using static System.FormattableString;

namespace Sockeye.Host.Doctor;

/// <summary>Memory of the process and of the kernel.</summary>
internal static class MemoryRules
{
    /// <summary>What the engine reads and writes at one time at most.</summary>
    private const long LargestTransfer = 64 * 1024;

    /// <summary>Above this a peer that stalls costs the kernel more than the engine's own hard limit costs the process.</summary>
    private const long LargestSocketBuffer = 16L << 20;

    private const int CalmSwappiness = 10;

    public static Finding Available(Machine machine, Demand demand)
    {
        const string name = "available memory";
        return machine.MemoryAvailable is not { } available
            ? Finding.Unreadable(name, "/proc/meminfo")
            : Fits(name, available, demand, $"a machine with {Mebibytes(demand.MemoryBytes)} free, or fewer connections (--MaxConnections {Fitting(available)})");
    }

    public static Finding Group(Machine machine, Demand demand)
    {
        const string name = "memory of the control group";
        if (machine.Cgroup.MemoryLimit is not { } limit)
        {
            return Finding.Unreadable(name, "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes");
        }

        if (limit == long.MaxValue)
        {
            return new Finding(name, Verdict.Ok, "unlimited", "");
        }

        var free = Math.Max(0, limit - (machine.Cgroup.MemoryUsed ?? 0));
        var wanted = (limit - free + demand.MemoryBytes + (1 << 20) - 1) >> 20;
        return Fits(name, free, demand, $"MemoryMax={wanted}M in a systemd unit; docker run --memory {wanted}m");
    }

    public static Finding Tcp(Machine machine, Demand demand)
    {
        const string name = "net.ipv4.tcp_mem";
        if (machine.TcpMemory is not [long low, long pressure, long max])
        {
            return Finding.Unreadable(name, "/proc/sys/net/ipv4/tcp_mem");
        }

        var value = Invariant($"{low} {pressure} {max}");
        var estimate = Invariant($"{demand.TcpPages:N0} pages are in use when bytes are under way on all connections in both directions");
        if (pressure < demand.TcpPages)
        {
            var raised = Invariant($"{RoundUpTo(demand.TcpPages * 3 / 4)} {RoundUpTo(demand.TcpPages)} {RoundUpTo(demand.TcpPages * 2)}");
            return new Finding(
                name, Verdict.Raise, value, $"{estimate}; above the second figure the kernel shrinks windows, above the third it drops", raised, $"sysctl -w {name}=\"{raised}\"",
                pressure / Demand.TcpPagesPerConnection);
        }

        return machine.MemoryTotal < max * 2 * machine.PageSize
            ? new Finding(name, Verdict.Advice, value, Invariant($"the kernel may give more than half of the machine's {Mebibytes(machine.MemoryTotal.Value)} to TCP's buffers"))
            : new Finding(name, Verdict.Ok, value, estimate, Allows: pressure / Demand.TcpPagesPerConnection);

        static long RoundUpTo(long pages) => ConnectionRules.RoundUp(pages);
    }

    public static Finding SocketBuffer(string name, IReadOnlyList<long>? sizes)
    {
        if (sizes is not [long least, long normal, long most])
        {
            return Finding.Unreadable(name, "/proc/sys/" + name.Replace('.', '/'));
        }

        var value = Invariant($"{least} {normal} {most}");
        if (most < LargestTransfer)
        {
            var raised = Invariant($"{least} {normal} {LargestTransfer}");
            return new Finding(name, Verdict.Advice, value, "the engine moves up to 64 KiB at once, which does not fit", raised, $"sysctl -w {name}=\"{raised}\"");
        }

        if (most > LargestSocketBuffer)
        {
            var lowered = Invariant($"{least} {normal} {LargestSocketBuffer}");
            return new Finding(
                name, Verdict.Advice, value, Invariant($"a peer that stalls may hold {Mebibytes(most)} of the kernel's memory before the engine's own limits count"), lowered,
                $"sysctl -w {name}=\"{lowered}\"");
        }

        return new Finding(name, Verdict.Ok, value, Invariant($"a peer that stalls holds at most {Mebibytes(most)} of the kernel's memory"));
    }

    public static Finding Swap(Machine machine)
    {
        const string name = "vm.swappiness";
        return machine switch
        {
            { SwapTotal: null } => Finding.Unreadable("swap", "/proc/meminfo"),
            { SwapTotal: 0 } => new Finding("swap", Verdict.Ok, "none", "a loop never waits for a page"),
            { Swappiness: null } => Finding.Unreadable(name, "/proc/sys/vm/swappiness"),
            { Swappiness: > CalmSwappiness } => new Finding(
                name, Verdict.Advice, ConnectionRules.Number(machine.Swappiness.Value), $"there are {Mebibytes(machine.SwapTotal.Value)} of swap; a loop that waits for a page holds up all of its connections", "1",
                $"sysctl -w {name}=1"),
            _ => new Finding(name, Verdict.Ok, ConnectionRules.Number(machine.Swappiness.Value), $"there are {Mebibytes(machine.SwapTotal.Value)} of swap, used in need only"),
        };
    }

    public static Finding HugePages(Machine machine)
    {
        const string name = "transparent huge pages";
        return machine.HugePages switch
        {
            null => Finding.Unreadable(name, "/sys/kernel/mm/transparent_hugepage/enabled"),
            "always" => new Finding(
                name, Verdict.Advice, "always", "heaps grow by 2 MiB at a time, and memory that the process gives back comes back later", "madvise",
                "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"),
            string mode => new Finding(name, Verdict.Ok, mode, "the process takes and gives back small pages"),
        };
    }

    private static Finding Fits(string name, long free, Demand demand, string command)
    {
        var why = Invariant($"{Mebibytes(demand.MemoryBytes)} are needed: {Mebibytes(Demand.ProcessBytes)}, and for each idle connection {Demand.BytesPerConnection:N0} bytes of the process and {Demand.KernelBytesPerConnection:N0} of the kernel");
        return free >= demand.MemoryBytes
            ? new Finding(name, Verdict.Ok, Mebibytes(free), why, Allows: Fitting(free))
            : new Finding(name, Verdict.Raise, Mebibytes(free), why, Mebibytes(demand.MemoryBytes), command, Fitting(free));
    }

    private static long Fitting(long free) => Math.Max(0, (free - Demand.ProcessBytes) / (Demand.BytesPerConnection + Demand.KernelBytesPerConnection));

    /// <summary>Rounded up, so that what is told to be needed is enough.</summary>
    private static string Mebibytes(long bytes) => Invariant($"{(bytes + (1 << 20) - 1) >> 20:N0} MiB");
}
