using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>What the comments before a block mean, tried on pages that are made up.</summary>
public sealed class PageReadingTests(PackageFeed feed)
{
    [Fact]
    public void A_block_knows_its_page_its_line_and_its_language()
    {
        var block = Assert.Single(Documents.Read("page.md", ["# Title", "", "```js", "f();", "", "g();", "```", "end"]));
        Assert.Equal(("page.md:4", "js", "f();\n\ng();\n"), (block.Name, block.Language, block.Text));
    }

    [Fact]
    public void A_block_in_a_list_loses_the_indent_of_its_fence()
    {
        var block = Assert.Single(Documents.Read("page.md", ["1. Write:", "", "   ```csharp", "   if (x)", "       F();", "", "   ```"]));
        Assert.Equal("if (x)\n    F();\n\n", block.Text);
    }

    [Fact]
    public void Only_comments_directly_before_the_fence_count()
    {
        var blocks = Documents.Read("page.md", ["<!-- in: server -->", "text", "```csharp", "```", "<!-- in: class -->", "<!-- refused: CS0246 -->", "```csharp", "```"]);
        Assert.Equal([(null, null), ("class", "CS0246")], blocks.Select(block => (block.Context, block.Refused)));
    }

    [Fact]
    public void A_block_cannot_continue_what_is_not_there() =>
        Assert.Throws<InvalidDataException>(() => Documents.Read("page.md", ["<!-- continues -->", "```csharp", "```"]));

    [Fact]
    public void A_fault_is_told_with_page_and_line()
    {
        var blocks = Documents.Read("page.md", ["<!-- in: server -->", "```csharp", "using System.Text;", "server.Nothing();", "```"]);
        var fault = Assert.Single(Compile(blocks[0]));
        Assert.Equal(("CS1061", "page.md", 4), (fault.Id, fault.Location.GetMappedLineSpan().Path, fault.Location.GetMappedLineSpan().StartLinePosition.Line + 1));
    }

    [Fact]
    public void A_program_that_grows_has_usings_first_and_runs_last_and_the_newest_of_each_type()
    {
        var blocks = Documents.Read("page.md",
        [
            "```csharp", "using Sockeye;", "", "await using var server = SockeyeServer.Create(\"http://127.0.0.1:3000\");", "await server.RunAsync();", "",
            "internal sealed class Room { }", "```",
            "<!-- continues -->", "```csharp", "using System.Text;", "", "var room = new Room(3);", "Console.WriteLine(Encoding.UTF8.GetByteCount($\"{room.Size}{server}\"));", "",
            "internal sealed class Room(int size)", "{", "    public int Size { get; } = size;", "}", "```",
        ]);
        Assert.Empty(Compile(blocks[0]));
        Assert.Empty(Compile(blocks[1]));
        var source = SampleSource.Of(blocks[1]);
        Assert.InRange(source.IndexOf("RunAsync", StringComparison.Ordinal), source.IndexOf("new Room", StringComparison.Ordinal), source.IndexOf("class Room", StringComparison.Ordinal));
    }

    [Fact]
    public void A_test_sees_the_types_of_the_program_that_it_continues()
    {
        var blocks = Documents.Read("page.md",
        [
            "```csharp", "using Sockeye;", "", "await using var server = SockeyeServer.Create(\"http://127.0.0.1:3000\");", "_ = new Room();", "", "internal sealed class Room { }", "```",
            "<!-- in: test -->", "<!-- continues -->", "```csharp", "Assert.NotNull(new Room());", "```",
        ]);
        Assert.Empty(Compile(blocks[1]));
        Assert.True(new SampleCompiler(feed.Consumer).Compile("test", SampleSource.Of(blocks[1])).HasTests);
    }

    private IReadOnlyList<Microsoft.CodeAnalysis.Diagnostic> Compile(CodeBlock block) => new SampleCompiler(feed.Consumer).Compile("page", SampleSource.Of(block)).Complaints;
}
