using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Sockeye.Host.Check;
using Sockeye.Host.Config;
using Sockeye.Hosting;

namespace Sockeye.Host.Tests.Config;

public sealed class ConfigCommandTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task The_defaults_are_a_file_that_the_start_takes_and_that_changes_nothing()
    {
        await File.WriteAllTextAsync(_file, Run("--defaults"));
        using StringWriter output = new(), errors = new();
        Assert.Equal((0, ""), (await CheckCommand.RunAsync(["--config", _file], output, errors), errors.ToString()));
        var options = HostConfiguration.Options(HostConfiguration.ReadSources(["--config", _file]));
        var plain = new SockeyeServerOptions();
        foreach (var key in SockeyeHostingExtensions.ConfigurationKeys().Select(static key => key.Name).Where(static key => !key.StartsWith("Cluster:", StringComparison.Ordinal) && !key.StartsWith("Listeners:", StringComparison.Ordinal) && key is not ("IdleTrim" or "Urls" or "PluginFolders")))
        {
            Assert.Equal((key, Value(plain, key)), (key, Value(options, key)));
        }

        Assert.Empty(options.Listeners);

        static string Value(object? at, string key)
        {
            foreach (var step in key.Split(':'))
            {
                at = at?.GetType().GetProperty(step)!.GetValue(at);
            }

            return at is IEnumerable<string> list ? string.Join(';', list) : $"{at}";
        }
    }

    [Fact]
    public void The_defaults_name_every_setting_that_is_not_of_a_cluster_or_off()
    {
        var root = JsonNode.Parse(Run("--defaults"))!;
        foreach (var key in SockeyeHostingExtensions.ConfigurationKeys().Where(static key => key.Name != SettingsDocument.Alias && !key.Name.StartsWith("Cluster:", StringComparison.Ordinal) && !SettingsDocument.IsOfListener(key)))
        {
            var steps = key.Name.Split(':');
            var node = root;
            foreach (var step in key.IsInAbsentGroup ? steps[..^1] : steps)
            {
                Assert.True(node!.AsObject().ContainsKey(step), key.Name);
                node = node[step];
            }
        }
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("0:0:10", true)]
    [InlineData("00:01", true)]
    [InlineData("0:1:2.5", true)]
    [InlineData("00:00:10.1234567", true)]
    [InlineData("0.0:0:10", true)]
    [InlineData("25", false)]
    [InlineData("00", false)]
    [InlineData("24:00:00", false)]
    [InlineData("0:60", false)]
    [InlineData("0:0:60", false)]
    [InlineData("0:0:0:10", false)]
    [InlineData("00:00:10.12345678", false)]
    [InlineData("0:0:", false)]
    [InlineData(" 0:0:10", false)]
    [InlineData("", false)]
    public void A_duration_is_for_the_schema_what_it_is_for_the_settings(string text, bool isTaken)
    {
        var schema = SettingsSchema.Create();
        foreach (var key in new[] { "DrainTime", "Cluster:Nats:OutageTime", "Telemetry:Interval", "Administration:LoopPatience", "Plugins:auth:Refresh:Lead" })
        {
            JsonNode node = schema;
            foreach (var step in key.Split(':'))
            {
                node = node["properties"]![step]!;
            }

            Assert.Equal((key, isTaken), (key, Regex.IsMatch(text, (string)node["pattern"]!, RegexOptions.ECMAScript)));
        }

        var form = $"'{text}' is not a duration";
        Assert.Equal(isTaken, !new SockeyeServerOptions().Check(Setting("DrainTime", text), hasBus: true).Any(fault => fault.Contains(form, StringComparison.Ordinal)));
        Assert.Equal(isTaken, !HostCluster.Faults(Setting("Cluster:Nats:OutageTime", text)).Any(static fault => fault.EndsWith("is not a duration like 00:00:25", StringComparison.Ordinal)));
    }

    private static IConfigurationRoot Setting(string key, string value) => new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();

    [Fact]
    public void The_schema_in_the_repository_is_the_one_that_the_host_prints()
    {
        var printed = Run("--schema");
        var path = Path.Combine(WorkingCopy.Root, SettingsSchema.File);
        Assert.True(printed.ReplaceLineEndings("\n") == File.ReadAllText(path).ReplaceLineEndings("\n"), $"Sockeye.Host config --schema > {SettingsSchema.File} writes it anew.");
    }

    [Fact]
    public void The_schema_has_the_type_the_default_the_range_and_the_sentence_of_each_setting()
    {
        var schema = SettingsSchema.Create();
        foreach (var key in SockeyeHostingExtensions.ConfigurationKeys().Select(static key => key.Name).Concat(NatsBuilderExtensions.ConfigurationKeys().Select(static key => $"Cluster:Nats:{key.Name}")))
        {
            Assert.True(Find(key)["description"] is not null, $"{key} has no sentence: docs/configuration.md, docs/cluster.md");
        }

        Assert.Equal((1, 65_535, 512), (Find("Backlog")["minimum"]!.GetValue<long>(), Find("Backlog")["maximum"]!.GetValue<long>(), Find("Backlog")["default"]!.GetValue<long>()));
        Assert.Equal((1024, 1 << 30), (Find("Cluster:Nats:PendingBytes")["minimum"]!.GetValue<long>(), Find("Cluster:Nats:PendingBytes")["maximum"]!.GetValue<long>()));
        Assert.Equal("Unlimited", Find("Limits:PreAuthBytes")["anyOf"]![1]!["const"]!.GetValue<string>());
        Assert.Equal(["Auto", "Native", "Portable"], Find("Transport")["enum"]!.AsArray().Select(static name => name!.GetValue<string>()));
        Assert.Equal("boolean", Find("Plugins:auth:AllowAnonymous")["type"]!.GetValue<string>());
        Assert.Equal("integer", Find("Plugins:auth:Throttle:FreeFailures")["type"]!.GetValue<string>());
        Assert.Equal("io", Find("Engine:Cookie:Name")["default"]!.GetValue<string>());

        Assert.Equal((1, 1 << 24), (Find("Listeners:inside:MaxConnections")["minimum"]!.GetValue<long>(), Find("Listeners:inside:MaxConnections")["maximum"]!.GetValue<long>()));
        Assert.Equal(["SocketIO", "Plugins", "Files", "Application"], Find("Listeners:inside:Routes")["items"]!["anyOf"]![0]!["enum"]!.AsArray().Select(static name => name!.GetValue<string>()));
        Assert.Null(Find("Administration")["properties"]!["Listeners"]);
        Assert.Equal(["loops", "none"], Find("Administration:LiveFailsOn")["items"]!["enum"]!.AsArray().Select(static name => name!.GetValue<string>()));
        Assert.Contains("come round", Find("Administration:LoopPatience")["description"]!.GetValue<string>(), StringComparison.Ordinal);

        JsonObject Find(string key) => key.Split(':').Aggregate(schema, static (group, name) => (group["properties"]?[name] ?? group["additionalProperties"])!.AsObject());
    }

    [Theory]
    [InlineData("Engine:PingInterval", "00:00:00.0100000", "1.00:00:00")]
    [InlineData("Http:HeaderTimeout", "00:00:00.1000000", "01:00:00")]
    [InlineData("DrainTime", "00:00:00", "01:00:00")]
    [InlineData("Cluster:Nats:ReconnectWait", "00:00:00.0500000", "00:10:00")]
    [InlineData("Cluster:SuspectAfter", null, "00:05:00")]
    [InlineData("Telemetry:Interval", "00:00:01", "01:00:00")]
    [InlineData("Administration:LoopPatience", "00:00:00.1000000", "01:00:00")]
    [InlineData("Plugins:auth:Throttle:MaxDelay", "00:00:00", "00:01:00")]
    public void A_duration_says_what_it_may_be(string key, string? least, string most)
    {
        var found = key.Split(':').Aggregate(SettingsSchema.Create(), static (group, name) => group["properties"]![name]!.AsObject());
        Assert.Equal((least, most), ((string?)found["x-minimum"], (string?)found["x-maximum"]));
    }

    [Fact]
    public void Every_number_and_duration_has_a_range()
    {
        var schema = SettingsSchema.Create();
        List<string> without = [];
        Walk("", schema);
        Assert.Empty(without);

        void Walk(string path, JsonObject node)
        {
            foreach (var (name, inner) in node["properties"]?.AsObject() ?? [])
            {
                if (path.StartsWith("Plugins:", StringComparison.Ordinal) && !path.StartsWith("Plugins:auth", StringComparison.Ordinal))
                {
                    continue;
                }

                if (inner!["pattern"]?.GetValue<string>().Contains("d{1,2}:", StringComparison.Ordinal) is true && inner["x-maximum"] is null)
                {
                    without.Add($"{path}:{name}");
                }

                if (inner!["type"]?.ToJsonString().Contains("integer", StringComparison.Ordinal) is true && inner["minimum"] is null)
                {
                    without.Add($"{path}:{name}");
                }

                Walk($"{path}:{name}".TrimStart(':'), inner.AsObject());
            }
        }
    }

    [Fact]
    public void What_is_set_is_shown_with_its_place_and_without_secrets()
    {
        File.WriteAllText(_file, "{\n  \"Cluster\": { \"Nats\": {\n    \"Servers\": \"nats://node:hidden-4711@nats.example\" } },\n  \"Plugins\": { \"auth\": { \"Sources\": [ { \"Keys\": [ { \"Secret\": \"hidden-4711\", \"SecretFile\": \"/keys/jwt\" } ] } ], \"AllowAnonymous\": true } }\n}");
        var lines = Run("--config", _file, "--Cluster:Secret", "hidden-4711").Split('\n');
        Assert.Contains($"Cluster:Nats:Servers = nats://***@nats.example/  ({_file}:3)", lines);
        Assert.Contains($"Plugins:auth:Sources:0:Keys:0:Secret = ***  ({_file}:4)", lines);
        Assert.Contains($"Plugins:auth:Sources:0:Keys:0:SecretFile = /keys/jwt  ({_file}:4)", lines);
        Assert.Contains("Cluster:Secret = ***  (by an argument)", lines);
        Assert.Contains("IdleTrim = 00:00:10  (the host's own default)", lines);
        Assert.DoesNotContain(lines, static line => line.Contains("4711", StringComparison.Ordinal));
    }

    private static string Run(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" };
        Assert.Equal(0, ConfigCommand.Run(args, output));
        return output.ToString();
    }
}
