using System.Text;
using Microsoft.CodeAnalysis;

namespace Sockeye.Plugins.Tests;

/// <summary>What is in a folder and is no plugin that can run here: the start ends with one sentence that names the file and the reason.</summary>
public sealed class BadFolderTests : IDisposable
{
    private readonly PluginRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_folder_that_is_empty() => await Refused("sample", "is empty", () => _root.Folder("sample"));

    [Fact]
    public async Task A_folder_that_is_not_there()
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.AddPluginFolder(Path.Combine(_root.Path, "missing")));
        var fault = await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        Assert.Contains("does not exist", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_assembly_that_lies_beside_the_folders() =>
        await Refused("Sample.dll", "a folder of its own", () => File.WriteAllBytes(Path.Combine(_root.Path, "Sample.dll"), PluginRoot.Compile(PluginRoot.Source())));

    [Fact]
    public async Task An_assembly_of_something_else() =>
        await Refused("Sample.dll", "[SockeyePlugin]", () => _root.Add("sample", "public class Nothing { }"));

    [Fact]
    public async Task A_class_without_the_attribute() =>
        await Refused("Sample.dll", "is marked with [SockeyePlugin]", () => _root.Add("sample", PluginRoot.Source().Replace("[SockeyePlugin(\"sample\", \"1.0.0\")]", "", StringComparison.Ordinal)));

    [Fact]
    public async Task Two_classes_with_the_attribute() =>
        await Refused("Sample.dll", "Sample and Second", () => _root.Add("sample", PluginRoot.Source() + PluginRoot.Source("second").Replace("Sample", "Second", StringComparison.Ordinal).Split("using Sockeye.Plugins;")[1]));

    [Fact]
    public async Task Two_assemblies_with_a_plugin() => await Refused("sample", "First.dll and in Second.dll", () =>
    {
        _root.Add("sample", PluginRoot.Source("first"), "First");
        _root.Add("sample", PluginRoot.Source("second"), "Second");
    });

    [Theory]
    [InlineData("Capital")]
    [InlineData("1st")]
    [InlineData("a_b")]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a-very-long-name-of-more-than-sixty-four-characters-which-nobody-would")]
    public async Task An_id_that_is_none(string id) => await Refused("Sample.dll", "its id", () => _root.Add("sample", PluginRoot.Source(id)));

    [Fact]
    public async Task An_id_of_64_characters_is_one()
    {
        _root.Add("sample", PluginRoot.Source(new string('a', 64)));
        await using var server = _root.Server();
        await server.StartAsync();
        Assert.Equal(new string('a', 64), Assert.Single(server.Plugins.All).Id);
    }

    [Fact]
    public async Task An_id_that_another_folder_has() => await Refused("second", "already", () =>
    {
        _root.Add("first", PluginRoot.Source());
        _root.Add("second", PluginRoot.Source());
    });

    [Fact]
    public async Task An_id_that_is_compiled_in()
    {
        _root.Add("sample", PluginRoot.Source("compiled"));
        await using var server = _root.Server(build: builder => builder.AddPlugin<CompiledIn>());
        var fault = await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        Assert.Contains("\"compiled\"", fault.Message, StringComparison.Ordinal);
        Assert.Contains("compiled in", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_for_a_newer_engine() =>
        await Refused("Sample.dll", "version 7 of the plugin contract", () => _root.Add("sample", PluginRoot.Source().Replace("\"1.0.0\")", "\"1.0.0\", 7)", StringComparison.Ordinal)));

    [Fact]
    public async Task A_plugin_for_an_engine_that_is_too_old() =>
        await Refused("Sample.dll", "version 0 of the plugin contract", () => _root.Add("sample", PluginRoot.Source().Replace("\"1.0.0\")", "\"1.0.0\", 0)", StringComparison.Ordinal)));

    [Fact]
    public async Task A_file_that_is_text() => await Refused("Sample.dll", "no complete .NET assembly", () => _root.Write("sample", "Sample.dll", Encoding.UTF8.GetBytes("This is no assembly, whatever it is called.")));

    [Fact]
    public async Task A_file_that_is_cut_off() =>
        await Refused("Sample.dll", "no complete .NET assembly", () => _root.Write("sample", "Sample.dll", PluginRoot.Compile(PluginRoot.Source())[..1500]));

    [Fact]
    public async Task A_file_that_is_empty() => await Refused("Sample.dll", "no complete .NET assembly", () => _root.Write("sample", "Sample.dll", []));

    [Fact]
    public async Task A_native_library() => await Refused("Sample.dll", "native library", () => _root.Write("sample", "Sample.dll", NativeLibrary()));

    [Fact]
    public async Task An_assembly_for_another_processor() => await Refused("Sample.dll", "another processor", () => _root.Add(
        "sample", PluginRoot.Source(), platform: System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? Platform.X64 : Platform.Arm64));

    [Fact]
    public async Task A_class_without_a_constructor_that_can_be_called() =>
        await Refused("Sample.dll", "no public constructor without parameters", () => _root.Add("sample", PluginRoot.Source(members: "public Sample(int number) { }")));

    [Fact]
    public async Task A_class_that_is_not_public() =>
        await Refused("Sample.dll", "not public", () => _root.Add("sample", PluginRoot.Source().Replace("public sealed class", "internal sealed class", StringComparison.Ordinal)));

    [Fact]
    public async Task A_class_that_is_abstract() =>
        await Refused("Sample.dll", "abstract", () => _root.Add("sample", PluginRoot.Source().Replace("public sealed class", "public abstract class", StringComparison.Ordinal)));

    [Fact]
    public async Task A_class_that_is_no_plugin() =>
        await Refused("Sample.dll", "ISockeyePlugin", () => _root.Add("sample", "[Sockeye.Plugins.SockeyePlugin(\"sample\", \"1\")] public class Sample { }"));

    [Fact]
    public async Task A_dependency_that_is_missing() => await Refused("Sample.dll", "needs Needed 0.0.0.0, which is not in its folder", () =>
    {
        var needed = _root.Add("sample", "public static class Needed { public static int Value => 1; }", "Needed");
        _root.Add("sample", PluginRoot.Source(start: "_ = Needed.Value;"), references: [needed]);
        File.Delete(needed);
    });

    [Fact]
    public async Task A_constructor_that_throws() =>
        await Refused("Sample.dll", "the constructor of Sample failed: InvalidOperationException: Not today.", () => _root.Add("sample", PluginRoot.Source(members: "public Sample() => throw new InvalidOperationException(\"Not today.\");")));

    [Fact]
    public async Task A_start_that_throws() =>
        await Refused("Sample.dll", "the start of Sample failed: InvalidOperationException: Not today.", () => _root.Add("sample", PluginRoot.Source(start: "throw new InvalidOperationException(\"Not today.\");")));

    [Theory]
    [InlineData("public Sample() => int.Parse(\"none\");", "")]
    [InlineData("", "int.Parse(\"none\");")]
    public async Task Where_its_code_has_thrown_is_told_to_who_looks_for_it(string members, string start)
    {
        _root.AddWithSymbols("sample", PluginRoot.Source(members: members, start: start));
        var log = new AwaitedLog();
        await using var server = _root.Server(log);
        await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        Assert.Matches($@"at Sample\.{(start.Length > 0 ? "StartAsync" : ".ctor")}\(.*\) in Sample\.cs:line [0-9]+ ", await log.Line("has thrown before it ran: System.FormatException: "));
    }

    [Theory]
    [InlineData("Sample.dll")]
    [InlineData("Sample.deps.json")]
    [InlineData("other.so")]
    public async Task A_pipe_in_the_place_of_a_file_which_is_not_waited_for(string name)
    {
        if (OperatingSystem.IsLinux())
        {
            await Refused(name, $"{name} is a pipe, a socket or a device, and no regular file.", () => NamedPipe.Make(_root.Folder("sample"), name));
        }
    }

    [Fact]
    public async Task A_list_of_dependencies_that_is_none() => await Refused("Sample.deps.json", "is not what the build", () =>
    {
        _root.Add("sample", PluginRoot.Source());
        _root.Write("sample", "Sample.deps.json", "{ \"targets\": 7 }"u8.ToArray());
    });

    [Fact]
    public async Task Of_several_faults_each_is_told()
    {
        _root.Folder("a");
        _root.Add("b", "public class Nothing { }");
        _root.Add("c", PluginRoot.Source());
        await using var server = _root.Server();
        var fault = await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        Assert.Equal(2, fault.Faults.Count);
        Assert.Empty(server.Plugins.All);
    }

    [Fact]
    public async Task A_folder_of_256_MiB_is_read_and_a_byte_more_is_too_much()
    {
        const long MiB = 1024 * 1024;
        var rest = (256 * MiB) - new FileInfo(_root.Add("sample", PluginRoot.Source())).Length;
        var sparse = _root.Write("sample", "large.pdb", []);
        SetLength(rest);
        Assert.Equal("sample", Assert.Single(PluginFolders.Examine([_root.Path])).Id);
        SetLength(rest + 1);
        Assert.Contains("more than 256 MiB", Assert.Single(PluginFolders.Examine([_root.Path])).Fault, StringComparison.Ordinal);

        void SetLength(long length)
        {
            using var stream = new FileStream(sparse, FileMode.Open);
            stream.SetLength(length);
        }
    }

    [Fact]
    public void A_folder_of_4096_entries_is_read_and_one_more_is_too_many()
    {
        _root.Add("sample", PluginRoot.Source());
        for (var i = 1; i < 4096; i++)
        {
            _root.Write("sample", $"{i}.txt", []);
        }

        Assert.Equal("sample", Assert.Single(PluginFolders.Examine([_root.Path])).Id);
        _root.Write("sample", "more.txt", []);
        Assert.Contains("more than 4096 files", Assert.Single(PluginFolders.Examine([_root.Path])).Fault, StringComparison.Ordinal);
    }

    private async Task Refused(string file, string reason, Action make)
    {
        make();
        var sentence = await _root.FaultAsync();
        Assert.Contains(file, sentence, StringComparison.Ordinal);
        Assert.Contains(reason, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }

    /// <summary>An image for Windows without a header of .NET: that of an assembly, with the place of the header wiped.</summary>
    private static byte[] NativeLibrary()
    {
        var bytes = PluginRoot.Compile("public class Nothing { }");
        var optional = BitConverter.ToInt32(bytes, 0x3C) + 24;
        bytes.AsSpan(optional + 96 + (14 * 8), 8).Clear();
        return bytes;
    }

    [SockeyePlugin("compiled", "1.0.0")]
    internal sealed class CompiledIn : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
