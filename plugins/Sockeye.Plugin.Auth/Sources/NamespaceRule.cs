using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>What holds for some namespaces. Does not change; any thread.</summary>
/// <param name="Match">Which: a name, with <c>*</c> for any run of characters.</param>
/// <param name="Anonymous">Whether clients without a token are let in.</param>
/// <param name="Sources">The sources that are asked, by name; null: all.</param>
internal sealed record NamespaceRule(string Match, bool Anonymous, IReadOnlyList<string>? Sources)
{
    private readonly AccessRules _pattern = AccessRules.Parse([$"join {Match} x"]);

    /// <summary>Whether it holds for a namespace.</summary>
    /// <param name="nsp">The namespace.</param>
    public bool IsFor(string nsp) => _pattern.MayJoin(nsp, "x", "");

    /// <summary>Reads one.</summary>
    /// <param name="settings">Its section.</param>
    /// <param name="sources">The names that there are.</param>
    /// <param name="allowsAnonymous">Whether clients without a token are let in everywhere.</param>
    /// <returns>Null: it is malformed.</returns>
    public static NamespaceRule? Read(SettingsReader settings, IReadOnlyCollection<string> sources, bool allowsAnonymous)
    {
        var (match, anonymous, asked) = (settings.NeededText("Match"), settings.Flag("Anonymous", allowsAnonymous), settings.Texts("Sources"));
        settings.FaultIfEmpty("Sources", asked is null ? "all would be asked" : "nobody would decide");
        foreach (var name in asked ?? [])
        {
            if (!sources.Contains(name))
            {
                settings.Fault("Sources", $"names \"{LogText.Escape(name)}\", and there are {string.Join(", ", sources)}");
            }
        }

        if (anonymous && !allowsAnonymous && match.Trim('/', '*').Length == 0 && match.Contains('*', StringComparison.Ordinal))
        {
            settings.Fault("Anonymous", "would let everybody in everywhere: whoever means that sets AllowAnonymous to true");
        }

        if (match.Length == 0)
        {
            return null;
        }

        try
        {
            if (match.Contains(' ', StringComparison.Ordinal) || match.Contains("{user}", StringComparison.Ordinal))
            {
                throw new FormatException("It is to have neither blanks nor {user}.");
            }

            return new NamespaceRule(match, anonymous, asked);
        }
        catch (FormatException)
        {
            settings.Fault("Match", "is to be the name of a namespace, which begins with /, with * for any run of characters");
            return null;
        }
    }
}
