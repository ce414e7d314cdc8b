using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>The host as a command.</summary>
public sealed class ToolTests(PackageFeed feed)
{
    [Fact]
    public async Task The_host_is_installed_as_a_tool_answers_and_ends_when_it_is_told_to()
    {
        var (folder, port) = (feed.NewFolder("tool"), SampleProcess.FreePort());
        await CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", "tool", "install", "Sockeye.Host", "--tool-path", folder, "--version", feed.Version));
        var command = CommandLine.Start(folder, Path.Combine(folder, "sockeye"), "--urls", $"http://127.0.0.1:{port}");
        Assert.StartsWith("0{\"sid\":", await SampleProcess.RunAsync(command, port), StringComparison.Ordinal);
    }
}
