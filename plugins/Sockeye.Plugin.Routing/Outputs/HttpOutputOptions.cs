namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>An HTTP target as the configuration has it. Does not change; two are equal if all of it is.</summary>
internal sealed record HttpOutputOptions
{
    /// <summary>Where events are posted to.</summary>
    public required Uri Url { get; init; }

    /// <summary>Keys of the signature, the newest first: none, one, or two while they change.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Time of one attempt, with connecting.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts for one event.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Before the second attempt; doubled for each that follows, each between half of it and all of it, by chance.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest delay before an attempt, also if the target asks for more.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Events that wait or are on their way.</summary>
    public int MaxQueued { get; init; } = 10_000;

    /// <summary>Bytes of those.</summary>
    public long MaxQueuedBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of one event in its envelope.</summary>
    public int MaxEventBytes { get; init; } = 1024 * 1024;

    /// <summary>Requests at a time.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>One request at a time, in the order of the events, and the next only after the one before has been delivered or given up.</summary>
    public bool Ordered { get; init; }

    /// <summary>How long it goes on delivering when it ends.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The subject of the plugin's bus that gets what was dropped; null: none.</summary>
    public string? DeadLetters { get; init; }

    /// <inheritdoc />
    public bool Equals(HttpOutputOptions? other) =>
        other is not null && Url == other.Url && Secrets.SequenceEqual(other.Secrets, StringComparer.Ordinal) && Timeout == other.Timeout && MaxAttempts == other.MaxAttempts
        && FirstDelay == other.FirstDelay && MaxDelay == other.MaxDelay && MaxQueued == other.MaxQueued && MaxQueuedBytes == other.MaxQueuedBytes && MaxEventBytes == other.MaxEventBytes
        && Concurrency == other.Concurrency && Ordered == other.Ordered && DrainTimeout == other.DrainTimeout && DeadLetters == other.DeadLetters;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Url, MaxAttempts, MaxQueued, Concurrency, Ordered);

    /// <summary>Its numbers alone: an address may hold a secret.</summary>
    public override string ToString() => $"HTTP output, {MaxAttempts} attempts, {Concurrency} at a time";

    /// <summary>What is wrong with it.</summary>
    /// <returns>The key, and the fault in words without secrets.</returns>
    public IEnumerable<(string Key, string Fault)> Check()
    {
        if (!Url.IsAbsoluteUri || (Url.Scheme != Uri.UriSchemeHttp && Url.Scheme != Uri.UriSchemeHttps))
        {
            yield return (nameof(Url), "it begins with http:// or https://");
        }
        else if (Url.UserInfo.Length > 0)
        {
            yield return (nameof(Url), "it has no name and password in it: sign with a secret");
        }
        else if (Url.Fragment.Length > 0)
        {
            yield return (nameof(Url), "it has no fragment");
        }

        foreach (var fault in Secrets.Select(secret => WebhookSignature.TryReadKey(secret, out _)).OfType<string>())
        {
            yield return (nameof(Secrets), fault);
        }

        if (Secrets.Count > 2)
        {
            yield return (nameof(Secrets), "at most two, the new one and the old one");
        }

        (string Key, double Value, double Least, double Most)[] ranges =
        [
            (nameof(Timeout), Timeout.TotalSeconds, 0.1, 300),
            (nameof(MaxAttempts), MaxAttempts, 1, 20),
            (nameof(FirstDelay), FirstDelay.TotalSeconds, 1, 60),
            (nameof(MaxDelay), MaxDelay.TotalSeconds, 1, 3600),
            (nameof(MaxQueued), MaxQueued, 1, 1_000_000),
            (nameof(MaxQueuedBytes), MaxQueuedBytes, 1024, 1 << 30),
            (nameof(MaxEventBytes), MaxEventBytes, 1024, 16 * 1024 * 1024),
            (nameof(Concurrency), Concurrency, 1, 64),
            (nameof(DrainTimeout), DrainTimeout.TotalSeconds, 0, 60),
        ];
        foreach (var (key, value, least, most) in ranges)
        {
            if (!(value >= least && value <= most))
            {
                yield return (key, FormattableString.Invariant($"it is between {least} and {most}{(key is nameof(Timeout) or nameof(FirstDelay) or nameof(MaxDelay) or nameof(DrainTimeout) ? " seconds" : "")}"));
            }
        }

        if (DeadLetters is not null && !Cluster.BusSubject.IsValid(DeadLetters))
        {
            yield return (nameof(DeadLetters), "a subject is tokens of visible ASCII without * and >, joined by dots");
        }
    }
}
