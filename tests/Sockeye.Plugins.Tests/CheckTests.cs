using System.Text;
using Sockeye.Hosting.Tests;

namespace Sockeye.Plugins.Tests;

/// <summary>What the standalone host says of plugins of folders, before a start and where one fails.</summary>
public sealed class CheckTests : IDisposable
{
    private const string Reads = """
        public System.Collections.Generic.IReadOnlyList<string> Check(Microsoft.Extensions.Configuration.IConfigurationSection section)
        {
            foreach (var child in section.GetChildren())
            {
                if (child.Key != "Greeting") return new[] { child.Path + ": unknown key; did you mean Greeting?" };
            }

            return Array.Empty<string>();
        }
        """;

    private readonly PluginRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_plugin_that_reads_its_section_without_a_start_says_what_is_wrong_with_it_by_file_and_line()
    {
        _root.Add(Path.Combine("plugins", "sample"), PluginRoot.Source(start: "throw new Exception(\"started\");", members: Reads, interfaces: ", IConfigurationCheck"));
        var settings = Settings("{\n  \"Plugins\": { \"sample\": {\n    \"Greting\": \"hi\" } }\n}");
        var (code, output) = await CheckAsync(settings);
        Assert.Equal((2, $"{settings}:3: Plugins:sample:Greting: unknown key; did you mean Greeting?"), (code, output));
        Settings("{ \"Plugins\": { \"sample\": { \"Greeting\": \"hi\" } } }");
        (code, output) = await CheckAsync(settings);
        Assert.Equal(0, code);
        Assert.EndsWith("plugins sample", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_plugin_that_does_not_say_so_no_code_is_run()
    {
        _root.Add(Path.Combine("plugins", "sample"), PluginRoot.Source(members: "public Sample() { System.IO.File.WriteAllText(@\"" + Path.Combine(_root.Path, "ran") + "\", \"\"); }"));
        var (code, output) = await CheckAsync(Settings("{ \"Plugins\": { \"sample\": { \"Greting\": \"hi\" } } }"));
        Assert.Equal(0, code);
        Assert.EndsWith("; plugins sample; sections not read: sample (no IConfigurationCheck)", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_root.Path, "ran")));
    }

    [Theory]
    [InlineData("public Sample() => throw new InvalidOperationException(\"no luck\");", "the constructor of Sample failed: InvalidOperationException: no luck")]
    [InlineData("", "Plugins:sample: the plugin cannot read its section: InvalidOperationException: no luck")]
    public async Task A_plugin_that_throws_where_it_is_made_or_reads_its_section_is_a_line(string members, string line)
    {
        var read = members.Length == 0 ? Reads.Replace("return Array", "throw new InvalidOperationException(\"no luck\"); return Array", StringComparison.Ordinal) : Reads;
        _root.Add(Path.Combine("plugins", "sample"), PluginRoot.Source(members: members + read, interfaces: ", IConfigurationCheck"));
        var (code, output) = await CheckAsync(Settings("{}"));
        Assert.Equal(2, code);
        Assert.EndsWith(line, Assert.Single(output.Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_whose_start_throws_ends_the_start_with_a_line_that_names_it_and_a_stack_at_Debug_alone()
    {
        _root.Add("sample", PluginRoot.Source(start: "throw new InvalidOperationException(\"no luck\\nat all\");"));
        using var quiet = HostProcess.Start($"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\"");
        Assert.Equal(2, await quiet.ExitCodeAsync());
        Assert.Single(quiet.Output.TrimEnd().Split('\n'), static line => line.StartsWith("sockeye: ", StringComparison.Ordinal) && line.Contains("Sample.dll: the start of Sample failed: InvalidOperationException: no luck", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", quiet.Output, StringComparison.Ordinal);
        using var loud = HostProcess.Start($"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\" --Logging:LogLevel:Default Debug");
        Assert.Equal(2, await loud.ExitCodeAsync());
        Assert.Contains("   at Sockeye.", loud.Output, StringComparison.Ordinal);
    }

    private string Settings(string text) => _root.Write(".", "settings.json", Encoding.UTF8.GetBytes(text));

    private static async Task<(int Code, string Output)> CheckAsync(string settings)
    {
        using var host = HostProcess.Start($"check --config \"{settings}\"");
        return (await host.ExitCodeAsync(), host.Output.TrimEnd());
    }
}
