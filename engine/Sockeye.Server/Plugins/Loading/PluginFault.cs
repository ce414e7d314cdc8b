namespace Sockeye.Server.Plugins;

/// <summary>Why a plugin cannot be loaded: one sentence for the operator, which names the file or folder.</summary>
internal sealed class PluginFault(string sentence, Exception? cause = null) : Exception(sentence, cause)
{
    /// <summary>What code of the plugin has thrown, with its stack, as text; null: it has thrown nothing.</summary>
    public string? Trace { get; init; }
}
