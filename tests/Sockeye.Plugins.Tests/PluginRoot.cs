using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Sockeye.Plugins;

namespace Sockeye.Plugins.Tests;

/// <summary>A folder of plugins that a test fills, gone with it. Plugins are compiled from text against the contract.</summary>
internal sealed class PluginRoot : IDisposable
{
    private static readonly MetadataReference[] s_references = [.. References()];

    public PluginRoot() => Path = Directory.CreateTempSubdirectory("sockeye-plugins-").FullName;

    public string Path { get; }

    /// <summary>The text of a plugin.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="version">Its version, which it also answers to the event "version".</param>
    /// <param name="start">What it does when it starts.</param>
    /// <param name="members">More of its class.</param>
    /// <param name="interfaces">More that it implements.</param>
    public static string Source(string id = "sample", string version = "1.0.0", string start = "", string members = "", string interfaces = "") => $$"""
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using Sockeye;
        using Sockeye.Plugins;

        [SockeyePlugin("{{id}}", "{{version}}")]
        public sealed class Sample : ISockeyePlugin{{interfaces}}
        {
            {{members}}

            public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
            {
                context.Server.On("version", (SockeyeSocket socket) => { socket.Emit("version", "{{version}}"); });
                {{start}}
                return ValueTask.CompletedTask;
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
        """;

    /// <summary>A folder below it.</summary>
    public string Folder(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(path).FullName
            : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    /// <summary>Compiles an assembly into a folder.</summary>
    /// <returns>Its file.</returns>
    public string Add(string folder, string source, string assembly = "Sample", Platform platform = Platform.AnyCpu, params string[] references) =>
        Write(folder, assembly + ".dll", Compile(source, assembly, platform, references));

    /// <summary>Writes a file that only this user may write.</summary>
    public string Write(string folder, string name, byte[] bytes)
    {
        var path = System.IO.Path.Combine(Folder(folder), name);
        File.WriteAllBytes(path, bytes);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }

    public static byte[] Compile(string source, string assembly = "Sample", Platform platform = Platform.AnyCpu, params string[] references)
    {
        var compilation = CSharpCompilation.Create(
            assembly, [CSharpSyntaxTree.ParseText(source)], [.. s_references, .. references.Select(path => MetadataReference.CreateFromFile(path))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, platform: platform));
        using var bytes = new MemoryStream();
        var result = compilation.Emit(bytes);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return bytes.ToArray();
    }

    /// <summary>As <see cref="Add"/>, with symbols beside the assembly: the source is Sample.cs.</summary>
    public void AddWithSymbols(string folder, string source)
    {
        var compilation = CSharpCompilation.Create(
            "Sample", [CSharpSyntaxTree.ParseText(source, path: "Sample.cs", encoding: System.Text.Encoding.UTF8)], s_references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using MemoryStream assembly = new(), symbols = new();
        var result = compilation.Emit(assembly, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        Write(folder, "Sample.dll", assembly.ToArray());
        Write(folder, "Sample.pdb", symbols.ToArray());
    }

    /// <summary>A server with the plugins of this folder, not started.</summary>
    public SockeyeServer Server(AwaitedLog? log = null, Action<SockeyeBuilder>? build = null) => SockeyeServer.Create("http://127.0.0.1:0", builder =>
    {
        builder.AddPluginFolder(Path);
        builder.LoggerFactory = log ?? new AwaitedLog();

        // A machine that is busy with other tests is no fault of the plugin.
        builder.Options.Hooks.Budget = TimeSpan.FromSeconds(30);
        build?.Invoke(builder);
    });

    /// <summary>What a start says is wrong.</summary>
    public async Task<string> FaultAsync()
    {
        await using var server = Server();
        var fault = await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        return Assert.Single(fault.Faults);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static IEnumerable<MetadataReference> References()
    {
        var folder = System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach (var path in Directory.GetFiles(folder, "*.dll"))
        {
            using var image = new PEReader(File.OpenRead(path));
            if (image.HasMetadata)
            {
                yield return MetadataReference.CreateFromFile(path);
            }
        }

        foreach (var type in new[] { typeof(ISockeyePlugin), typeof(Microsoft.Extensions.Logging.ILogger), typeof(Microsoft.Extensions.Configuration.IConfigurationSection) })
        {
            yield return MetadataReference.CreateFromFile(type.Assembly.Location);
        }
    }
}
