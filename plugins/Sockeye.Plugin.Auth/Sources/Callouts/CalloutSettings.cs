using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>What callouts have in common. Does not change.</summary>
internal sealed record CalloutSettings(string Name)
{
    /// <summary>Bytes of a shared secret at least: 32 (RFC 2104 has the length of the hash).</summary>
    public const int MinSecretBytes = 32;

    /// <summary>How long an answer may take, the wait for a place included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Questions at once.</summary>
    public int MaxConcurrent { get; init; } = 32;

    /// <summary>Questions that wait for a place; what comes beyond is refused.</summary>
    public int MaxWaiting { get; init; } = 1000;

    /// <summary>Bytes of an answer.</summary>
    public int MaxAnswerBytes { get; init; } = 65_536;

    /// <summary>How long a refusal is remembered.</summary>
    public TimeSpan NegativeCache { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether it is asked about clients without a token as well.</summary>
    public bool AskWithoutToken { get; init; }

    /// <summary>The secret that both sides have; null: none.</summary>
    public byte[]? Secret { get; init; }

    /// <summary>What all of the source are given.</summary>
    public GrantSettings Granted { get; init; } = new();

    /// <summary>Whether the next source is asked while this one cannot decide.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Reads them.</summary>
    /// <param name="settings">The section.</param>
    /// <param name="name">The name of the source.</param>
    /// <param name="needsSecret">Whether it cannot be without one.</param>
    /// <param name="roles">The roles that have permissions.</param>
    public static CalloutSettings Read(SettingsReader settings, string name, bool needsSecret, IReadOnlyCollection<string> roles)
    {
        var otherwise = new CalloutSettings(name);
        var secret = Secrets.Read(settings, "Secret");
        if (secret is { Length: < MinSecretBytes })
        {
            settings.Fault("Secret", $"has less than {MinSecretBytes} bytes");
        }
        else if (secret is null && needsSecret && settings.Text("Secret") is null && settings.Text("SecretFile") is null)
        {
            settings.Fault("Secret", "has to be set, or SecretFile: whoever may use the bus could answer without it");
        }

        return otherwise with
        {
            Timeout = settings.Time("Timeout", otherwise.Timeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
            MaxConcurrent = (int)settings.Number("MaxConcurrent", otherwise.MaxConcurrent, 1, 10_000),
            MaxWaiting = (int)settings.Number("MaxWaiting", otherwise.MaxWaiting, 0, 1_000_000),
            MaxAnswerBytes = (int)settings.Number("MaxAnswerBytes", otherwise.MaxAnswerBytes, 64, 1_048_576),
            NegativeCache = settings.Time("NegativeCache", otherwise.NegativeCache, TimeSpan.Zero, TimeSpan.FromHours(1)),
            AskWithoutToken = settings.Flag("AskWithoutToken", false),
            Secret = secret,
            Granted = GrantSettings.Read(settings, roles, false),
            GoesOn = settings.Flag("GoOnWhenUnavailable", false),
        };
    }
}
