using Microsoft.Extensions.Configuration;
using Sockeye.Host.Administration;
using Sockeye.Hosting;

namespace Sockeye.Host.Tests.Administration;

public sealed class AdministrationSettingsTests
{
    private const string Token = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

    private static readonly string s_hash = BCrypt.Net.BCrypt.HashPassword("secret", PasswordHash.MinCost);

    [Fact]
    public void Without_the_section_there_is_no_listener_for_operators() => Assert.Null(Read());

    [Fact]
    public void The_listener_is_on_loopback_unless_another_address_is_named()
    {
        SockeyeServerOptions options = new();
        AdministrationSettings.Defaults(options);
        Assert.Equal([AdministrationSettings.DefaultUrl], options.Urls);
        Assert.Equal((1, AdministrationSettings.DefaultConnections), (options.EventLoops, options.MaxConnections));
    }

    [Theory]
    [InlineData("http://*:3900")]
    [InlineData("http://10.0.0.1:3900")]
    [InlineData("http://127.0.0.1:3900;http://[::]:3900")]
    public void An_address_that_other_machines_reach_needs_somebody_who_may(string urls)
    {
        Assert.Contains("somebody has to be named who may", Assert.Single(Faults(("Urls", urls))), StringComparison.Ordinal);
        Assert.True(Read(("Urls", urls), ("Users:ops", s_hash))!.HasCredentials);
        Assert.True(Read(("Urls", urls), ("Tokens:collector", Token))!.HasCredentials);
    }

    [Theory]
    [InlineData("http://127.0.0.1:3900")]
    [InlineData("http://localhost:3900;http://[::1]:3901")]
    public void Loopback_needs_nobody(string urls) => Assert.False(Read(("Urls", urls))!.HasCredentials);

