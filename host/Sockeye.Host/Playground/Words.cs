using System.Globalization;
using System.Text;

namespace Sockeye.Host.Playground;

/// <summary>What visitors write, and the names of those who have not chosen one.</summary>
internal static class Words
{
    private static readonly string[] Names = ["Amber", "Bay", "Coral", "Delta", "Echo", "Fjord", "Grayling", "Harbor", "Inlet", "Jetty", "Kelp", "Lagoon", "Marina", "Nixie", "Otter", "Pike"];

    /// <summary>A name for a visitor.</summary>
    public static string NameFor(int id) => string.Create(CultureInfo.InvariantCulture, $"{Names[id % Names.Length]} {id - Pool.School}");

    /// <summary>A text without control and formatting characters and without space at its ends.</summary>
    /// <returns>Null: nothing is left, or more than <paramref name="most"/> characters.</returns>
    public static string? Clean(string? text, int most)
    {
        if (text is null || text.Length > most)
        {
            return null;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // The joiner belongs to emoji.
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) || rune.Value == 0x200d)
            {
                clean.Append(rune.ToString());
            }
        }

        var trimmed = clean.ToString().Trim();
        return trimmed.Length == 0 ? null : trimmed;
    }
}
