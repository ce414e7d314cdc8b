namespace Sockeye;

/// <summary>A setting as a configuration has it, for help texts, documents and schemas. Does not change.</summary>
/// <param name="Name">The key, as written in code: <c>Engine:PingInterval</c>.</param>
/// <param name="Value">What a value looks like; of a list, each of its values.</param>
/// <param name="Default">The default as it is written; several with <c>;</c> between them. Null: there is none, or it is a secret.</param>
public sealed record ConfigurationKey(string Name, ConfigurationValue Value, string? Default)
{
    /// <summary>Whether it takes several values.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether null may be written, which stands for the default.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether its group is absent, and what belongs to it is off, until one of its keys is set.</summary>
    public bool IsInAbsentGroup { get; init; }

    /// <summary>The values that there are, of <see cref="ConfigurationValue.Choice"/>; of <see cref="ConfigurationValue.Text"/> the names that it may have in the place of a path; else none.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>What a value of a configuration looks like.</summary>
public enum ConfigurationValue
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A duration, such as <c>00:00:25</c>.</summary>
    Duration,

    /// <summary>One of several names, in any case.</summary>
    Choice,
}
