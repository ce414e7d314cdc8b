namespace Sockeye.Plugins;

/// <summary>What a plugin is, readable without running it: its manifest.</summary>
/// <param name="id">Its name in configuration, metrics, logs and paths: 1 to 64 characters of a to z, 0 to 9 and '-', beginning with a letter.</param>
/// <param name="version">Its version, for people.</param>
/// <param name="contract">The version of the contract that it was built against; the compiler fills it in.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SockeyePluginAttribute(string id, string version, int contract = PluginContract.Version) : Attribute
{
    /// <summary>Its name in configuration, metrics, logs and paths.</summary>
    public string Id { get; } = id;

    /// <summary>Its version, for people.</summary>
    public string Version { get; } = version;

    /// <summary>The version of the contract that it was built against.</summary>
    public int Contract { get; } = contract;

    /// <summary>The section below <c>Plugins</c> in the server's configuration that it gets; its id unless set.</summary>
    public string ConfigurationSection { get; set; } = id;

    /// <summary>What becomes of what a hook of it should decide, while that hook fails: default <see cref="FaultMode.Open"/>, which the setting <c>WhenFaulted</c> in its section may close; what is <see cref="FaultMode.Closed"/> no setting opens.</summary>
    public FaultMode WhenFaulted { get; set; }

    /// <summary>What a client hears of an event that the plugin refuses, unless the setting <c>Refusals</c> in its section says otherwise: default <see cref="RefusalAnswer.Event"/>.</summary>
    public RefusalAnswer Refusals { get; set; }
}

/// <summary>What becomes of what a hook should decide, when it throws, overruns its budget, or is not asked because it did so too often.</summary>
public enum FaultMode
{
    /// <summary>It goes on as if the plugin were not there.</summary>
    Open,

    /// <summary>It is refused, with the code <see cref="RefusalCode.Unavailable"/>: for plugins that protect something.</summary>
    Closed,
}

/// <summary>What a client hears of an event that a gate refuses.</summary>
public enum RefusalAnswer
{
    /// <summary>The event <c>sockeye:refused</c> with <c>{event, reason, code}</c>; an acknowledgement that it asked for is answered as well.</summary>
    Event,

    /// <summary>The acknowledgement, <c>{refused: reason, code}</c>, if it asked for one; else nothing.</summary>
    Ack,

    /// <summary>Nothing more: its socket is disconnected.</summary>
    Disconnect,

    /// <summary>Nothing.</summary>
    Silent,
}
