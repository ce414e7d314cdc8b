using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Sockeye.Packages.Tests.Feed;

/// <summary>The host as <c>./build.ps1 publish single</c> makes it for this machine: its one file, alone in a folder outside of the repository. Published once for all tests of a class.</summary>
/// <param name="feed">Whose folder it lies in, and goes with.</param>
public sealed class SingleFileHost(PackageFeed feed) : IAsyncLifetime
{
    /// <summary>The executable.</summary>
    internal string File { get; private set; } = null!;

    /// <summary>Where programs of that kind unpack what they cannot load from themselves.</summary>
    internal string Unpacked { get; } = feed.NewFolder("unpacked");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var (published, name) = (feed.NewFolder("single"), OperatingSystem.IsWindows() ? "Sockeye.Host.exe" : "Sockeye.Host");
        await CommandLine.RunAsync(CommandLine.Start(WorkingCopy.Root, "dotnet", "publish", Path.Combine(WorkingCopy.Root, "host", "Sockeye.Host"), "-c", "Release",
            "-r", RuntimeInformation.RuntimeIdentifier, "-p:PublishProfile=single", "--tl:off", "-v", "q", "-nologo", "-o", published));
        File = Path.Combine(feed.NewFolder("alone"), name);
        System.IO.File.Move(Path.Combine(published, name), File);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Its start in its folder, on a machine that seems to have no .NET.</summary>
    internal System.Diagnostics.ProcessStartInfo Start(params IEnumerable<string> arguments)
    {
        var start = CommandLine.Start(Path.GetDirectoryName(File)!, File, arguments);
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["DOTNET_ROOT"] = "/nowhere";
        start.Environment["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = Unpacked;
        return start;
    }

    /// <summary>A folder of plugins with one, compiled as an application outside would.</summary>
    /// <param name="source">Of the plugin.</param>
    /// <returns>What <c>--plugins</c> takes.</returns>
    internal string PluginFolder(string source)
    {
        var folder = feed.NewFolder(Path.Combine("loaded", "sample"));
        var compilation = CSharpCompilation.Create("Sample", [CSharpSyntaxTree.ParseText(source)], feed.Consumer.References.Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var result = compilation.Emit(Path.Combine(folder, "Sample.dll"));
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return Path.GetDirectoryName(folder)!;
    }
}
