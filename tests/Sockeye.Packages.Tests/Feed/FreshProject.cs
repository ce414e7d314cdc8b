using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests.Feed;

/// <summary>The first project of somebody new: <c>dotnet new console</c>, <c>dotnet add package Sockeye</c>, the program of the README.</summary>
public sealed class FreshProject(PackageFeed feed) : IAsyncLifetime
{
    /// <summary>What it became.</summary>
    internal ConsumerProject Project { get; private set; } = null!;

    /// <summary>At which its program listens.</summary>
    public int Port { get; } = SampleProcess.FreePort();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var folder = feed.NewFolder("fresh");
        await CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", "new", "console", "--no-restore"));
        await CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", "add", "package", "Sockeye", "--prerelease"));
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), SampleProcess.OnPort(Readme.InAProject, Port));
        Project = await ConsumerProject.BuildAsync(Path.Combine(folder, "fresh.csproj"));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
