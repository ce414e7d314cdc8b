using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Sockeye.Packages.Tests.Feed;

[assembly: AssemblyFixture(typeof(PackageFeed))]

namespace Sockeye.Packages.Tests.Feed;

/// <summary>
/// The packages of this working copy in a feed outside of it, and one project that references them all. Made once for all tests, removed after them.
/// </summary>
/// <remarks>
/// Restored packages go to a folder of its own, and what is none of ours is taken from the machine's cache, where building the tests has put it:
/// no registry is asked. The version is one that nobody has packed before.
/// </remarks>
public sealed class PackageFeed : IAsyncLifetime
{
    /// <summary>The folder that holds everything else.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("sockeye-packages-").FullName;

    /// <summary>The version of the packages.</summary>
    public string Version { get; } = $"0.1.0-test.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Where the packages lie.</summary>
    public string Packages => Path.Combine(Folder, "feed");

    /// <summary>Whose references the samples are compiled against and whose output they run in.</summary>
    internal ConsumerProject Consumer { get; private set; } = null!;

    /// <summary>The same for web applications: those that name <c>Microsoft.NET.Sdk.Web</c>.</summary>
    internal ConsumerProject WebConsumer { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;
        await CommandLine.RunAsync(CommandLine.Start(WorkingCopy.Root, "dotnet", "pack", Path.Combine(WorkingCopy.Root, ".build", "packages.slnf"), "-c", configuration, "--no-build",
            "-o", Packages, $"-p:MinVerVersionOverride={Version}", $"-p:Version={Version}", "--tl:off", "-v", "q", "-nologo"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(Folder, "restored")}" /></config>
              <fallbackPackageFolders><add key="machine" value="{MachineCache()}" /></fallbackPackageFolders>
              <packageSources><clear /><add key="packed" value="{Packages}" /></packageSources>
            </configuration>
            """);
        Consumer = await ConsumerProject.CreateAsync(this);
        WebConsumer = await ConsumerProject.CreateWebAsync(this);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A new empty folder inside of <see cref="Folder"/>, whose projects are restored from the feed.</summary>
    internal string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;

    /// <summary>The version that the working copy pins of a package that is none of ours.</summary>
    internal static string Pinned(string package) => XDocument.Load(Path.Combine(WorkingCopy.Root, "Directory.Packages.props"))
        .Descendants("PackageVersion").Single(line => (string?)line.Attribute("Include") == package).Attribute("Version")!.Value;

    private static string MachineCache() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}

/// <summary>A project outside of the repository, restored from the packed packages and built.</summary>
internal sealed class ConsumerProject
{
    private ConsumerProject(string name, string folder, string output, IReadOnlyList<string> references, IReadOnlyList<string> analyzers, string usings) =>
        (Name, Folder, Output, References, Analyzers, GlobalUsings) = (name, folder, output, references, analyzers, usings);

    /// <summary>The name of its assembly.</summary>
    public string Name { get; }

    public string Folder { get; }

    /// <summary>Where it was built to, with everything that it needs at run time.</summary>
    public string Output { get; }

    /// <summary>The assemblies that its code is compiled against.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>The analyzers and source generators that its code is compiled with.</summary>
    public IReadOnlyList<string> Analyzers { get; }

    /// <summary>The source that the SDK adds for implicit usings.</summary>
    public string GlobalUsings { get; }

    public static async Task<ConsumerProject> CreateAsync(PackageFeed feed)
    {
        var folder = feed.NewFolder("consumer");
        await File.WriteAllTextAsync(Path.Combine(folder, "consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Sockeye" Version="{feed.Version}" />
                <PackageReference Include="Sockeye.Cluster.Nats" Version="{feed.Version}" />
                <PackageReference Include="Sockeye.Hosting" Version="{feed.Version}" />
                <PackageReference Include="Sockeye.Plugin.Auth" Version="{feed.Version}" />
                <PackageReference Include="Sockeye.Plugin.Routing" Version="{feed.Version}" />
                <PackageReference Include="Sockeye.Testing" Version="{feed.Version}" />
                <PackageReference Include="Microsoft.IdentityModel.JsonWebTokens" Version="{PackageFeed.Pinned("Microsoft.IdentityModel.JsonWebTokens")}" />
                <PackageReference Include="SocketIOClient" Version="{PackageFeed.Pinned("SocketIOClient")}" />
                <PackageReference Include="xunit.v3.assert" Version="{PackageFeed.Pinned("xunit.v3")}" />
                <PackageReference Include="xunit.v3.extensibility.core" Version="{PackageFeed.Pinned("xunit.v3")}" />
              </ItemGroup>
            </Project>
            """);

        // The folder that programs of the pages serve, beside the project as they say.
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "wwwroot")).FullName, "index.html"), "<!doctype html>");
        await using (var source = typeof(ConsumerProject).Assembly.GetManifestResourceStream("Program.cs")!)
        await using (var file = File.Create(Path.Combine(folder, "Program.cs")))
        {
            await source.CopyToAsync(file);
        }

        return await BuildAsync(Path.Combine(folder, "consumer.csproj"));
    }

    /// <summary>A web application that references what a page's does.</summary>
    public static async Task<ConsumerProject> CreateWebAsync(PackageFeed feed)
    {
        var folder = feed.NewFolder("web");
        await File.WriteAllTextAsync(Path.Combine(folder, "web.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Sockeye.Hosting" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), "WebApplication.Create(args).Run();");
        return await BuildAsync(Path.Combine(folder, "web.csproj"));
    }

    /// <summary>Restores and builds a project that lies below the feed's folder.</summary>
    public static async Task<ConsumerProject> BuildAsync(string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        var told = await CommandLine.RunAsync(CommandLine.Start(folder, "dotnet", "msbuild", project, "-restore", "-t:Build", "-v:q", "-nologo", "-warnaserror",
            "-getItem:ReferencePathWithRefAssemblies", "-getItem:Analyzer", "-getProperty:TargetDir", "-getProperty:IntermediateOutputPath"));
        using var json = JsonDocument.Parse(told[told.IndexOf('{', StringComparison.Ordinal)..]);
        string[] Items(string name) => [.. json.RootElement.GetProperty("Items").GetProperty(name).EnumerateArray().Select(item => item.GetProperty("FullPath").GetString()!)];
        string Property(string name) => json.RootElement.GetProperty("Properties").GetProperty(name).GetString()!.Replace('\\', '/');
        var usings = Path.Combine(folder, Property("IntermediateOutputPath"), Path.GetFileNameWithoutExtension(project) + ".GlobalUsings.g.cs");
        return new ConsumerProject(Path.GetFileNameWithoutExtension(project), folder, Property("TargetDir"), Items("ReferencePathWithRefAssemblies"), Items("Analyzer"), await File.ReadAllTextAsync(usings));
    }
}
