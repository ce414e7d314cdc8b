using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>The options as a section of the configuration.</summary>
public sealed partial class SettingsTests
{
    [Fact]
    public void A_section_fills_the_options()
    {
        var options = new NatsBusOptions();
        Assert.Empty(options.Bind(Section(("Servers", "nats://127.0.0.1:1; nats://127.0.0.1:2"), ("user", "node"), ("Password", "a;b"), ("OutageTime", "00:00:07"), ("OutageBytes", "1000"), ("Tls", "false"))));
        Assert.Equal(["nats://127.0.0.1:1", "nats://127.0.0.1:2"], options.Servers);
        Assert.Equal(("node", "a;b", TimeSpan.FromSeconds(7), 1000, false), (options.User, options.Password, options.OutageTime, options.OutageBytes, options.Tls));
        Assert.Empty(options.Bind(Section(("Servers:0", "127.0.0.1"), ("Servers:1", "localhost"))));
        Assert.Equal(["127.0.0.1", "localhost"], options.Servers);
    }

    [Fact]
    public void Faults_are_told_together_with_their_keys_and_without_what_may_be_a_secret()
    {
        var faults = new NatsBusOptions().Bind(Section(("Pasword", "hidden1"), ("Tls", "hidden2"), ("OutageTime", "25"), ("OutageBytes", "many"), ("User:Name", "x")));
        Assert.Equal(["OutageBytes", "OutageTime", "Pasword", "Tls", "User"], faults.Select(static fault => fault.Split(':')[2]).Order(StringComparer.Ordinal));
        Assert.All(faults, static fault => Assert.StartsWith("Cluster:Nats:", fault, StringComparison.Ordinal));
        Assert.DoesNotContain(faults, static fault => fault.Contains("hidden", StringComparison.Ordinal));
        Assert.StartsWith("Cluster:Nats: nats://10.1.2.3:4222 is another machine", new NatsBusOptions().Bind(Section(("Servers", "10.1.2.3")))[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Pasword", "did you mean Cluster:Nats:Password?")]
    [InlineData("username", "did you mean Cluster:Nats:User?")]
    [InlineData("Url", "did you mean Cluster:Nats:Servers?")]
    [InlineData("creds-file", "there are Servers, User, ")]
    [InlineData("Outage", "did you mean Cluster:Nats:OutageBytes or Cluster:Nats:OutageTime?")]
    public void An_unknown_key_is_told_with_what_may_have_been_meant(string key, string meant) =>
        Assert.StartsWith($"Cluster:Nats:{key}: unknown key; {meant}", Assert.Single(new NatsBusOptions().Bind(Section((key, "hidden")))), StringComparison.Ordinal);

    [Theory]
    [InlineData("Nonsense")]
    [InlineData("Outage", "ProbeIntervall")]
    public void An_unknown_key_hides_no_missing_credentials(params string[] keys)
    {
        var faults = new NatsBusOptions().Bind(Section([("Servers", "nats://10.1.2.3:4222"), .. keys.Select(static key => (key, "1"))]));
        Assert.Contains(faults, static fault => fault.Contains("is another machine, and without credentials", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_key_hides_no_faulty_value_of_the_key_that_is_near()
    {
        var faults = new NatsBusOptions().Bind(Section(("OutageByte", "5"), ("OutageBytes", "-1"), ("CaFil", "x"), ("CaFile", "/nowhere/CaFile")));
        Assert.Equal(4, faults.Count);
        Assert.Contains("Cluster:Nats: OutageBytes is -1; it is 0 to 1073741824.", faults);
        Assert.Contains("Cluster:Nats: CaFile: there is no file '/nowhere/CaFile'.", faults);
    }

    [Theory]
    [InlineData("User", "Pasword")]
    [InlineData("Password", "username")]
    public void What_follows_from_an_unknown_key_is_not_told(params string[] keys) =>
        Assert.Contains("unknown key", Assert.Single(new NatsBusOptions().Bind(Section([("Servers", "nats://10.1.2.3:4222"), .. keys.Select(static key => (key, "hidden"))]))), StringComparison.Ordinal);

    [Fact]
    public void A_section_that_is_one_value_is_a_fault()
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection([new("Cluster:Nats", "nats://node:hidden@127.0.0.1")]).Build().GetSection("Cluster:Nats");
        Assert.Equal("Cluster:Nats: is a group of settings and takes no value of its own; did you mean Cluster:Nats:Servers?", Assert.Single(new NatsBusOptions().Bind(section)));
    }

    [Fact]
    public void Every_option_that_a_text_can_say_is_a_key_and_stands_in_the_page()
    {
        string[] said = [.. typeof(NatsBusOptions).GetProperties().Where(static property => !property.PropertyType.IsInterface || property.PropertyType == typeof(IList<string>)).Select(static property => property.Name).Where(static name => name is not (nameof(NatsBusOptions.Time) or nameof(NatsBusOptions.Name))).Order(StringComparer.Ordinal)];
        Assert.Equal(said, NatsSettings.Described().Select(static key => key.Name).Order(StringComparer.Ordinal));
        var page = File.ReadAllText(Path.Combine(WorkingCopy.Root, "docs", "cluster.md"));
        Assert.Empty(said.Except(Name().Matches(page).Select(static match => match.Groups[1].Value)));
    }

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>("Cluster:Nats:" + setting.Key, setting.Value))).Build().GetSection("Cluster:Nats");
}
