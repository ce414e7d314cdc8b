using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Sockeye.Architecture.Tests;

/// <summary>The projects use each other through what they publish (docs/adr/0034-the-seam.md).</summary>
public sealed class InternalsTests
{
    /// <summary>Who may look inside: the owner, the friend, and why.</summary>
    private static readonly (string Owner, string Friend, string Reason)[] Allowed =
    [
        ("Sockeye.Abstractions", "Sockeye.Server", "the contract's core members have one implementation (docs/adr/0006-internal-seam.md)"),
        ("Sockeye.Abstractions", "Sockeye.Testing", "its client writes and reads events with the contract's own code"),
        ("Sockeye.Server", "Sockeye.Testing", "a server in memory, whose handlers' failures reach the test"),
        ("Sockeye.Testing", "Sockeye.Server.Tests", "tests"),
        ("Sockeye.Testing", "Sockeye.Benchmarks", "benchmarks"),
        ("Sockeye.Abstractions", "Sockeye.Abstractions.Tests", "tests"),
        ("Sockeye.Abstractions", "Sockeye.Server.Tests", "tests"),
        ("Sockeye.Cluster.Nats", "Sockeye.Cluster.Nats.Tests", "tests"),
        ("Sockeye.EngineIO", "Sockeye.EngineIO.Tests", "tests"),
        ("Sockeye.Host", "Sockeye.Host.Tests", "tests"),
        ("Sockeye.Hosting", "Sockeye.Hosting.Tests", "tests"),
        ("Sockeye.Plugin.Auth", "Sockeye.Plugin.Auth.Tests", "tests"),
        ("Sockeye.Plugin.Routing", "Sockeye.Plugin.Routing.Tests", "tests"),
        ("Sockeye.Protocol", "Sockeye.Protocol.Tests", "tests"),
        ("Sockeye.Server", "Sockeye.Server.Tests", "tests"),
        ("Sockeye.Transport", "Sockeye.Transport.Tests", "tests"),
    ];

    private static readonly string[] AllowedPairs = [.. Allowed.Select(known => $"{known.Owner} to {known.Friend}").Order(StringComparer.Ordinal)];

    [Fact]
    public void The_project_files_let_nobody_in_but_those_that_have_a_reason()
    {
        string[] found = [.. new[] { "engine", "plugins", "host", "tests", "perf" }
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .SelectMany(path => XDocument.Load(path).Descendants("InternalsVisibleTo")
                .Select(friend => $"{Path.GetFileNameWithoutExtension(path)} to {friend.Attribute("Include")?.Value}"))
            .Order(StringComparer.Ordinal)];
        Assert.Equal(AllowedPairs, found);
    }

    [Fact]
    public void The_built_assemblies_let_nobody_in_whom_the_project_files_do_not_name()
    {
        string[] found = [.. Repository.Projects.Keys
            .Where(project => project != "Sockeye.Host")
            .SelectMany(project => Assembly.Load(project).GetCustomAttributes<InternalsVisibleToAttribute>()
                .Select(friend => $"{project} to {friend.AssemblyName}"))];
        Assert.NotEmpty(found);
        Assert.Empty(found.Except(AllowedPairs));
    }

    /// <summary>Looks for objects of a plugin that is to be unloaded, in the fields of the contract's closures; it reads types, and changes nothing (docs/adr/0053-plugins-of-folders.md).</summary>
    private const string Traces = "engine/Sockeye.Server/Plugins/PluginTraces.cs";

    /// <summary>Has the methods of a plugin compiled; it calls none (docs/adr/0079-pauses.md).</summary>
    private const string Code = "engine/Sockeye.Server/Plugins/Loading/PluginCode.cs";

    [Fact]
    public void Nobody_comes_in_by_a_back_door()
    {
        string[] found = [.. Repository.Projects.Keys
            .SelectMany(Repository.SourcesOf)
            .Where(path => File.ReadAllText(path) is var text && (text.Contains("BindingFlags.NonPublic", StringComparison.Ordinal)
                || text.Contains("UnsafeAccessor", StringComparison.Ordinal) || text.Contains("IgnoresAccessChecksTo", StringComparison.Ordinal)))
            .Select(Repository.Relative)];
        Assert.Equal([Code, Traces], found.Order(StringComparer.Ordinal));
    }
}
