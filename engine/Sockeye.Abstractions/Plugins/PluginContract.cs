namespace Sockeye.Plugins;

/// <summary>The version of the contract between plugins and the engine: one number, raised when a plugin of before cannot work any more.</summary>
public static class PluginContract
{
    /// <summary>The version of this assembly. It is compiled into the attribute of each plugin that is built against it; an engine with a lower one refuses the plugin, before any code of it runs.</summary>
    public const int Version = 1;

    /// <summary>The oldest version that this assembly still understands.</summary>
    public const int Oldest = 1;
}
