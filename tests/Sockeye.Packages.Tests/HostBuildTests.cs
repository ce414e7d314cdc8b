using System.Runtime.InteropServices;
using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>The host built in the ways that nothing else builds it, each in an output folder of its own, so that neither uses what the other or the tests have built.</summary>
public sealed class HostBuildTests(PackageFeed feed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>With fewer generators and without analyzers: what needs another generator does not compile.</summary>
    [Fact]
    public async Task What_the_first_command_of_the_README_builds_answers_a_handshake()
    {
        var (output, port) = (feed.NewFolder("quick"), SampleProcess.FreePort());
        await CommandLine.RunAsync(CommandLine.Start(WorkingCopy.Root, "dotnet", "build", "@.build/run.rsp", $"-property:ArtifactsPath={output}"));
        var host = CommandLine.Start(output, "dotnet", Path.Combine(output, "bin", "Sockeye.Host", "release", "Sockeye.Host.dll"), "--urls", $"http://127.0.0.1:{port}");
        Assert.StartsWith("0{\"sid\":", await SampleProcess.RunAsync(host, port), StringComparison.Ordinal);
    }

    /// <summary>A debug build, which nothing else makes either: it compiles in half the time, and the compilers look for the same mistakes.</summary>
    [Fact]
    public async Task As_one_native_executable_it_answers_its_page_and_a_client()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // Elsewhere its linker is no package that the tests could install.
        }

        var output = feed.NewFolder("native");
        await CommandLine.RunAsync(CommandLine.Start(WorkingCopy.Root, "dotnet", "publish", Path.Combine("host", "Sockeye.Host"), "-c", "Debug", "-r", RuntimeInformation.RuntimeIdentifier,
            "-p:PublishAot=true", "-p:NativeDebugSymbols=false", "-p:UseArtifactsOutput=true", $"-p:ArtifactsPath={output}", "-o", Path.Combine(output, "host"), "--tl:off", "-v", "q", "-nologo"));

        var address = $"http://127.0.0.1:{SampleProcess.FreePort()}";
        using var host = new RunningHost(CommandLine.Start(output, Path.Combine(output, "host", "Sockeye.Host"), "--urls", address, "--playground"));
        await host.SaysAsync($"Sockeye listens on {address}");
        using HttpClient http = new();
        Assert.Contains("<title>Sockeye playground</title>", await http.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var client = await PollingClient.ConnectAsync(address);
        await client.SendAsync("40/playground,");
        await client.UntilAsync("42/playground,[\"welcome\",").WaitAsync(Patience);
        await client.SendAsync("42/playground,0[\"say\",\"hello\"]");
        await client.UntilAsync("43/playground,0[0]").WaitAsync(Patience);
        await host.SignalAsync("TERM");
        Assert.Equal(0, await host.EndsAsync());
    }
}
