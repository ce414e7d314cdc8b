using System.Globalization;
using System.Text.RegularExpressions;

namespace Sockeye;

/// <summary>How durations are written in settings: <c>00:00:25</c>, <c>0:5</c>, <c>1.12:00:00</c>, or 0. It has no state.</summary>
/// <remarks>.NET takes more: 25 for days, and 24:00:00 too, which nobody means.</remarks>
internal static class DurationText
{
    /// <summary>What a duration looks like, for schemas; how many days there may be, they do not say.</summary>
    public const string Pattern = @"^(0|-?([0-9]+\.)?([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9](\.[0-9]{1,7})?)?)$";

    // The expression is not generated: `build.ps1 run` builds without what would (docs/adr/0046-build-head.md).
    private static readonly Regex s_form = new(Pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>Reads one.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        return text is not null && s_form.IsMatch(text) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration);
    }
}
