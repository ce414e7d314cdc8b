using System.Globalization;
using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>What <c>dotnet new sockeye-plugin</c> makes, from the packed package, in the host as it is installed: the ten minutes of docs/plugins.md.</summary>
public sealed class PluginTemplateTests(PackageFeed feed)
{
    [Fact]
    public async Task A_plugin_from_the_template_passes_its_tests_answers_in_the_host_and_is_replaced_while_its_client_stays()
    {
        var (folder, hive) = (feed.NewFolder("plugin"), Path.Combine(feed.Folder, "plugin-hive"));
        Task<string> Dotnet(params string[] arguments) => CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", arguments));
        await Dotnet("new", "install", Path.Combine(feed.Packages, $"Sockeye.Templates.{feed.Version}.nupkg"), "--debug:custom-hive", hive);
        await Dotnet("new", "sockeye-plugin", "--name", "Hello", "--output", ".", "--no-update-check", "--debug:custom-hive", hive);
        Assert.Equal(
            Documents.In("csharp").First(block => block.Page == "docs/plugins.md").Text.TrimEnd(),
            (await File.ReadAllTextAsync(Path.Combine(folder, "Hello", "Plugin.cs"), TestContext.Current.CancellationToken)).TrimEnd());
        await Dotnet("build", "Hello.slnx", "-warnaserror", "--tl:off", "-v", "q", "-nologo");
        Assert.Contains("failed: 0", await Dotnet("test", "--no-build", "--no-progress", "--no-ansi"), StringComparison.Ordinal);

        await PublishAsync(folder);
        Assert.Equal(["Hello.deps.json", "Hello.dll", "Hello.pdb", "Hello.runtimeconfig.json"], Directory.GetFiles(Path.Combine(folder, "plugins", "hello")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        if (OperatingSystem.IsWindows())
        {
            return; // No signals.
        }

        await Dotnet("tool", "install", "Sockeye.Host", "--tool-path", "tools", "--version", feed.Version);
        Assert.EndsWith("; plugins hello", (await CheckAsync("check")).Output.TrimEnd(), StringComparison.Ordinal);
        var (code, faults) = await CheckAsync("check", "--Plugins:hello:Greting", "Hi");
        Assert.Equal((2, "Plugins:hello:Greting: unknown key; did you mean Greeting? (by an argument)"), (code, faults.Trim()));
        var address = $"http://127.0.0.1:{SampleProcess.FreePort().ToString(CultureInfo.InvariantCulture)}";

        // Read at the signal alone: the file of settings, which changes before the plugin is published, would bring a generation of the old one.
        using var host = new RunningHost(CommandLine.Start(folder, Path.Combine(folder, "tools", "sockeye"), "--urls", address, "--WatchSettings", "false"));
        await host.SaysAsync("Plugin hello 1.0.0 was loaded");
        await host.SaysAsync("Generation 1 greets with Hello");
        await host.SaysAsync(address);
        using var client = await PollingClient.ConnectAsync(address);
        Assert.Equal("[\"Hello, Ann!\"]", await client.AskAsync("[\"hello\",\"Ann\"]"));
        await client.SendAsync("42[\"shout\"]");
        Assert.Equal("42[\"sockeye:refused\",{\"event\":\"shout\",\"reason\":\"Nobody may send that here.\",\"code\":\"refused\"}]", await client.NextAsync());
        Assert.Equal("generation 1: 2 events\n", await StatusAsync(address));

        // Another version, and other settings: one signal for both.
        await ReplaceAsync(Path.Combine(folder, "Hello", "Plugin.cs"), "{name}!", "{name}, again!");
        await ReplaceAsync(Path.Combine(folder, "sockeye.json"), "\"Hello\"", "\"Welcome\"");
        await PublishAsync(folder);
        await host.SignalAsync("HUP");
        await host.SaysAsync("Generation 2 greets with Welcome");
        await host.SaysAsync("The settings and plugins were read again");
        Assert.Equal("[\"Welcome, Ann, again!\"]", await client.AskAsync("[\"hello\",\"Ann\"]"));
        Assert.Equal("generation 2: 1 events\n", await StatusAsync(address));

        await host.SignalAsync("TERM");
        Assert.Equal(0, await host.EndsAsync());

        Task<(int Code, string Output)> CheckAsync(params string[] arguments) => CommandLine.TryAsync(CommandLine.Start(folder, Path.Combine(folder, "tools", "sockeye"), arguments));

        Task PublishAsync(string within) => CommandLine.RunAsync(CommandLine.Start(within, "dotnet", "publish", "Hello", "-o", "plugins/hello", "-warnaserror", "--tl:off", "-v", "q", "-nologo"));
    }

    [Theory]
    [InlineData("Acme.Words", "acme-words", "Acme.Words")]
    [InlineData("My-Plugin", "my-plugin", "My_Plugin")]
    [InlineData("7up", "up", "_7up")]
    public async Task The_id_of_a_plugin_comes_from_the_name_of_its_project(string name, string id, string space)
    {
        var (folder, hive) = (feed.NewFolder("plugin-" + id), Path.Combine(feed.Folder, "hive-" + id));
        await CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", "new", "install", Path.Combine(feed.Packages, $"Sockeye.Templates.{feed.Version}.nupkg"), "--debug:custom-hive", hive));
        await CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", "new", "sockeye-plugin", "--name", name, "--output", ".", "--no-update-check", "--debug:custom-hive", hive));
        var source = await File.ReadAllTextAsync(Path.Combine(folder, name, "Plugin.cs"), TestContext.Current.CancellationToken);
        Assert.Contains($"[SockeyePlugin(\"{id}\", \"1.0.0\")]", source, StringComparison.Ordinal);
        Assert.Contains($"namespace {space};", source, StringComparison.Ordinal);
        Assert.Contains($"\"{id}\": {{", await File.ReadAllTextAsync(Path.Combine(folder, "sockeye.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<string> StatusAsync(string address)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(address + "/plugins/hello/status"), TestContext.Current.CancellationToken);
    }

    private static async Task ReplaceAsync(string file, string old, string text)
    {
        var before = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains(old, before, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, before.Replace(old, text, StringComparison.Ordinal), TestContext.Current.CancellationToken);
    }
}
