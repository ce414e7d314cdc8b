using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>The host as one file with the runtime in it, started where nothing of the repository and no .NET is.</summary>
public sealed class SingleFileTests(SingleFileHost one, PackageFeed feed) : IClassFixture<SingleFileHost>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const string Plugin = """
        using System.Threading;
        using System.Threading.Tasks;
        using Sockeye;
        using Sockeye.Plugins;

        [SockeyePlugin("sample", "1.2.3")]
        public sealed class Sample : ISockeyePlugin
        {
            public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
            {
                // A type of the runtime that the host does not use itself: nothing is trimmed.
                context.Server.OnWithAck("least", (int[] numbers) => new System.Collections.Generic.PriorityQueue<int, int>(System.Linq.Enumerable.Select(numbers, number => (number, number))).Dequeue());
                return ValueTask.CompletedTask;
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
        """;

    [Fact]
    public async Task It_serves_clients_operators_its_pages_and_a_plugin_from_a_folder_and_drains_on_SIGTERM()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // No signals.
        }

        var (clients, operators) = ($"http://127.0.0.1:{SampleProcess.FreePort()}", $"http://127.0.0.1:{SampleProcess.FreePort()}");
        using var host = new RunningHost(one.Start("--urls", clients, "--admin", operators, "--playground", "--plugins", one.PluginFolder(Plugin)));
        await host.SaysAsync("Plugin sample 1.2.3 was loaded");
        await host.SaysAsync($"Operators reach it on {operators}");
        using HttpClient http = new();
        Assert.Contains("\"ok\"", await http.GetStringAsync(new Uri(operators + "/readyz"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("<title>Sockeye playground</title>", await http.GetStringAsync(new Uri(clients + "/"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("class Pool", await http.GetStringAsync(new Uri(clients + "/source/Pool.cs"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("<title>", await http.GetStringAsync(new Uri(operators + "/"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("sockeye_connections", await http.GetStringAsync(new Uri(operators + "/metrics"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var client = await PollingClient.ConnectAsync(clients);
        Assert.Equal("[1]", await client.AskAsync("[\"least\",[3,1,2]]").WaitAsync(Patience));
        Assert.Equal(0, (await CommandLine.TryAsync(one.Start("health", "--admin", operators))).Code);

        var told = client.NextAsync();
        await host.SignalAsync("TERM");
        Assert.Equal("1", await told.WaitAsync(Patience));
        Assert.Equal(0, await host.EndsAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(one.Unpacked));
        Assert.Equal([one.File], Directory.GetFileSystemEntries(Path.GetDirectoryName(one.File)!));
    }

    [Fact]
    public async Task Its_check_names_file_and_line_and_ends_with_2()
    {
        var file = Path.Combine(feed.NewFolder("broken"), "sockeye.json");
        await File.WriteAllTextAsync(file, "{\n  \"MaxConnection\": 5\n}", TestContext.Current.CancellationToken);
        var (code, output) = await CommandLine.TryAsync(one.Start("check", "--config", file));
        Assert.Equal(2, code);
        Assert.Contains($"{file}:2: MaxConnection: unknown key; did you mean MaxConnections?", output, StringComparison.Ordinal);
        (code, output) = await CommandLine.TryAsync(one.Start("--config", file));
        Assert.Equal(2, code);
        Assert.StartsWith($"Sockeye.Host: {file}:2: ", output, StringComparison.Ordinal);
    }
}
