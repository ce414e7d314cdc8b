using System.Text;

namespace Sockeye.Host.Config;

/// <summary>What the documents say of settings: the rows of tables of keys or settings. The documents are in the program, so that what is said of a setting is written once. Does not change; any thread.</summary>
internal sealed class KeyTable
{
    private readonly Dictionary<string, string> _said = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _ambiguous = new(StringComparer.OrdinalIgnoreCase);

    private KeyTable()
    {
    }

    /// <summary>The settings of the server, of its cluster and of the host.</summary>
    public static KeyTable Server { get; } = Of("docs/configuration.md");

    /// <summary>Those of the bus.</summary>
    public static KeyTable Nats { get; } = Of("docs/cluster.md");

    /// <summary>Those of the listener for operators.</summary>
    public static KeyTable Administration { get; } = Of("docs/administration.md");

    /// <summary>Those of the plugin auth, by their names below its section, or their last names.</summary>
    public static KeyTable Auth { get; } = Of("docs/auth.md", "docs/auth-connected.md");

    /// <summary>What is said of a key, in one line; null: nothing, or of several keys of that name something else.</summary>
    public string? Find(string key) => _ambiguous.Contains(key) ? null : _said.GetValueOrDefault(key);

    /// <summary>As <see cref="Find"/>, by the whole name or by its last one.</summary>
    public string? FindBelow(string key) => Find(key) ?? Find(key.Split(':')[^1]);

    /// <summary>Reads the tables of documents.</summary>
    /// <param name="lines">The lines.</param>
    public static KeyTable Read(IEnumerable<string> lines)
    {
        var table = new KeyTable();
        var isOfKeys = false;
        var isInTable = false;
        foreach (var line in lines)
        {
            string[] cells = [.. line.Trim().Replace("\\|", "\u0001", StringComparison.Ordinal).Trim('|').Split('|').Select(static cell => cell.Replace('\u0001', '|').Trim())];
            if (!line.StartsWith('|'))
            {
                isInTable = false;
            }
            else if (!isInTable)
            {
                isInTable = true;
                isOfKeys = cells[0].StartsWith("Key", StringComparison.Ordinal) || cells[0].StartsWith("Setting", StringComparison.Ordinal);
            }
            else if (isOfKeys && cells.Length > 1 && cells[0].StartsWith('`') && cells[^1].Contains(' ', StringComparison.Ordinal))
            {
                foreach (var key in cells[0].Split('`').Where(static (_, index) => index % 2 == 1))
                {
                    if (!table._said.TryAdd(key, Plain(cells[^1])))
                    {
                        table._ambiguous.Add(key);
                    }
                }
            }
        }

        return table;
    }

    private static KeyTable Of(params string[] documents) => Read(documents.SelectMany(static document =>
    {
        using var stream = typeof(KeyTable).Assembly.GetManifestResourceStream(document) ?? throw new InvalidOperationException($"{document} is not in the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n');
    }));

    /// <summary>Text without what Markdown writes around it.</summary>
    private static string Plain(string markdown)
    {
        var text = new StringBuilder(markdown.Length);
        for (var at = 0; at < markdown.Length; at++)
        {
            var end = markdown[at] == '[' ? markdown.IndexOf("](", at, StringComparison.Ordinal) : -1;
            if (end > 0 && markdown.IndexOf(')', end) is > 0 and var close)
            {
                text.Append(markdown.AsSpan(at + 1, end - at - 1));
                at = close;
            }
            else if (markdown[at] is not ('`' or '*' or '\\'))
            {
                text.Append(markdown[at]);
            }
        }

        return text.ToString().Trim();
    }
}
