using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Sockeye.Packages.Tests.Feed;

namespace Sockeye.Packages.Tests;

/// <summary>What lies in the packages and what they depend on, by the table of docs/packages.md.</summary>
public sealed partial class PackageContentTests(PackageFeed feed)
{
    public static TheoryData<string> Packages => ["Sockeye", "Sockeye.Abstractions", "Sockeye.Cluster.Nats", "Sockeye.Hosting", "Sockeye.Testing", "Sockeye.Host", "Sockeye.Templates", "Sockeye.Plugin.Auth", "Sockeye.Plugin.Routing"];

    [Fact]
    public void Every_project_that_is_a_package_or_part_of_one_is_packed()
    {
        string[] packed = [.. Project().Matches(File.ReadAllText(Path.Combine(WorkingCopy.Root, ".build", "packages.slnf"))).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)];
        string[] projects = [.. new[] { "engine", "plugins", "host" }.Select(top => Path.Combine(WorkingCopy.Root, top)).Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories).SelectMany(folder => Directory.GetFiles(folder, "*.csproj"))
            .Where(file => File.ReadAllText(file) is var text && (text.Contains("<IsPackable>true", StringComparison.Ordinal) || text.Contains("<PackedInto>", StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(WorkingCopy.Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        Assert.Equal(projects, packed);
        Assert.Equal(Packages.Count, Directory.GetFiles(feed.Packages, "*.nupkg").Length);
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_says_what_it_is(string package)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(feed.Packages, $"{package}.{feed.Version}.nupkg"));
        Assert.NotNull(archive.GetEntry("README.md"));
        Assert.NotNull(archive.GetEntry("icon.png"));
        var told = Nuspec(archive);
        Assert.All(["authors", "license", "icon", "readme", "description", "tags", "repository"], name => Assert.Contains(told.Descendants(), element => element.Name.LocalName == name));
    }

    [Fact]
    public void The_server_lies_in_one_package_with_its_documents_and_symbols()
    {
        string[] assemblies = ["Sockeye.EngineIO", "Sockeye.Protocol", "Sockeye.Server", "Sockeye.Transport"];
        Assert.Equal(assemblies.SelectMany(name => new[] { $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml" }), Libraries("nupkg"));
        Assert.Equal(assemblies.Select(name => $"lib/net10.0/{name}.pdb"), Libraries("snupkg"));
    }

    [Fact]
    public void What_the_engine_stands_on_is_hidden_from_the_compiler_and_a_plugin_gets_the_contract_alone()
    {
        Assert.Equal(["Microsoft.Extensions.Configuration.Abstractions", "Microsoft.Extensions.Logging.Abstractions"], Seen("Sockeye.Abstractions"));
        Assert.Equal(["Microsoft.Extensions.Configuration.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Sockeye.Abstractions"], Seen("Sockeye"));
        Assert.Equal(["Sockeye", "Sockeye.Abstractions"], Seen("Sockeye.Testing"));
        Assert.Equal(["Sockeye", "Sockeye.Abstractions"], Seen("Sockeye.Cluster.Nats"));
        Assert.Equal(["Microsoft.IdentityModel.JsonWebTokens", "Sockeye.Abstractions"], Seen("Sockeye.Plugin.Auth"));
        Assert.Equal(["Sockeye.Abstractions"], Seen("Sockeye.Plugin.Routing"));
    }

    private string[] Seen(string package)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(feed.Packages, $"{package}.{feed.Version}.nupkg"));
        return [.. Nuspec(archive).Descendants().Where(element => element.Name.LocalName == "dependency")
            .Where(dependency => (string?)dependency.Attribute("include") is not { } include || include.Contains("Compile", StringComparison.Ordinal))
            .Where(dependency => (string?)dependency.Attribute("exclude") is not { } exclude || !exclude.Contains("Compile", StringComparison.Ordinal))
            .Select(dependency => dependency.Attribute("id")!.Value).Order(StringComparer.Ordinal)];
    }

    private string[] Libraries(string kind)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(feed.Packages, $"Sockeye.{feed.Version}.{kind}"));
        return [.. archive.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private static XDocument Nuspec(ZipArchive archive)
    {
        using var stream = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream);
    }

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex Project();
}
