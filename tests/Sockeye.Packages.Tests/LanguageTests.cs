using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>Blocks in other languages than C# are read by what reads that language, all of one language by one process.</summary>
public sealed partial class LanguageTests
{
    /// <summary>nginx and HAProxy are run by the tests of the deployment, mermaid is drawn by the pages' readers, and text is none.</summary>
    private static readonly string[] s_languages = ["csharp", "js", "html", "python", "json", "xml", "sh", "nginx", "haproxy", "mermaid", "text"];

    private const string NodeParser = """
        const vm = require('node:vm');
        let faults = 0;
        for (const { name, text } of JSON.parse(require('node:fs').readFileSync(process.argv[1] ?? process.argv[2], 'utf8'))) {
          try { new vm.SourceTextModule(text); } catch (e) { faults++; console.log(`${name}: ${e.message}\n${(e.stack ?? '').split('\n').slice(0, 4).join('\n')}`); }
        }
        process.exit(faults ? 1 : 0);
        """;

    private const string PythonParser = """
        import json, sys
        faults = 0
        for block in json.load(open(sys.argv[1])):
            try:
                compile(block["text"], block["name"], "exec")
            except SyntaxError as e:
                faults += 1
                print(f'{block["name"]}, line {e.lineno} of it: {e.msg}')
        sys.exit(1 if faults else 0)
        """;

    [Fact]
    public void Every_block_says_a_language_that_is_read_here() =>
        Assert.Empty(Documents.Blocks.Where(block => !s_languages.Contains(block.Language)).Select(block => $"{block.Name}: '{block.Language}' (what is not read is text)"));

    [Fact]
    public Task JavaScript_is_parsed_as_a_module() => ReadAsync("node", ["--no-warnings", "--experimental-vm-modules", "-e", NodeParser],
        Documents.In("js").Select(block => (block.Name, block.Text))
            .Concat(Documents.In("html").SelectMany(block => Script().Matches(block.Text).Select(script => (block.Name, script.Groups[1].Value)))));

    [Fact]
    public Task Python_is_compiled() => ReadAsync("python3", ["-c", PythonParser], Documents.In("python").Select(block => (block.Name, block.Text)));

    [Fact]
    public async Task Commands_are_parsed_by_sh()
    {
        foreach (var block in Documents.In("sh"))
        {
            var file = Path.GetTempFileName();
            try
            {
                await File.WriteAllTextAsync(file, block.Text);
                var (code, output) = await CommandLine.TryAsync(CommandLine.Start(Path.GetTempPath(), "sh", "-n", file));
                Assert.True(code == 0, $"{block.Name}: {output}");
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    [Fact]
    public void Json_is_parsed_a_part_of_a_list_included() => Assert.All(Documents.In("json"), block =>
    {
        using var parsed = JsonDocument.Parse($"[{block.Text.Trim().TrimEnd(',')}]");
    });

    [Fact]
    public void Xml_is_parsed_a_fragment_included() => Assert.All(Documents.In("xml"), block =>
    {
        using var reader = XmlReader.Create(new StringReader(block.Text), new XmlReaderSettings { ConformanceLevel = ConformanceLevel.Fragment });
        while (reader.Read())
        {
        }
    });

    private static async Task ReadAsync(string program, string[] arguments, IEnumerable<(string Name, string Text)> blocks)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(blocks.Select(block => new { name = block.Name, text = block.Text })));
            var (code, output) = await CommandLine.TryAsync(CommandLine.Start(Path.GetTempPath(), program, [.. arguments, file]));
            Assert.True(code == 0, output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();
}
