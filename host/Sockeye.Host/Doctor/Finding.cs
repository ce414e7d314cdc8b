namespace Sockeye.Host.Doctor;

/// <summary>What a rule says about one setting.</summary>
internal enum Verdict
{
    /// <summary>It is enough.</summary>
    Ok,

    /// <summary>It works, and could be better.</summary>
    Advice,

    /// <summary>It keeps the wanted number of connections from working, or the host from starting.</summary>
    Raise,

    /// <summary>It cannot be read here.</summary>
    Unknown,
}

/// <summary>One line of the report.</summary>
/// <param name="Setting">Its name as the kernel or the runtime writes it.</param>
/// <param name="Verdict">What to do about it.</param>
/// <param name="Value">What it is, for a person.</param>
/// <param name="Why">What it is compared with and what follows.</param>
/// <param name="Wanted">What it should be; null: as it is.</param>
/// <param name="Command">How to make it so.</param>
/// <param name="Allows">Connections that this setting allows, where it sets a bound.</param>
internal sealed record Finding(string Setting, Verdict Verdict, string Value, string Why, string? Wanted = null, string? Command = null, long? Allows = null)
{
    public static Finding Unreadable(string setting, params string[] paths) =>
        new(setting, Verdict.Unknown, "?", $"{string.Join(" or ", paths)} cannot be read here; look on the machine itself");
}
