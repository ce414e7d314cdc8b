using System.Runtime.InteropServices;
using System.Text;
using Sockeye.Hosting.Tests;

namespace Sockeye.Plugins.Tests;

/// <summary>Plugins in the standalone host, which is a process of its own.</summary>
public sealed class HostTests : IDisposable
{
    private const int Hangup = 1, Terminate = 15;

    private readonly PluginRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_plugin_is_overwritten_while_it_runs_and_replaced_at_SIGHUP()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = _root.Add("sample", Routed("1.0.0"));
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\"");
        var address = new Uri(await host.AddressAsync);
        await using var client = await RealClient.ConnectAsync(address);
        Assert.Equal("1.0.0", await VersionAsync(client));

        // In place, byte by byte, as cp does: what was mapped would end the process.
        using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write))
        {
            stream.SetLength(0);
            await stream.WriteAsync(new byte[100_000]);
        }

        Assert.Equal("1.0.0", await VersionAsync(client));
        Assert.Equal(0, Kill(host.ProcessId, Hangup));
        await host.LineAsync("fail: Sockeye.Server[2034] A plugin was not loaded, what ran before goes on");
        await host.LineAsync("warn: Sockeye.Host[2345] The settings and plugins were read again, and something of these plugins was not taken, as the lines before say: sample");
        Assert.Equal("1.0.0", await VersionAsync(client));
        _root.Add("sample", Routed("2.0.0"));
        Assert.Equal(0, Kill(host.ProcessId, Hangup));
        await host.LineAsync("info: Sockeye.Server[2032] Plugin sample 2.0.0 was loaded");
        await host.LineAsync("info: Sockeye.Host[2302] The settings and plugins were read again");
        Assert.Equal("2.0.0", await VersionAsync(client));
        Assert.Equal(0, Kill(host.ProcessId, Terminate));
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task The_folder_beside_the_settings_is_taken_and_a_plugin_gets_its_section_again_at_SIGHUP()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _root.Add(Path.Combine("plugins", "sample"), Routed("1.0.0").Replace("\"version\", \"1.0.0\"", "\"version\", context.Configuration[\"Greeting\"]", StringComparison.Ordinal));
        var settings = _root.Write(".", "settings.json", Encoding.UTF8.GetBytes("{\"Plugins\":{\"sample\":{\"Greeting\":\"first\"}}}"));
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --config \"{settings}\"");
        await using var client = await RealClient.ConnectAsync(new Uri(await host.AddressAsync));
        Assert.Equal("first", await VersionAsync(client));
        await File.WriteAllTextAsync(settings, "{ broken");
        Assert.Equal(0, Kill(host.ProcessId, Hangup));
        await host.LineAsync("fail: Sockeye.Host[2303] Not taken, and what was read before holds");
        Assert.Equal("first", await VersionAsync(client));
    }

    [Fact]
    public async Task What_is_wrong_with_a_plugin_is_told_in_a_line_and_ends_the_start()
    {
        _root.Add("sample", "public class Nothing { }");
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\"");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains($"{Path.Combine(_root.Path, "sample")} has no plugin: no class in Sample.dll is marked with [SockeyePlugin].", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plugins_of_the_host_run_when_they_have_a_section_and_read_their_files_again_at_SIGHUP()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _root.Add(Path.Combine("plugins", "sample"), Routed("1.0.0"));
        var rules = _root.Write(".", "rules.json", Renaming("nothing"));
        var settings = _root.Write(".", "settings.json", Encoding.UTF8.GetBytes($$"""{"Plugins":{"auth":{"AllowAnonymous":true,"AnonymousPermissions":["emit * *"]},"routing":{"File":"{{rules}}"} } }"""));
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --config \"{settings}\"");
        await using var client = await RealClient.ConnectAsync(new Uri(await host.AddressAsync));
        await host.LineAsync("info: Sockeye.Server[2031] Plugin auth ");
        await host.LineAsync("info: Sockeye.Server[2031] Plugin routing ");
        await File.WriteAllTextAsync(rules, "{ broken");
        Assert.Equal(0, Kill(host.ProcessId, Hangup));
        await host.LineAsync($"fail: Sockeye.Server[2083] Plugin routing has refused a changed configuration and goes on with the one before: {rules}:1: ");
        await host.LineAsync("info: Sockeye.Plugin.auth[3008] Settings read again, sources: 0");
        await File.WriteAllBytesAsync(rules, Renaming("version"));
        Assert.Equal(0, Kill(host.ProcessId, Hangup));
        await host.LineAsync("info: Sockeye.Server[2082] Plugin routing has taken its configuration again, with the files that it names; its settings are the same as before");
        await client.EmitAsync("[\"ask\"]");
        Assert.Equal("1.0.0", (await client.NextAsync())[1].GetString());
        Assert.DoesNotContain("[3101]", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"auth":{}}""", "Plugins:auth: is empty, so that the plugin would not run")]
    [InlineData("""{"auth":null}""", "Plugins:auth: is empty, so that the plugin would not run")]
    [InlineData("""{"auth":{"Sources":[]}}""", "Plugins:auth:Sources is empty, so that nobody could come in")]
    [InlineData("""{"auth":{"AllowAnonymus":true}}""", "Plugins:auth:AllowAnonymus is no setting; did you mean Plugins:auth:AllowAnonymous?")]
    [InlineData("""{"auth":{"AllowAnonymous":true,"Refusals":"x"}}""", "Plugins:auth:Refusals: 'x' is not one of Event, Ack, Disconnect, Silent")]
    [InlineData("""{"auth":{"AllowAnonymous":true,"WhenFaulted":"Open"}}""", "Plugins:auth:WhenFaulted: is Open, and the plugin protects something: it is declared Closed and stays so")]
    [InlineData("""{"routing":{"rules":[],"whenFaulted":"shut"}}""", "Plugins:routing:WhenFaulted: 'shut' is not one of Open, Closed")]
    [InlineData("""{"atuh":{"AllowAnonymous":true}}""", "Plugins:atuh: is the section of no plugin; did you mean Plugins:auth?")]
    [InlineData("\"auth\"", "Plugins: is one value, and has to have a section for each plugin")]
    [InlineData("""{"routing":{"rules":[{"id":"a","actions":[{"droop":true}]}]}}""", "Plugins:routing:rules:0:actions:0:droop: the action 'droop' is unknown; did you mean 'drop'?")]
    public async Task What_is_wrong_with_the_section_of_a_plugin_is_told_in_a_line_and_ends_the_start(string plugins, string line)
    {
        var settings = _root.Write(".", "settings.json", Encoding.UTF8.GetBytes($$"""{"Plugins":{{plugins}} }"""));
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --config \"{settings}\"");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains(line, host.Output, StringComparison.Ordinal);
        Assert.Contains(settings, host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_cannot_take_the_place_of_a_plugin_of_the_host_that_has_a_section()
    {
        _root.Add("sample", PluginRoot.Source("auth"));
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\" --Plugins:auth:AllowAnonymous true");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains("the id \"auth\" belongs to a plugin that is compiled in", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_without_dynamic_code_refuses_folders_in_a_sentence()
    {
        var configuration = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(WorkingCopy.Built("host", "Sockeye.Host", "Sockeye.Host.runtimeconfig.json")))!;
        configuration["runtimeOptions"]!["configProperties"]!["System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported"] = false;
        var file = _root.Write(".", "ahead.runtimeconfig.json", Encoding.UTF8.GetBytes(configuration.ToJsonString()));
        using var host = HostProcess.StartWith($"--runtimeconfig \"{file}\"", $"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\"");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains($"The folder of plugins {_root.Path} cannot be used: this program was compiled ahead of time (Native AOT)", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    private static byte[] Renaming(string to) => Encoding.UTF8.GetBytes($$"""{"rules":[{"id":"one","match":{"event":"ask"},"actions":[{"rename":"{{to}}"} ]}]}""");

    private static string Routed(string version) => PluginRoot.Source(version: version);

    private static async Task<string?> VersionAsync(RealClient client)
    {
        await client.EmitAsync("[\"version\"]");
        return (await client.NextAsync())[1].GetString();
    }

    private static int Kill(int process, int signal) => kill(process, signal);

#pragma warning disable SYSLIB1054, CA5392, IDE1006 // The name of the system.
    [DllImport("libc")]
    private static extern int kill(int process, int signal);
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}
