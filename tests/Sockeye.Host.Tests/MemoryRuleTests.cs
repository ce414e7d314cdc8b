using Sockeye.Host.Doctor;

namespace Sockeye.Host.Tests;

public sealed class MemoryRuleTests : IDisposable
{
    /// <summary>64 MiB and 6,144 bytes for each of 50,000 connections, in KiB.</summary>
    private const int NeededKibibytes = 65_536 + 300_000;

    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(NeededKibibytes, Verdict.Ok, 50_000L)]
    [InlineData(NeededKibibytes - 1, Verdict.Raise, 49_999L)]
    [InlineData(1024, Verdict.Raise, 0L)]
    public void The_estimate_of_the_engine_has_to_be_available(int kibibytes, object verdict, long? allows)
    {
        var finding = _machine.With("/proc/meminfo", $"MemTotal: 8000000 kB\nMemAvailable: {kibibytes} kB\nSwapTotal: 0 kB\n").Examine("available memory");
        Assert.Equal((verdict, allows), (finding.Verdict, finding.Allows));
        Assert.Equal(finding.Verdict == Verdict.Raise ? "357 MiB" : null, finding.Wanted);
    }

    [Theory]
    [InlineData(0, Verdict.Ok)]
    [InlineData(1, Verdict.Raise)]
    public void The_narrowest_group_on_the_way_up_counts_without_droppable_file_contents(int missing, object verdict)
    {
        var limit = (NeededKibibytes * 1024L) + 1_000_000 - missing;
        var finding = _machine
            .With("/sys/fs/cgroup/server.slice/sockeye.service/memory.max", "8000000000")
            .With("/sys/fs/cgroup/server.slice/memory.max", $"{limit}")
            .With("/sys/fs/cgroup/server.slice/memory.current", "3000000")
            .With("/sys/fs/cgroup/server.slice/memory.stat", "anon 1000000\ninactive_file 2000000\n")
            .Examine("memory of the control group");
        Assert.Equal(verdict, finding.Verdict);
        Assert.Equal(finding.Verdict == Verdict.Raise ? "MemoryMax=358M in a systemd unit; docker run --memory 358m" : null, finding.Command);
    }

    [Theory]
    [InlineData("9223372036854771712", "unlimited", Verdict.Ok)]
    [InlineData("104857600", "90 MiB", Verdict.Raise)]
    public void Groups_of_version_1_are_read_where_they_are_mounted(string limit, string value, object verdict)
    {
        var finding = _machine
            .With("/proc/self/cgroup", "4:memory:/gone/from/here\n2:cpu,cpuacct:/\n0::/\n")
            .With("/sys/fs/cgroup/memory/memory.limit_in_bytes", limit)
            .With("/sys/fs/cgroup/memory/memory.usage_in_bytes", "10485760")
            .Examine("memory of the control group");
        Assert.Equal((verdict, value), (finding.Verdict, finding.Value));
    }

    [Theory]
    [InlineData("200000 100000", 2, Verdict.Ok)]
    [InlineData("200000 100000", 3, Verdict.Advice)]
    [InlineData("50000 100000", 1, Verdict.Ok)]
    [InlineData("max 100000", 64, Verdict.Ok)]
    public void There_are_no_more_loops_than_the_quota_has_processors(string quota, int loops, object verdict)
    {
        var finding = _machine.With("/sys/fs/cgroup/server.slice/sockeye.service/cpu.max", quota)
            .Examine("processor quota of the control group", FakeMachine.Demand with
            {
                Loops = loops
            });
        Assert.Equal(verdict, finding.Verdict);
        Assert.Equal(finding.Verdict == Verdict.Advice ? "--EventLoops 2" : null, finding.Command);
        Assert.DoesNotContain("1 event loops", finding.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1", "unlimited")]
    [InlineData("150000", "1.5")]
    public void The_quota_of_version_1_is_read(string quota, string value) => Assert.Equal(
        value,
        _machine.With("/proc/self/cgroup", "2:cpu,cpuacct:/\n")
            .With("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota)
            .With("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
            .Examine("processor quota of the control group").Value);

    [Theory]
    [InlineData("80000 100000 150000", Verdict.Ok, null)]
    [InlineData("80000 99999 150000", Verdict.Raise, "sysctl -w net.ipv4.tcp_mem=\"75776 100352 200704\"")]
    [InlineData("80000 999999 1000000", Verdict.Ok, null)]
    [InlineData("80000 999999 1000001", Verdict.Advice, null)]
    public void TCP_has_two_pages_for_each_connection_and_not_more_than_half_of_the_machine(string pages, object verdict, string? command)
    {
        var finding = _machine.With("/proc/sys/net/ipv4/tcp_mem", pages).Examine("net.ipv4.tcp_mem");
        Assert.Equal((verdict, command), (finding.Verdict, finding.Command));
    }

    [Theory]
    [InlineData("4096 16384 65535", Verdict.Advice, "4096 16384 65536")]
    [InlineData("4096 16384 65536", Verdict.Ok, null)]
    [InlineData("4096 16384 16777216", Verdict.Ok, null)]
    [InlineData("4096 16384 16777217", Verdict.Advice, "4096 16384 16777216")]
    public void A_socket_buffer_takes_one_transfer_and_not_more_than_a_stalled_peer_should_cost(string sizes, object verdict, string? wanted)
    {
        foreach (var setting in new[] { "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem" })
        {
            var finding = _machine.With("/proc/sys/" + setting.Replace('.', '/'), sizes).Examine(setting);
            Assert.Equal((verdict, wanted), (finding.Verdict, finding.Wanted));
        }
    }

    [Theory]
    [InlineData(0, 60, "swap", Verdict.Ok)]
    [InlineData(1000, 10, "vm.swappiness", Verdict.Ok)]
    [InlineData(1000, 11, "vm.swappiness", Verdict.Advice)]
    public void Swap_is_used_in_need_only(int kibibytes, int swappiness, string setting, object verdict) => Assert.Equal(
        verdict,
        _machine.With("/proc/meminfo", $"MemTotal: 8000000 kB\nMemAvailable: 8000000 kB\nSwapTotal: {kibibytes} kB").With("/proc/sys/vm/swappiness", $"{swappiness}").Examine(setting).Verdict);

    [Theory]
    [InlineData("[always] madvise never", Verdict.Advice)]
    [InlineData("always [madvise] never", Verdict.Ok)]
    [InlineData("always madvise [never]", Verdict.Ok)]
    public void Huge_pages_are_for_those_who_ask(string modes, object verdict) =>
        Assert.Equal(verdict, _machine.With("/sys/kernel/mm/transparent_hugepage/enabled", modes).Examine("transparent huge pages").Verdict);

    [Theory]
    [InlineData(false, false, Verdict.Ok)]
    [InlineData(true, false, Verdict.Advice)]
    [InlineData(false, true, Verdict.Advice)]
    public void One_heap_without_a_collecting_thread_is_enough(bool isServer, bool isConcurrent, object verdict) =>
        Assert.Equal(verdict, ProcessorRules.Collector(new Collector(isServer, isConcurrent, 0)).Verdict);
}
