using System.Reflection;

namespace Sockeye.Architecture.Tests;

/// <summary>The compiler warns of what trimming and Native AOT break, and warnings are errors: these tests hold that it looks, and that nothing is hidden from it.</summary>
public sealed class NativeAotTests
{
    /// <summary>What applications are published with; the executable is published itself, and tests are not.</summary>
    public static TheoryData<string> Libraries => [.. Repository.Projects.Keys.Where(project => project is not ("Sockeye.Host" or "Sockeye.Testing"))];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_is_analysed_for_trimming_and_Native_AOT(string project) => Assert.Contains(
        Assembly.Load(project).GetCustomAttributes<AssemblyMetadataAttribute>(),
        metadata => metadata is { Key: "IsAotCompatible", Value: "True" });

    [Fact]
    public void Applications_keep_what_the_compiler_notes_about_null()
    {
        const string Switch = "<NullabilityInfoContextSupport";
        var folder = Path.GetDirectoryName(Repository.Projects["Sockeye.Abstractions"])!;
        Assert.Contains(Switch, File.ReadAllText(Path.Combine(folder, "buildTransitive", "Sockeye.Abstractions.props")), StringComparison.Ordinal);
        Assert.Contains("PackagePath=\"buildTransitive\"", File.ReadAllText(Repository.Projects["Sockeye.Abstractions"]), StringComparison.Ordinal);
        Assert.Contains(Switch, File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), StringComparison.Ordinal);
    }

    /// <summary>Where warnings are suppressed, with the reason.</summary>
    private static readonly string[] Suppressing =
    [
        "engine/Sockeye.Abstractions/Json/JsonPayloadCodec.cs",             // JsonSerializer.IsReflectionEnabledByDefault guards it
        "engine/Sockeye.Abstractions/Sockets/BesideType.cs",                // RuntimeFeature.IsDynamicCodeSupported guards it
        "engine/Sockeye.Server/Plugins/Loading/FolderPlugins.cs",           // folders of plugins are refused where RuntimeFeature.IsDynamicCodeSupported is false; the page says that such applications are not trimmed
        "engine/Sockeye.Server/Plugins/Loading/PluginAssemblies.cs",        // made by FolderPlugins alone; the method that it overrides cannot say what it needs
        "engine/Sockeye.Server/Plugins/Loading/PluginCode.cs",              // RuntimeFeature.IsDynamicCodeCompiled guards it; asked about plugins of folders alone
        "engine/Sockeye.Server/Plugins/PluginTraces.cs",                    // asked about plugins of folders alone
    ];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Its_warnings_are_suppressed_where_a_feature_switch_guards_the_call_alone(string project)
    {
        string[] found = [.. Repository.SourcesOf(project)
            .Where(path => File.ReadAllText(path) is var text && (text.Contains("UnconditionalSuppressMessage", StringComparison.Ordinal) || text.Contains("warning disable IL", StringComparison.Ordinal)))
            .Select(Repository.Relative)];
        Assert.Empty(found.Except(Suppressing));
        Assert.DoesNotContain("IL2", File.ReadAllText(Repository.Projects[project]), StringComparison.Ordinal);
        Assert.DoesNotContain("IL3", File.ReadAllText(Repository.Projects[project]), StringComparison.Ordinal);
    }
}
