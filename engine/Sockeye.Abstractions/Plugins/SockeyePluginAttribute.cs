namespace Sockeye.Plugins;

/// <summary>What a plugin is, readable without running it.</summary>
/// <param name="id">Its name in configuration and logs.</param>
/// <param name="version">Its version.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SockeyePluginAttribute(string id, string version) : Attribute
{
    /// <summary>Its name in configuration and logs.</summary>
    public string Id { get; } = id;

    /// <summary>Its version.</summary>
    public string Version { get; } = version;

    /// <summary>The section below <c>Plugins</c> in the server's configuration that it gets; its id unless set.</summary>
    public string ConfigurationSection { get; set; } = id;
}
