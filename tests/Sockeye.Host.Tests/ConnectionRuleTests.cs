using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Doctor;

namespace Sockeye.Host.Tests;

public sealed class ConnectionRuleTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_machine_that_is_set_up_gets_no_remark() =>
        Assert.All(_machine.Examine(), finding => Assert.True(finding is { Verdict: Verdict.Ok, Command: null, Wanted: null }, finding.ToString()));

    [Fact]
    public void Every_setting_that_cannot_be_read_is_said_and_none_is_guessed()
    {
        using var empty = new EmptyMachine();
        var findings = empty.Examine();
        Assert.All(findings.SkipLast(1), finding => Assert.Equal((Verdict.Unknown, "?"), (finding.Verdict, finding.Value)));
        Assert.Equal("garbage collector", findings[^1].Setting); // the one that needs no file
        Assert.True(Report.IsHealthy(findings));
    }

    [Theory]
    [InlineData(50_256, Verdict.Ok, null)]
    [InlineData(50_255, Verdict.Raise, 49_999)]
    [InlineData(100, Verdict.Raise, 0)]
    public void Open_files_are_one_for_each_connection_and_some_for_the_rest(long limit, object verdict, int? allows)
    {
        var finding = _machine.With("/proc/self/limits", $"Max open files            {limit}                {limit}                files").Examine("open files of the process");
        Assert.Equal(verdict, finding.Verdict);
        Assert.Equal(allows ?? limit - 256, finding.Allows);
        if (finding.Verdict == Verdict.Raise)
        {
            Assert.Equal("50,256", finding.Wanted);
            Assert.Equal("ulimit -n 50256 as root; LimitNOFILE=50256 in a systemd unit; docker run --ulimit nofile=50256:50256", finding.Command);
        }
    }

    [Theory]
    [InlineData(50_512, Verdict.Ok)]
    [InlineData(50_511, Verdict.Raise)]
    public void Connections_of_operators_need_open_files_beside_those_of_clients(long limit, object verdict)
    {
        var demand = FakeMachine.Demand with { Operators = 256 };
        var finding = _machine.With("/proc/self/limits", $"Max open files            {limit}                {limit}                files").Examine("open files of the process", demand);
        Assert.Equal(verdict, finding.Verdict);
        Assert.Equal(limit - 512, finding.Allows);
        Assert.Equal(limit - 2_512, _machine.With("/proc/sys/fs/file-max", $"{limit}").Examine("fs.file-max", demand).Allows);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("Urls", "http://127.0.0.1:0", 256)]
    [InlineData("MaxConnections", "20", 20)]
    [InlineData("MaxConnections", "many", 256)]
    public void As_many_operators_are_counted_as_their_listener_takes(string key, string value, int operators) =>
        Assert.Equal(operators, HostConfiguration.OperatorConnections(new ConfigurationBuilder().AddInMemoryCollection(key.Length == 0 ? [] : [new("Administration:" + key, value)]).Build()));

    [Fact]
    public void Open_files_without_a_limit_are_enough() => Assert.Equal(
        (Verdict.Ok, "unlimited"),
        _machine.With("/proc/self/limits", "Max open files            unlimited            unlimited            files").Examine("open files of the process") is var finding ? (finding.Verdict, finding.Value) : default);

    [Fact]
    public void A_hard_limit_that_is_high_enough_needs_no_root() => Assert.Equal(
        "ulimit -n 50256",
        _machine.With("/proc/self/limits", "Max open files            1024                 50256                files").Examine("open files of the process").Command);

    [Theory]
    [InlineData(50_256, "ulimit -n 50256 as root;")]
    [InlineData(50_255, "sysctl -w fs.nr_open=51200 && ulimit -n 50256 as root;")]
    public void The_ceiling_of_the_kernel_is_raised_first_when_it_is_too_low(long ceiling, string command) => Assert.StartsWith(
        command,
        _machine.With("/proc/self/limits", "Max open files            1024                 4096                files")
            .With("/proc/sys/fs/nr_open", $"{ceiling}").Examine("open files of the process").Command,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(52_256, Verdict.Ok, null)]
    [InlineData(52_255, Verdict.Raise, "sysctl -w fs.file-max=53248")]
    public void The_files_of_all_processes_count_those_in_use(long max, object verdict, string? command)
    {
        var finding = _machine.With("/proc/sys/fs/file-max", $"{max}").Examine("fs.file-max");
        Assert.Equal((verdict, command), (finding.Verdict, finding.Command));
        Assert.Equal(max - 2000 - 256, finding.Allows);
    }

    [Theory]
    [InlineData("net.core.somaxconn", 512, Verdict.Ok)]
    [InlineData("net.core.somaxconn", 511, Verdict.Raise)]
    [InlineData("net.ipv4.tcp_max_syn_backlog", 512, Verdict.Ok)]
    [InlineData("net.ipv4.tcp_max_syn_backlog", 511, Verdict.Raise)]
    public void The_kernel_grants_the_backlog_that_the_engine_asks_for(string setting, int value, object verdict)
    {
        var finding = _machine.With("/proc/sys/" + setting.Replace('.', '/'), $"{value}").Examine(setting);
        Assert.Equal(verdict, finding.Verdict);
        Assert.Equal(finding.Verdict == Verdict.Raise ? $"sysctl -w {setting}=512" : null, finding.Command);
    }

    [Theory]
    [InlineData("1", "without window scaling")]
    [InlineData("0", "drops what is beyond")]
    public void What_a_full_SYN_backlog_does_depends_on_cookies(string cookies, string why) => Assert.Contains(
        why, _machine.With("/proc/sys/net/ipv4/tcp_max_syn_backlog", "128").With("/proc/sys/net/ipv4/tcp_syncookies", cookies).Examine("net.ipv4.tcp_max_syn_backlog").Why, StringComparison.Ordinal);

    [Theory]
    [InlineData("1 50000", Verdict.Ok, null)]
    [InlineData("1 49999", Verdict.Advice, "1024 65535")]
    public void The_port_range_is_advice_since_the_server_itself_needs_none(string range, object verdict, string? wanted)
    {
        var finding = _machine.With("/proc/sys/net/ipv4/ip_local_port_range", range).Examine("net.ipv4.ip_local_port_range");
        Assert.Equal((verdict, wanted), (finding.Verdict, finding.Wanted));
    }

    [Theory]
    [InlineData(50_100, Verdict.Ok, null)]
    [InlineData(50_099, Verdict.Raise, "sysctl -w net.netfilter.nf_conntrack_max=63488")]
    public void Tracked_connections_have_to_fit_beside_those_there_are(long max, object verdict, string? command)
    {
        var finding = _machine.With("/proc/sys/net/netfilter/nf_conntrack_count", "100").With("/proc/sys/net/netfilter/nf_conntrack_max", $"{max}").Examine("net.netfilter.nf_conntrack_max");
        Assert.Equal((verdict, command), (finding.Verdict, finding.Command));
        Assert.Equal(max - 100, finding.Allows);
    }

    [Fact]
    public void A_port_range_that_is_as_wide_as_it_can_be_gets_advice_without_a_command()
    {
        var finding = _machine.Examine("net.ipv4.ip_local_port_range", FakeMachine.Demand with { Connections = 64_513 });
        Assert.Equal((Verdict.Advice, null), (finding.Verdict, finding.Command));
    }

    [Fact]
    public void Tracking_that_is_loaded_but_not_shown_is_unknown() => Assert.Equal(
        Verdict.Unknown, _machine.With("/proc/modules", "nf_conntrack 1 0 - Live 0x0").Examine("net.netfilter.nf_conntrack_max").Verdict);

    [Fact]
    public void Tracking_may_be_loaded_where_the_modules_are_hidden() => Assert.Equal(
        Verdict.Unknown, _machine.Without("/proc/modules").Examine("net.netfilter.nf_conntrack_max").Verdict);

    [Fact]
    public void The_start_warns_of_the_narrowest_limit_and_only_when_it_is_exceeded()
    {
        _machine.With("/proc/self/limits", "Max open files            20000                20000                files").With("/proc/sys/fs/file-max", "40000");
        Assert.Equal(
            $"MaxConnections is 19,745, but this machine allows 19,744 (open files of the process: 20,000); '{HostHelp.Name} doctor' says what to raise",
            Examination.Warning(_machine.Read(), FakeMachine.Demand with
            {
                Connections = 19_745
            }, FakeMachine.Collector));
        Assert.Null(Examination.Warning(_machine.Read(), FakeMachine.Demand with { Connections = 19_744 }, FakeMachine.Collector));
    }

    [Theory]
    [InlineData(256, "19,488", LogLevel.Information)]
    [InlineData(30_000, "0", LogLevel.Warning)]
    public void The_start_says_what_is_kept_for_operators_and_warns_when_they_leave_nothing(int operators, string allowed, LogLevel level)
    {
        _machine.With("/proc/self/limits", "Max open files            20000                20000                files");
        var demand = FakeMachine.Demand with { Connections = new SockeyeServerOptions().MaxConnections, Operators = operators };
        Assert.Contains($"this machine allows {allowed} (open files of the process: 20,000, {operators.ToString("N0", CultureInfo.InvariantCulture)} of them kept for operators)", Examination.Warning(_machine.Read(), demand, FakeMachine.Collector), StringComparison.Ordinal);
        Assert.Equal(level, MachineLimits.LevelOf(_machine.Read(), demand));
    }

    private sealed class EmptyMachine : IDisposable
    {
        private readonly string _root = Directory.CreateTempSubdirectory("sockeye-doctor").FullName;

        public IReadOnlyList<Finding> Examine() => Examination.Of(Machine.Read(new SystemFiles(_root)), FakeMachine.Demand, FakeMachine.Collector);

        public void Dispose() => Directory.Delete(_root);
    }
}
