namespace Sockeye.Plugins;

/// <summary>Plugins of folders cannot be loaded, so that the server does not start.</summary>
public sealed class PluginLoadException : Exception
{
    internal PluginLoadException(IReadOnlyList<string> faults)
        : base(string.Join(Environment.NewLine, faults)) => Faults = faults;

    /// <summary>A sentence for each fault, which names the file or folder.</summary>
    public IReadOnlyList<string> Faults { get; }
}
