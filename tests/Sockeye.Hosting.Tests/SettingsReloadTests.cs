using System.Runtime.InteropServices;

namespace Sockeye.Hosting.Tests;

/// <summary>Settings of the real host that change while it runs.</summary>
public sealed class SettingsReloadTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("sockeye-live").FullName, "sockeye.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public async Task A_file_that_has_changed_is_read_again_and_what_waits_for_a_start_is_named()
    {
        Write("""{ "Limits": { "RoomsPerSocket": 10 } }""");
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --config \"{_file}\"");
        await host.AddressAsync;
        Write("""{ "Limits": { "RoomsPerSocket": 20 }, "Outbox": { "MaxMessages": 5 }, "Logging": { "LogLevel": { "Default": "Debug" } } }""");
        await host.LineAsync("info: Sockeye.Host[2302]");
        Assert.Contains("Holds from now on: Limits:RoomsPerSocket: 10 -> 20", host.Output, StringComparison.Ordinal);
        Assert.Contains("Holds from now on: Logging:LogLevel:Default: Information -> Debug", host.Output, StringComparison.Ordinal);
        Assert.Contains("Waits for the next start: Outbox:MaxMessages", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"Limits\": {", "sockeye.json:1: not JSON")]
    [InlineData("{ \"Limits\": { \"RoomsPerSocket\": 0 } }", "Limits:RoomsPerSocket is 0; it must be 1 to 1048576")]
    [InlineData("{ \"Limits\": { \"RoomPerSocket\": 5 } }", "did you mean Limits:RoomsPerSocket?")]
    [InlineData("{ \"Logging\": { \"LogLevel\": { \"Default\": \"Loud\" } } }", "'Loud' is not one of")]
    public async Task A_file_at_fault_changes_nothing_and_the_next_good_one_does(string text, string told)
    {
        Write("{}");
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --WatchSettings false --config \"{_file}\"");
        await host.AddressAsync;
        Write(text);
        Assert.Equal(0, Kill(host.ProcessId, 1));
        await host.LineAsync("fail: Sockeye.Host[2303] Not taken, and what was read before holds, folders of plugins included: ");
        Assert.Contains(told, host.Output, StringComparison.Ordinal);
        Write("""{ "AckTimeout": "00:00:07" }""");
        Assert.Equal(0, Kill(host.ProcessId, 1));
        await host.LineAsync("info: Sockeye.Host[2307] Holds from now on: AckTimeout: (not set) -> 00:00:07");
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Single(host.Output.Split('\n'), static line => line.Contains("Holds from now on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Routes_and_limits_of_listeners_change_at_once_and_what_has_come_gone_or_moved_waits_for_a_start()
    {
        Write("""{ "Listeners": { "one": { "Url": "http://127.0.0.1:0", "Routes": [ "SocketIO" ] }, "gone": { "Url": "http://127.0.0.1:0", "MaxConnections": 5 } } }""");
        using var host = HostProcess.Start($"--WatchSettings false --Playground true --config \"{_file}\"");
        var url = await host.LinkAsync("one");
        using HttpClient client = new();
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await client.GetAsync(url)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync($"{url}/socket.io/?EIO=4&transport=polling")).StatusCode);
        Write("""{ "Listeners": { "one": { "Url": "http://127.0.0.1:0/", "Routes": [ "Files" ], "MaxConnections": 9 }, "new": { "Url": "http://127.0.0.1:0", "MaxConnections": 7 } } }""");
        Assert.Equal(0, Kill(host.ProcessId, 1));
        await host.LineAsync("info: Sockeye.Host[2302]");
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync(url)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await client.GetAsync($"{url}/socket.io/?EIO=4&transport=polling")).StatusCode);
        Assert.Contains("Holds from now on: Listeners:one:Routes:0: SocketIO -> Files", host.Output, StringComparison.Ordinal);
        Assert.Contains("Holds from now on: Listeners:one:MaxConnections: (not set) -> 9", host.Output, StringComparison.Ordinal);
        Assert.Contains("Waits for the next start: Listeners:gone:MaxConnections, Listeners:gone:Url, Listeners:new:MaxConnections, Listeners:new:Url, Listeners:one:Url", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Holds from now on: Listeners:gone", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Holds from now on: Listeners:new", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_said_to_hold_that_a_plugin_or_the_listener_of_operators_has_not_taken()
    {
        Write($$"""{ "Plugins": { "auth": { "AllowAnonymous": true } }, "Administration": { "Urls": "http://127.0.0.1:0", "Tokens": { "one": "{{new string('0', 64)}}" } } }""");
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --WatchSettings false --config \"{_file}\"");
        await host.AddressAsync;
        Write("""{ "Plugins": { "auth": { "AllowAnonymous": "perhaps" } }, "Administration": { "Urls": "http://127.0.0.1:0" } }""");
        Assert.Equal(0, Kill(host.ProcessId, 1));
        await host.LineAsync($"fail: Sockeye.Server[2083] Plugin auth has refused a changed configuration and goes on with the one before: {_file}:1: Plugins:auth:AllowAnonymous is to be true or false");
        await host.LineAsync("warn: Sockeye.Host[2308] Waits for the next start: Administration (nobody is named any more)");
        Assert.Contains("info: Sockeye.Host[2309] Changed for the plugin auth, which says whether it takes it: Plugins:auth:AllowAnonymous", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Holds from now on", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    /// <summary>Every key that is named as one that may change is an option.</summary>
    [Fact]
    public void What_may_change_is_an_option()
    {
        var live = SockeyeHostingExtensions.ConfigurationKeys().Select(static key => key.Name).Where(ServerReconfiguration.TakesLive).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(["Preset", "ConnectTimeout", "AdmissionTimeout", "AckErrors", "AckTimeout", "MaxHandlerLag", "DrainTime", "PluginDrainTime", "MaxConnections", "Engine:MaxSessions"], StringComparer.Ordinal), live);
        Assert.Superset(new HashSet<string>(["Listeners:NAME:Routes", "Listeners:NAME:MaxConnections"], StringComparer.Ordinal), live);
        Assert.Equal(12, live.Count(static key => !key.StartsWith("Limits:", StringComparison.Ordinal) && !key.StartsWith("Rates:", StringComparison.Ordinal)));
    }

    // In one step, as editors do: what is half written would be told as a fault.
    private void Write(string text)
    {
        File.WriteAllText(_file + ".new", text);
        File.Move(_file + ".new", _file, overwrite: true);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
