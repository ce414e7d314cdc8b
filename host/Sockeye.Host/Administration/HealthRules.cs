using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Sockeye.Host.Administration;

/// <summary>What makes the probes fail: part of the section <c>Administration</c>. Each check that is not named there is told and fails nothing.</summary>
/// <param name="LoopPatience">How long an event loop may take to come round, 0.1 s to 1 h.</param>
/// <param name="LiveFailsOn">What <c>/livez</c> fails on. Nothing by default: a restart drops all clients, those of the other loops too.</param>
/// <param name="ReadyFailsOn">What <c>/readyz</c> fails on. By default what new clients would run into on this server and not on another one: what befalls all servers at once, such as a bus
/// that is away or a broken file, would leave clients without any.</param>
internal sealed record HealthRules(TimeSpan LoopPatience, IReadOnlyList<string> LiveFailsOn, IReadOnlyList<string> ReadyFailsOn)
{
    public const string Server = "server";
    public const string Loops = "loops";
    public const string Bus = "bus";
    public const string Cluster = "cluster";
    public const string Configuration = "configuration";
    public const string Plugins = "plugins";

    /// <summary>All checks, in the order in which they are told.</summary>
    public static readonly IReadOnlyList<string> Names = [Server, Loops, Bus, Cluster, Configuration, Plugins];

    /// <summary>Keys of the section that are read here.</summary>
    public static readonly IReadOnlyList<string> Keys = [nameof(LoopPatience), nameof(LiveFailsOn), nameof(ReadyFailsOn)];

    /// <summary>As the health check of <c>AddHealthChecks().AddSockeye()</c> has it: far longer than a handler that does no more than it should.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(5);

    /// <summary>What holds where the section says nothing.</summary>
    public static HealthRules Default { get; } = new(DefaultPatience, [], [Server, Loops]);

    /// <summary>The keys as a schema or a document has them.</summary>
    public static IReadOnlyList<ConfigurationKey> Described { get; } =
    [
        new(nameof(LoopPatience), ConfigurationValue.Duration, $"{DefaultPatience:c}"),
        new(nameof(LiveFailsOn), ConfigurationValue.Choice, None) { IsList = true, Choices = [Loops, None] },
        new(nameof(ReadyFailsOn), ConfigurationValue.Choice, $"{Server};{Loops}") { IsList = true, Choices = [.. Names, None] },
    ];

    private const string None = "none";

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);
    private static readonly string[] s_none = [None];

    /// <summary>Reads what the section says.</summary>
    /// <param name="section">The section <c>Administration</c>.</param>
    /// <param name="faults">Gets a sentence for each fault.</param>
    public static HealthRules Read(IConfigurationSection section, List<string> faults)
    {
        var patience = Default.LoopPatience;
        if (section[nameof(LoopPatience)] is { } text
            && !(DurationText.TryParse(text, out patience) && patience >= s_shortest && patience <= s_longest))
        {
            faults.Add($"{section.Path}:{nameof(LoopPatience)}: '{text}' is not a duration of 00:00:00.1 to 01:00:00, like {DefaultPatience:c}");
        }

        return new HealthRules(
            patience,
            Checks(section.GetSection(nameof(LiveFailsOn)), [Loops], faults) ?? Default.LiveFailsOn,
            Checks(section.GetSection(nameof(ReadyFailsOn)), Names, faults) ?? Default.ReadyFailsOn);
    }

    // A list in JSON, or one text; none: an empty one.
    private static string[]? Checks(IConfigurationSection section, IReadOnlyList<string> known, List<string> faults)
    {
        if (!section.Exists())
        {
            return null;
        }

        string[] named = [.. section.GetChildren().Select(static child => child.Value ?? ""), .. (section.Value ?? "").Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        faults.AddRange(named.Except(known).Except(s_none).Select(name => $"{section.Path}: '{name}' is not one of {string.Join(", ", known)}, or none"));
        return [.. named.Intersect(known)];
    }
}
