namespace Sockeye.Plugin.Auth.Sources;

/// <summary>A source that has been configured and not been made. Does not change.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Make">Makes it.</param>
internal sealed record SourcePlan(string Name, Func<SourceServices, AuthSource> Make)
{
    /// <summary>Whether it asks a service or the bus about each client, instead of knowing by keys.</summary>
    public bool AsksOthers { get; init; }

    /// <summary>Whether the next source is asked while it cannot decide.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Why it may say nothing of a token, for people.</summary>
    public string WhyNext { get; init; } = "";
}
