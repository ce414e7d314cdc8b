using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Lifecycle;
using Sockeye.Host.Settings;
using Sockeye.Host.Tests.Administration;

namespace Sockeye.Host.Tests.Settings;

public sealed class SettingsReloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-settings").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_reading_has_read_the_files_that_it_finds_named_and_those_that_are_at_fault()
    {
        var file = Path.Combine(_folder, "sockeye.json");
        var secret = Path.Combine(_folder, "secret");
        File.WriteAllText(file, "{}");
        File.WriteAllText(secret, "canary-4711");
        await using var host = await OperatedHost.StartAsync(_ => { });
        string[] args = ["--config", file];
        var settings = HostConfiguration.Read(args);
        List<FileStamps> read = [];
        var systemd = new SystemdNotifier(null, host.Get<ILoggerFactory>().CreateLogger("Sockeye.Host"));
        using var reload = new SettingsReload(args, settings, host.Server, null, host.Configuration, systemd, host.Get<ILoggerFactory>()) { Reading = read.Add };
        File.WriteAllText(file, $$"""{ "Plugins": { "auth": { "Sources": [ { "Type": "Http", "SecretFile": "{{secret}}" } ] } } }""");
        await reload.RunAsync();
        Assert.Equal(FileStamps.Of(settings), read[^1]);

        File.WriteAllText(file, "{ broken");
        await reload.RunAsync();
        Assert.Equal(FileStamps.Of(settings), read[^1]);
    }

    [Fact]
    public async Task A_plugin_that_cannot_be_loaded_is_told_by_the_plugins_alone_and_the_settings_are_taken()
    {
        var plugins = Directory.CreateDirectory(Path.Combine(_folder, "plugins")).FullName;
        await using var host = await OperatedHost.StartAsync(clients => clients.Configure(server => server.AddPluginFolder(plugins)));
        string[] args = ["--config", Path.Combine(_folder, "sockeye.json")];
        File.WriteAllText(args[1], "{}");
        var systemd = new SystemdNotifier(null, host.Get<ILoggerFactory>().CreateLogger("Sockeye.Host"));
        using var reload = new SettingsReload(args, HostConfiguration.Read(args), host.Server, null, host.Configuration, systemd, host.Get<ILoggerFactory>());
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(plugins, "broken")).FullName, "Broken.dll"), [1, 2, 3]);
        await reload.RunAsync();
        Assert.Single(host.Server.Plugins.Failures);
        Assert.True(host.Configuration.Last.IsTaken);
        Assert.Contains("Broken.dll", await host.Log.Line("A plugin was not loaded, "), StringComparison.Ordinal);
        Assert.Contains($"The settings and plugins were read again, and something of these plugins was not taken, as the lines before say: {Path.Combine(plugins, "broken")}", host.Log.Lines);
        Assert.DoesNotContain(host.Log.Lines, static line => line.StartsWith("Not taken", StringComparison.Ordinal));
        var page = await host.Http.GetStringAsync(new Uri(host.Operators + "/metrics"));
        Assert.Contains("sockeye_health{check=\"configuration\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("sockeye_health{check=\"plugins\"} 0\n", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Cluster": { "Nats": {} } }""", "Cluster:Nats: is empty, and this server would stand alone; write Cluster:Nats:Servers,")]
    [InlineData("""{ "Telemetry": {} }""", "Telemetry: does not say where to send")]
    public async Task An_empty_section_is_told_once_and_nothing_is_taken(string text, string fault)
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        string[] args = ["--config", Path.Combine(_folder, "sockeye.json")];
        File.WriteAllText(args[1], "{}");
        var systemd = new SystemdNotifier(null, host.Get<ILoggerFactory>().CreateLogger("Sockeye.Host"));
        using var reload = new SettingsReload(args, HostConfiguration.Read(args), host.Server, null, host.Configuration, systemd, host.Get<ILoggerFactory>()) { Taken = _ => Assert.Fail("Nothing is to be taken.") };
        File.WriteAllText(args[1], text);
        await reload.RunAsync();
        Assert.Contains(fault, Assert.Single(host.Log.Lines, static line => line.StartsWith("Not taken", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "atuh": { "AllowAnonymous": true } }""", "Plugins:atuh: is the section of no plugin; did you mean Plugins:auth?")]
    [InlineData("""{ "auth": null }""", "Plugins:auth: is empty, so that the plugin would not run; leave the section out where that is meant")]
    [InlineData("""{ "auth": { "AllowAnonymous": true, "Refusals": "Loud" } }""", "Plugins:auth:Refusals: 'Loud' is not one of Event, Ack, Disconnect, Silent")]
    [InlineData("""{ "auth": { "AllowAnonymous": true, "WhenFaulted": "Open" } }""", "Plugins:auth:WhenFaulted: is Open, and the plugin protects something: it is declared Closed and stays so")]
    public async Task A_faulty_section_of_a_plugin_leaves_all_settings_as_they_were(string plugins, string fault)
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        string[] args = ["--config", Path.Combine(_folder, "sockeye.json")];
        File.WriteAllText(args[1], "{}");
        var settings = HostConfiguration.Read(args);
        var systemd = new SystemdNotifier(null, host.Get<ILoggerFactory>().CreateLogger("Sockeye.Host"));
        using var reload = new SettingsReload(args, settings, host.Server, null, host.Configuration, systemd, host.Get<ILoggerFactory>()) { Taken = _ => Assert.Fail("Nothing is to be taken.") };
        File.WriteAllText(args[1], $$"""{ "MaxConnections": 100, "Plugins": {{plugins}} }""");
        await reload.RunAsync();
        Assert.Contains(fault, Assert.Single(host.Log.Lines, static line => line.StartsWith("Not taken", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.False(host.Configuration.Last.IsTaken);
        Assert.Null(settings["MaxConnections"]);
    }

    [Fact]
    public async Task A_file_that_was_read_and_has_gone_takes_nothing_with_it_whether_it_was_named_or_not()
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        using var settings = (ConfigurationRoot)new ConfigurationBuilder().Add(Unnamed()).Build();
        using var without = (ConfigurationRoot)new ConfigurationBuilder().Add(Unnamed()).Build();
        Assert.Empty(HostConfiguration.Gone(settings, without));

        // It may come while the host runs, and is missed from then on.
        var file = Path.Combine(_folder, "sockeye.json");
        File.WriteAllText(file, "{}");
        using var with = (ConfigurationRoot)new ConfigurationBuilder().Add(Unnamed()).Build();
        Assert.Empty(HostConfiguration.Gone(settings, with));
        HostConfiguration.Take(settings, with);
        Assert.Equal($"the configuration file '{file}' does not exist any more; {{}} in it stands for all defaults", Assert.Single(HostConfiguration.Gone(settings, without)).Message);

        SettingsSource Unnamed()
        {
            SettingsSource source = new() { Path = Path.Combine(_folder, "sockeye.json"), Optional = true };
            source.ResolveFileProvider();
            return source;
        }
    }

    [Fact]
    public void A_plugin_is_named_once_where_a_folder_has_the_id_of_one_that_comes_with_the_host()
    {
        var plugin = Directory.CreateDirectory(Path.Combine(_folder, "plugins", "auth")).FullName;
        File.Copy(typeof(Sockeye.Plugin.Auth.AuthPlugin).Assembly.Location, Path.Combine(plugin, "Auth.dll"));
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Plugins:guard:Min", "1")]).Build();
        string[] folders = [Path.Combine(_folder, "plugins")];
        Assert.Equal(["Plugins:guard: is the section of no plugin; there are auth, routing"], BuiltInPlugins.SectionFaults(settings, folders));
        Assert.Equal(["Plugins:guard: is the section of no plugin; there are auth, routing, and no folder of plugins"], BuiltInPlugins.SectionFaults(settings, []));

        // A second copy is at fault, and not the plugin of that section; one that cannot be read may be.
        File.Copy(Path.Combine(plugin, "Auth.dll"), Path.Combine(Directory.CreateDirectory(plugin + "-copy").FullName, "Auth.dll"));
        Assert.Single(BuiltInPlugins.SectionFaults(settings, folders));
        Directory.CreateDirectory(Path.Combine(_folder, "plugins", "guard"));
        Assert.Empty(BuiltInPlugins.SectionFaults(settings, folders));
    }

    [Theory]
    [InlineData("Plugins:auth:Refusals", false, null)]
    [InlineData("plugins:routing:whenfaulted", false, null)]
    [InlineData("Plugins:auth:Roles:Refusals", true, "auth")]
    [InlineData("Plugins:hello:Refusals", true, "hello")]
    public void What_the_section_of_a_plugin_of_the_host_says_to_the_engine_waits_for_the_next_start(string key, bool isLive, string? plugin)
    {
        var change = new SettingChange(key, "Event", "Ack");
        Assert.Equal((isLive, plugin), (change.IsLive, change.Plugin));
    }

    [Theory]
    [InlineData("{}", """{ "WatchSettings": true, "LogFormat": "text", "Logging": { "LogLevel": { "Default": "information" } } }""")]
    [InlineData("""{ "WatchSettings": true }""", "{}")]
    [InlineData("{}", """{ "Engine": { "PingInterval": "00:00:25" }, "ConnectTimeout": "0:0:45", "Preset": "none", "Urls": [ "http://127.0.0.1:3000" ], "WatchPlugins": "False" }""")]
    [InlineData("""{ "Development": true }""", """{ "Development": "True", "Playground": true }""")]
    [InlineData("""{ "Administration": { "Urls": "http://127.0.0.1:3900" } }""", """{ "Administration": { "LoopPatience": "0:0:5", "MaxConnections": 256, "ReadyFailsOn": [ "server", "loops" ] } }""")]
    [InlineData("""{ "Listeners": { "a": { "Url": "http://127.0.0.1:1", "MaxConnections": 10 } } }""", """{ "Listeners": { "a": { "Url": "http://127.0.0.1:1", "MaxConnections": "010" } } }""")]
    [InlineData("""{ "Cluster": { "Nats": { "Servers": "nats://127.0.0.1:1" } } }""", """{ "Cluster": { "Nats": { "Servers": [ "nats://127.0.0.1:1" ], "AllowPlaintext": false } } }""")]
    [InlineData("""{ "Telemetry": { "Endpoint": "http://127.0.0.1:1" } }""", """{ "Telemetry": { "Endpoint": "http://127.0.0.1:1", "Metrics": true } }""")]
    [InlineData("""{ "Plugins": { "auth": { "AllowAnonymous": true } } }""", """{ "Plugins": { "auth": { "AllowAnonymous": "True", "Refusals": "event", "WhenFaulted": "Closed", "SingleSession": "off", "Refresh": { "Lead": "0:1:0" }, "Throttle": { "FreeFailures": 10 } } } }""")]
    [InlineData("""{ "Plugins": { "auth": { "Sources": [ { "Type": "Jwt", "ClockSkew": "00:00:10" } ] } } }""", """{ "Plugins": { "auth": { "Sources": [ { "Type": "jwt", "ClockSkew": "0:0:10" } ] } } }""")]
    [InlineData("""{ "Plugins": { "routing": { "file": "rules.json" } } }""", """{ "Plugins": { "routing": { "file": "rules.json", "Refusals": "Event" } } }""")]
    public void A_setting_that_comes_to_the_same_has_not_changed(string before, string after) => Assert.Empty(Changes(before, after));

    [Theory]
    [InlineData("{}", """{ "WatchSettings": false }""", "WatchSettings")]
    [InlineData("{}", """{ "Administration": { "Urls": "http://127.0.0.1:3900" } }""", "Administration:Urls")]
    [InlineData("{}", """{ "Telemetry": { "Metrics": true } }""", "Telemetry:Metrics")]
    [InlineData("{}", """{ "Preset": "Hardened", "ConnectTimeout": "00:00:45" }""", "ConnectTimeout")]
    [InlineData("""{ "Urls": [ "http://127.0.0.1:1", "http://127.0.0.1:2" ] }""", """{ "Urls": [ "http://127.0.0.1:1" ] }""", "Urls:1")]
    [InlineData("""{ "Listeners": { "a": { "Url": "http://127.0.0.1:1" } } }""", """{ "Urls": "http://127.0.0.1:3000", "Listeners": { "a": { "Url": "http://127.0.0.1:1" } } }""", "Urls")]
    [InlineData("""{ "IdleTrim": null }""", """{ "IdleTrim": "00:00:10" }""", "IdleTrim")]
    [InlineData("{}", """{ "Plugins": { "auth": { "AllowAnonymous": false } } }""", "Plugins:auth:AllowAnonymous")]
    [InlineData("""{ "Plugins": { "auth": { "AllowAnonymous": true } } }""", """{ "Plugins": { "auth": { "AllowAnonymous": false } } }""", "Plugins:auth:AllowAnonymous")]
    [InlineData("""{ "Plugins": { "auth": { "Namespaces": [ { "Match": "/a" } ], "AllowAnonymous": true } } }""", """{ "Plugins": { "auth": { "Namespaces": [ { "Match": "/a", "Anonymous": false } ], "AllowAnonymous": true } } }""", "Plugins:auth:Namespaces:0:Anonymous")]
    [InlineData("""{ "Plugins": { "other": { "X": "a" } } }""", """{ "Plugins": { "other": { "X": "A" } } }""", "Plugins:other:X")]
    public void A_default_that_turns_something_on_or_did_not_hold_is_a_change(string before, string after, string key) =>
        Assert.Contains(Changes(before, after), change => change.Key == key);

    private IReadOnlyList<SettingChange> Changes(string before, string after) => SettingChanges.Between(Of(before), Of(after));

    private Dictionary<string, string?> Of(string json)
    {
        var file = Path.Combine(_folder, "sockeye.json");
        File.WriteAllText(file, json);
        return SettingChanges.Of(HostConfiguration.ReadSources(["--config", file]));
    }
}
