using System.Globalization;

namespace Sockeye.Host.Settings;

/// <summary>What is wrong with a setting, or with a file, for the operator: one line.</summary>
/// <param name="Source">The file; or what else the value came from, such as <c>an argument</c>; null: nothing has set it.</param>
/// <param name="Line">The line of the file; null: no file, or all of it.</param>
/// <param name="Key">The key; null: the file itself, or something that is no key of the configuration.</param>
/// <param name="Message">What is wrong; it may end with what was meant.</param>
internal sealed record SettingFault(string? Source, int? Line, string? Key, string Message)
{
    private const string Meant = "did you mean ";

    /// <summary>Whether <see cref="Source"/> is a file.</summary>
    public bool IsInFile { get; init; } = true;

    /// <summary>What stands between key and message: sentences that go on need no colon.</summary>
    public string Joint { get; init; } = ": ";

    /// <summary>What may have been meant; null: nothing is near.</summary>
    public string? Suggestion => Message.Split(Meant, 2) is [_, var meant] && meant.IndexOf('?', StringComparison.Ordinal) is >= 0 and var end ? meant[..end].Split(", such as ")[0].Trim('\'') : null;

    /// <summary>Where it was set, as the end of a sentence; empty: nobody has set it.</summary>
    public string Where => Source is null ? "" : !IsInFile ? $" (by {Source})" : Line is null ? $" ({Source})" : string.Create(CultureInfo.InvariantCulture, $" ({Source}:{Line})");

    /// <summary><c>file:line: Key: what is wrong; did you mean X?</c>, or <c>Key: what is wrong (by an argument)</c>.</summary>
    public override string ToString()
    {
        var said = Key is null ? Message : Key + Joint + Message;
        return !IsInFile || Source is null ? said + Where
            : Line is null ? $"{Source}: {said}"
            : string.Create(CultureInfo.InvariantCulture, $"{Source}:{Line}: {said}");
    }
}