    [Fact]
    public void A_password_that_is_not_hashed_is_refused_and_not_shown()
    {
        var fault = Assert.Single(Faults(("Users:ops", "hunter2")));
        Assert.StartsWith("Administration:Users:ops: is not the bcrypt hash of a password", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_is_shown_as_the_command_makes_it()
    {
        var hash = PasswordHash.Make("secret", 12)[..7];
        Assert.Contains($"({hash} and so on)", Assert.Single(Faults(("Users:ops", "hunter2"))), StringComparison.Ordinal);
        using StringWriter help = new();
        HostHelp.Print([], help);
        Assert.Contains($"--Administration:Users:ops '{hash}...'", help.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PasswordHash.MinCost - 1, false)]
    [InlineData(PasswordHash.MinCost, true)]
    [InlineData(PasswordHash.MaxCost, true)]
    [InlineData(PasswordHash.MaxCost + 1, false)]
    public void The_cost_of_a_password_is_within_its_bounds(int cost, bool isFine)
    {
        var hash = string.Concat(s_hash.AsSpan(0, 4), cost.ToString("00", System.Globalization.CultureInfo.InvariantCulture), s_hash.AsSpan(6));
        Assert.Equal(isFine, PasswordHash.Fault(hash) is null);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d")]
    [InlineData("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542dx")]
    public void A_token_that_is_no_digest_is_refused_and_not_shown(string value)
    {
        var fault = Assert.Single(Faults(("Tokens:collector", value)));
        Assert.StartsWith("Administration:Tokens:collector: ", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(value, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Url", "Administration:Url: unknown key; did you mean Administration:Urls?")]
    [InlineData("User", "Administration:User: unknown key; did you mean Administration:Users?")]
    [InlineData("PingInterval", "Administration:PingInterval: unknown key; did you mean Administration:Engine:PingInterval?")]
    [InlineData("Engine:Ping", "Administration:Engine:Ping: unknown key; did you mean Administration:Engine:PingInterval or Administration:Engine:PingTimeout?")]
    [InlineData("Zebra", "Administration:Zebra: unknown key; docs/configuration.md lists all keys")]
    public void What_may_have_been_meant_is_named_with_the_section_it_stands_in(string key, string told) => Assert.Equal(told, Assert.Single(Faults((key, "x"))));

    [Fact]
    public void Options_of_a_server_are_taken_and_unknown_ones_told_with_all_other_faults()
    {
        Assert.NotNull(Read(("Http:HeaderTimeout", "00:00:05"), ("MaxConnections", "10")));
        Assert.Collection(
            Faults(("Http:HeaderTimeot", "1"), ("MaxConnections", "0"), ("Users:ops", "x")).Order(StringComparer.Ordinal),
            fault => Assert.Contains("did you mean Administration:Http:HeaderTimeout?", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Administration:MaxConnections", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Administration:Users:ops", fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LoopPatience", "00:00:00.1", null)]
    [InlineData("LoopPatience", "01:00:00", null)]
    [InlineData("LoopPatience", "00:00:00.099", "'00:00:00.099' is not a duration of 00:00:00.1 to 01:00:00")]
    [InlineData("LoopPatience", "01:00:01", "'01:00:01' is not a duration")]
    [InlineData("LoopPatience", "5", "'5' is not a duration")]
    [InlineData("LiveFailsOn", "loops", null)]
    [InlineData("LiveFailsOn", "none", null)]
    [InlineData("LiveFailsOn", "bus", "'bus' is not one of loops, or none")]
    [InlineData("ReadyFailsOn", "bus;plugins", null)]
    [InlineData("ReadyFailsOn:0", "configuration", null)]
    [InlineData("ReadyFailsOn:0", "configurations", "'configurations' is not one of server, loops, bus, cluster, configuration, plugins, or none")]
    public void What_probes_fail_on_is_read_and_a_fault_is_told(string key, string value, string? fault)
    {
        if (fault is null)
        {
            Assert.NotNull(Read((key, value)));
        }
        else
        {
            Assert.Contains(fault, Assert.Single(Faults((key, value))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Probes_fail_on_nothing_that_a_restart_or_another_server_does_not_mend_unless_they_are_told_to()
    {
        Assert.Equal((HealthRules.DefaultPatience, 0), (Read(("Urls", "http://127.0.0.1:1"))!.Health.LoopPatience, Read(("Urls", "http://127.0.0.1:1"))!.Health.LiveFailsOn.Count));
        Assert.Equal(["server", "loops"], Read(("Urls", "http://127.0.0.1:1"))!.Health.ReadyFailsOn);
        Assert.Equal(["configuration", "bus"], Read(("ReadyFailsOn", "configuration; bus"))!.Health.ReadyFailsOn);
        Assert.Empty(Read(("ReadyFailsOn", "none"))!.Health.ReadyFailsOn);
    }

    [Theory]
    [InlineData("Urls", "http://127.0.0.1:3900", "'http://127.0.0.1:3900' of Urls are the same port of one address")]
    [InlineData("Urls", "http://127.0.0.1:3000;http://*:3900", "'http://*:3900' of Urls are")]
    [InlineData("Listeners:inside:Url", "http://localhost:3900", "'http://localhost:3900' of Listeners:inside:Url are")]
    [InlineData("Urls", "http://127.0.0.2:3900", null)]
    [InlineData("Urls", "ftp://127.0.0.1:3900", null)]
    public void A_port_of_clients_is_none_of_operators(string key, string value, string? fault)
    {
        var settings = Settings(("Administration:Urls", "http://127.0.0.1:3900"), (key, value));
        var faults = AdministrationSettings.Faults(settings);
        Assert.Equal(fault is null ? 0 : 1, faults.Count);
        Assert.All(faults, told => Assert.Contains(fault!, told, StringComparison.Ordinal));
    }

    [Fact]
    public void A_value_in_the_place_of_the_section_is_refused() =>
        Assert.StartsWith("Administration: is a group of settings", Assert.Single(Assert.Throws<SockeyeConfigurationException>(() => AdministrationSettings.Read(Settings(("Administration", "true")))).Faults), StringComparison.Ordinal);

    [Fact]
    public void The_short_argument_takes_an_address_or_the_default() =>
        Assert.Equal(["--Administration:Urls=http://127.0.0.1:3900", "--Administration:Urls=http://127.0.0.1:1", "--Administration:Urls=http://127.0.0.1:2"],
            HostArguments.Complete(["--admin", "--admin", "http://127.0.0.1:1", "--admin=http://127.0.0.1:2"], []));

    internal static AdministrationSettings? Read(params (string Key, string Value)[] settings) =>
        AdministrationSettings.Read(Settings([.. settings.Select(static setting => ($"Administration:{setting.Key}", setting.Value))]));

    private static IReadOnlyList<string> Faults(params (string Key, string Value)[] settings) => Assert.Throws<SockeyeConfigurationException>(() => Read(settings)).Faults;

    private static IConfigurationRoot Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))).Build();
}
