using System.Text.RegularExpressions;

namespace Sockeye.Packages.Tests.Pages;

/// <summary>The pages for users and the blocks of code on them.</summary>
internal static partial class Documents
{
    /// <summary>The README, the pages below docs (decisions excepted, which tell what was) and the READMEs of the packages.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        .. new[] { "README.md" }
            .Concat(Below("docs").Where(page => !page.StartsWith("docs/adr/", StringComparison.Ordinal)))
            .Concat(new[] { "engine", "plugins", "host" }.SelectMany(top => Directory.GetDirectories(Path.Combine(WorkingCopy.Root, top))).Select(folder => Relative(Path.Combine(folder, "README.md"))))
            .Where(page => File.Exists(Path.Combine(WorkingCopy.Root, page)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All blocks of all pages.</summary>
    public static IReadOnlyList<CodeBlock> Blocks { get; } = [.. Pages.SelectMany(page => Read(page, File.ReadAllLines(Path.Combine(WorkingCopy.Root, page))))];

    /// <summary>The blocks in a language.</summary>
    public static IEnumerable<CodeBlock> In(string language) => Blocks.Where(block => block.Language == language);

    /// <summary>The block with that name.</summary>
    public static CodeBlock Find(string name) => Blocks.Single(block => block.Name == name);

    /// <summary>The blocks of one page.</summary>
    public static IReadOnlyList<CodeBlock> Read(string page, IReadOnlyList<string> lines)
    {
        var blocks = new List<CodeBlock>();
        for (var i = 0; i < lines.Count; i++)
        {
            var fence = Fence().Match(lines[i]);
            if (!fence.Success)
            {
                continue;
            }

            var (context, refused, continues) = Told(lines, i);
            var (start, indent) = (i + 1, fence.Groups[1].Length);
            while (++i < lines.Count && lines[i].Trim() != fence.Groups[2].Value)
            {
            }

            var text = string.Join('\n', lines.Take(i).Skip(start).Select(line => line.Length > indent && string.IsNullOrWhiteSpace(line[..indent]) ? line[indent..] : line.TrimStart()));
            var language = fence.Groups[3].Value;
            var before = continues ? blocks.LastOrDefault(block => block.Language == language && block.Refused is null)
                ?? throw new InvalidDataException($"{page}:{start + 1} continues a block, and there is none before it") : null;
            blocks.Add(new CodeBlock(page, start + 1, language, text + "\n", context, refused, before));
        }

        return blocks;
    }

    // The comments directly before a fence, each on a line of its own.
    private static (string? Context, string? Refused, bool Continues) Told(IReadOnlyList<string> lines, int fence)
    {
        (string? Context, string? Refused, bool Continues) told = default;
        for (var i = fence - 1; i >= 0; i--)
        {
            var comment = Comment().Match(lines[i]);
            if (!comment.Success && lines[i].Trim().Length > 0)
            {
                break;
            }

            told = (comment.Groups[1].Value, comment.Groups[2].Value.Trim()) switch
            {
                ("in", var name) => told with { Context = name },
                ("refused", var code) => told with { Refused = code },
                ("continues", _) => told with { Continues = true },
                _ => told,
            };
        }

        return told;
    }

    private static IEnumerable<string> Below(string folder) => Directory.EnumerateFiles(Path.Combine(WorkingCopy.Root, folder), "*.md", SearchOption.AllDirectories).Select(Relative);

    private static string Relative(string path) => Path.GetRelativePath(WorkingCopy.Root, path).Replace('\\', '/');

    [GeneratedRegex(@"^(\s*)(```+)([\w+#-]*)\s*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*<!--\s*(in|refused|continues)\s*:?\s*(.*?)\s*-->\s*$")]
    private static partial Regex Comment();
}
