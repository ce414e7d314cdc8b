using System.Globalization;
using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>What <c>dotnet new sockeye</c> makes, installed from the packed package into a place of its own.</summary>
public sealed class TemplateTests(PackageFeed feed)
{
    [Fact]
    public async Task An_application_from_the_template_builds_answers_serves_its_page_and_passes_its_tests()
    {
        var (hive, port) = (Path.Combine(feed.Folder, "hive"), SampleProcess.FreePort());
        var folder = feed.NewFolder("template");
        Task<string> Dotnet(params string[] arguments) => CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", arguments));
        await Dotnet("new", "install", Path.Combine(feed.Packages, $"Sockeye.Templates.{feed.Version}.nupkg"), "--debug:custom-hive", hive);
        await Dotnet("new", "sockeye", "--name", "Chat", "--output", ".", "--port", port.ToString(CultureInfo.InvariantCulture), "--no-update-check", "--debug:custom-hive", hive);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), file => file.Contains("Sockeye-App", StringComparison.Ordinal));

        var settings = await File.ReadAllTextAsync(Path.Combine(folder, "Chat", "Properties", "launchSettings.json"), TestContext.Current.CancellationToken);
        Assert.Contains("\"DOTNET_ENVIRONMENT\": \"Development\"", settings, StringComparison.Ordinal);

        await Dotnet("build", "Chat.slnx", "-warnaserror", "--tl:off", "-v", "q", "-nologo");
        var program = CommandLine.Start(folder, "dotnet", Path.Combine(folder, "Chat", "bin", "Debug", "net10.0", "Chat.dll"));
        Assert.StartsWith("0{\"sid\":", await SampleProcess.RunAsync(program, port), StringComparison.Ordinal);
        Assert.Contains("<title>Chat</title>", await SampleProcess.RunAsync(program, port, "/"), StringComparison.Ordinal);
        Assert.Contains("failed: 0", await Dotnet("test", "--no-build", "--no-progress", "--no-ansi"), StringComparison.Ordinal);

        // A name that is no identifier: its files are called so, its namespace is not.
        await Dotnet("new", "sockeye", "--name", "My-Chat", "--output", "other", "--no-update-check", "--debug:custom-hive", hive);
        Assert.StartsWith("namespace My_Chat", (await File.ReadAllLinesAsync(Path.Combine(folder, "other", "My-Chat", "ChatHandlers.cs"), TestContext.Current.CancellationToken))[2], StringComparison.Ordinal);
        await Dotnet("build", Path.Combine("other", "My-Chat.slnx"), "-warnaserror", "--tl:off", "-v", "q", "-nologo");
    }
}
