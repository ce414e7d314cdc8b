namespace Sockeye.Host.Doctor;

/// <summary>What the kernel says about this machine and this process. Null: not readable.</summary>
internal sealed record Machine
{
    /// <summary>Open files of the process. The runtime has raised the soft limit to the hard one when it started.</summary>
    public long? OpenFiles { get; init; }

    public long? OpenFilesHard { get; init; }

    /// <summary>The most that a process's limit of open files can be raised to.</summary>
    public long? OpenFilesCeiling { get; init; }

    /// <summary>Open files of all processes: in use, and the most.</summary>
    public (long Used, long Max)? AllFiles { get; init; }

    public long? ListenBacklog { get; init; }

    public long? SynBacklog { get; init; }

    public bool? SynCookies { get; init; }

    public (long First, long Last)? EphemeralPorts { get; init; }

    /// <summary>Pages of all TCP buffers: low, pressure, maximum.</summary>
    public IReadOnlyList<long>? TcpMemory { get; init; }

    /// <summary>Bytes of one socket's receive buffer: least, default, most.</summary>
    public IReadOnlyList<long>? ReceiveBuffer { get; init; }

    /// <summary>Bytes of one socket's send buffer: least, default, most.</summary>
    public IReadOnlyList<long>? SendBuffer { get; init; }

    public (long Count, long Max)? Tracking { get; init; }

    /// <summary>Whether connection tracking is loaded; null: it may be.</summary>
    public bool? IsTracking { get; init; }

    public long? MemoryTotal { get; init; }

    public long? MemoryAvailable { get; init; }

    public long? SwapTotal { get; init; }

    public long? Swappiness { get; init; }

    /// <summary>Transparent huge pages: always, madvise, never.</summary>
    public string? HugePages { get; init; }

    public required Cgroup Cgroup { get; init; }

    public int PageSize { get; init; } = Environment.SystemPageSize;

    public static Machine Read(SystemFiles files)
    {
        var openFiles = files.Lines("/proc/self/limits")?.FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))?
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (count, max) = (files.Number("/proc/sys/net/netfilter/nf_conntrack_count"), files.Number("/proc/sys/net/netfilter/nf_conntrack_max"));
        var memory = files.Lines("/proc/meminfo");
        return new Machine
        {
            OpenFiles = Limit(openFiles, 3),
            OpenFilesHard = Limit(openFiles, 4),
            OpenFilesCeiling = files.Number("/proc/sys/fs/nr_open"),
            AllFiles = (files.Numbers("/proc/sys/fs/file-nr", 3), files.Number("/proc/sys/fs/file-max")) is ({ } used, { } most) ? (used[0], most) : null,
            ListenBacklog = files.Number("/proc/sys/net/core/somaxconn"),
            SynBacklog = files.Number("/proc/sys/net/ipv4/tcp_max_syn_backlog"),
            SynCookies = files.Number("/proc/sys/net/ipv4/tcp_syncookies") is { } cookies ? cookies != 0 : null,
            EphemeralPorts = files.Numbers("/proc/sys/net/ipv4/ip_local_port_range", 2) is { } ports ? (ports[0], ports[1]) : null,
            TcpMemory = files.Numbers("/proc/sys/net/ipv4/tcp_mem", 3),
            ReceiveBuffer = files.Numbers("/proc/sys/net/ipv4/tcp_rmem", 3),
            SendBuffer = files.Numbers("/proc/sys/net/ipv4/tcp_wmem", 3),
            Tracking = (count, max) is ({ } tracked, { } trackable) ? (tracked, trackable) : null,
            IsTracking = max is not null ? true : files.Lines("/proc/modules")?.Any(line => line.StartsWith("nf_conntrack ", StringComparison.Ordinal)),
            MemoryTotal = MemoryLine(memory, "MemTotal:"),
            MemoryAvailable = MemoryLine(memory, "MemAvailable:"),
            SwapTotal = MemoryLine(memory, "SwapTotal:"),
            Swappiness = files.Number("/proc/sys/vm/swappiness"),
            HugePages = files.Text("/sys/kernel/mm/transparent_hugepage/enabled")?.Split(' ').FirstOrDefault(word => word.StartsWith('['))?.Trim('[', ']'),
            Cgroup = Cgroup.Read(files),
        };
    }

    private static long? Limit(string[]? line, int column) => line?.ElementAtOrDefault(column) is not { } text ? null
        : text == "unlimited" ? long.MaxValue : SystemFiles.ParseNumber(text);

    private static long? MemoryLine(IReadOnlyList<string>? lines, string name) => lines?.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string kilobytes, "kB"] ? SystemFiles.ParseNumber(kilobytes) * 1024 : null;
}
