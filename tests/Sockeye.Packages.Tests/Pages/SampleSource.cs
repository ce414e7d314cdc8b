using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sockeye.Packages.Tests.Pages;

/// <summary>Makes the file that is compiled out of a block, with line numbers that are those of the page.</summary>
/// <remarks>
/// A whole file is taken as it is written. A fragment stands where its context says; using directives that it begins with go to the top.
/// Blocks that continue each other grow as a reader would write them: using directives first, then statements, then types, of which a later one
/// takes the place of an earlier one with its name; a server that runs (<c>await server.RunAsync();</c>) stays the last statement.
/// </remarks>
internal static partial class SampleSource
{
    private const string Here = "/* here */";

    /// <summary>The options by which pages are parsed: those of a new project, which lets the lines of a file-based app pass.</summary>
    public static CSharpParseOptions Parsing { get; } = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.CSharp14)
        .WithFeatures([new KeyValuePair<string, string>("FileBasedProgram", "true")]);

    /// <summary>The text that is compiled for a block.</summary>
    public static string Of(CodeBlock block)
    {
        var chain = block.Chain;
        if (block.Surroundings is { } context)
        {
            // A fragment of another kind than what it continues sees the types of that, and not its statements.
            CodeBlock[] own = [.. chain.SkipWhile(part => part.Surroundings != context)];
            return Within(context, own, [.. chain.SkipLast(own.Length)]);
        }

        return chain.Count == 1 ? Numbered(block, block.Text) : Grown(chain);
    }

    private static string Within(string context, CodeBlock[] fragments, CodeBlock[] before)
    {
        var path = Path.Combine(WorkingCopy.Root, "docs", "contexts", context + ".cs");
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"{fragments[0].Name} is in {context}, and docs/contexts has no such file.");
        }

        var around = File.ReadAllText(path).ReplaceLineEndings("\n").Split(Here);
        if (around.Length != 2)
        {
            throw new InvalidDataException($"docs/contexts/{context}.cs does not have the one line {Here}.");
        }

        var (directives, body) = (new StringBuilder(), new StringBuilder());
        foreach (var fragment in fragments)
        {
            var code = Usings().Replace(fragment.Text, using_ =>
            {
                directives.Append(Directives(using_.Value, around[0]));
                return new string('\n', using_.Value.Count(c => c == '\n'));
            }, 1);
            body.Append(Numbered(fragment, code));
        }

        var types = new StringBuilder();
        foreach (var part in before)
        {
            var (usings, _, declared) = Parts(part);
            directives.Append(Directives(usings, around[0] + directives));
            types.Append(Numbered(part, declared));
        }

        return $"{directives}#line 1 \"docs/contexts/{context}.cs\"\n{around[0]}\n{body}#line 1 \"docs/contexts/{context}.cs (after)\"\n{around[1]}\n{types}";
    }

    private static string Grown(IReadOnlyList<CodeBlock> chain)
    {
        var (directives, statements) = (new StringBuilder(), new StringBuilder());
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        string? run = null;
        foreach (var part in chain)
        {
            var (usings, code, _) = Parts(part);
            directives.Append(Directives(usings, directives.ToString()));
            if (Run().Match(code) is { Success: true } last)
            {
                run = last.Value;
                code = code[..last.Index];
            }

            statements.Append(Numbered(part, code));
            foreach (var type in Types(part))
            {
                types[type.Name] = Numbered(part, type.Text);
            }
        }

        return $"{directives}{statements}{run}\n{string.Concat(types.Values)}";
    }

    // Using directives, statements and types of a block, each on the lines of the block.
    private static (string Usings, string Statements, string Types) Parts(CodeBlock block)
    {
        var root = CSharpSyntaxTree.ParseText(block.Text, Parsing).GetCompilationUnitRoot();
        var code = root.Usings.Count == 0 ? 0 : root.Usings.Span.End;
        var types = root.Members.FirstOrDefault(member => member is not GlobalStatementSyntax)?.FullSpan.Start ?? block.Text.Length;
        var statements = Math.Max(code, types);
        return (block.Text[..code], Blank(block.Text[..code]) + block.Text[code..statements], Blank(block.Text[..statements]) + block.Text[statements..]);
    }

    private static IEnumerable<(string Name, string Text)> Types(CodeBlock block) => CSharpSyntaxTree.ParseText(block.Text, Parsing).GetCompilationUnitRoot().Members
        .Where(member => member is not GlobalStatementSyntax)
        .Select(member => ((member as BaseTypeDeclarationSyntax)?.Identifier.Text ?? member.ToString(), Blank(block.Text[..member.FullSpan.Start]) + member.ToFullString() + "\n"));

    private static string Blank(string text) => new('\n', text.Count(c => c == '\n'));

    // The lines of a file-based app are for the command that runs it.
    private static string Numbered(CodeBlock block, string code) => $"#line {block.Line} \"{block.Page}\"\n{AppLine().Replace(code, "")}\n";

    private static string Directives(string usings, string known) => string.Concat(usings.Split('\n').Select(line => line.Trim())
        .Where(line => line.Length > 0 && !known.Contains(line, StringComparison.Ordinal)).Select(line => line + "\n"));

    [GeneratedRegex(@"\A(\s*(//[^\n]*|(global )?using (static )?[A-Z][\w.]*( = [^;(]+)?;)[ \t]*\n)+")]
    private static partial Regex Usings();

    [GeneratedRegex(@"^#[:!].*$", RegexOptions.Multiline)]
    private static partial Regex AppLine();

    [GeneratedRegex(@"await \w+\.RunAsync\([^;]*\);\s*\z")]
    private static partial Regex Run();
}
