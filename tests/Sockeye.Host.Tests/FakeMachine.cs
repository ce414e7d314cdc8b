using Sockeye.Host.Doctor;

namespace Sockeye.Host.Tests;

/// <summary>A folder that looks like the root of a machine which carries 50,000 connections without a remark; deleted when disposed.</summary>
internal sealed class FakeMachine : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sockeye-doctor").FullName;

    public FakeMachine()
    {
        Write("/proc/self/limits", """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             96364                96364                processes
            Max open files            65536                65536                files
            """);
        Write("/proc/self/cgroup", "0::/server.slice/sockeye.service\n");
        Write("/proc/meminfo", """
            MemTotal:        8000000 kB
            MemFree:         1000000 kB
            MemAvailable:    6000000 kB
            SwapTotal:             0 kB
            """);
        Write("/proc/modules", "nf_conntrack_extra 1 0 - Live 0x0\n");
        Write("/proc/sys/fs/nr_open", "1048576\n");
        Write("/proc/sys/fs/file-max", "9223372036854775807\n");
        Write("/proc/sys/fs/file-nr", "2000\t0\t9223372036854775807\n");
        Write("/proc/sys/net/core/somaxconn", "4096\n");
        Write("/proc/sys/net/ipv4/tcp_max_syn_backlog", "2048\n");
        Write("/proc/sys/net/ipv4/tcp_syncookies", "1\n");
        Write("/proc/sys/net/ipv4/ip_local_port_range", "1024\t65535\n");
        Write("/proc/sys/net/ipv4/tcp_mem", "90000\t120000\t180000\n");
        Write("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
        Write("/proc/sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304\n");
        Write("/proc/sys/vm/swappiness", "60\n");
        Write("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
        Write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
        Write("/sys/fs/cgroup/server.slice/sockeye.service/memory.max", "max\n");
        Write("/sys/fs/cgroup/server.slice/sockeye.service/cpu.max", "max 100000\n");
    }

    public static Demand Demand { get; } = new(50_000, Loops: 4, Backlog: 512);

    public static Collector Collector { get; } = new(IsServer: false, IsConcurrent: false, ConserveMemory: 0);

    public FakeMachine With(string path, string text)
    {
        Write(path, text);
        return this;
    }

    public FakeMachine Without(string path)
    {
        File.Delete(_root + path);
        return this;
    }

    public IReadOnlyList<Finding> Examine(Demand? demand = null) => Examination.Of(Read(), demand ?? Demand, Collector);

    public Finding Examine(string setting, Demand? demand = null) => Assert.Single(Examine(demand), finding => finding.Setting == setting);

    public Machine Read() => Machine.Read(new SystemFiles(_root)) with { PageSize = 4096 };

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, text);
    }
}
