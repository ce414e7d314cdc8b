namespace Sockeye.Plugins;

/// <summary>Plugins of folders cannot be loaded, so that the server does not start.</summary>
public sealed class PluginLoadException : Exception
{
    internal PluginLoadException(IReadOnlyList<string> faults)
        : base(string.Join(Environment.NewLine, faults)) => Faults = faults;

    internal const string PluginKey = "Sockeye.Plugin";
    internal const string TraceKey = "Sockeye.Trace";

    /// <summary>The plugin whose start a failure has ended, as the exception of any type that the start of the server throws; null: it is that of no plugin.</summary>
    /// <param name="failure">The failure.</param>
    public static string? PluginOf(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Data[PluginKey] as string;
    }

    /// <summary>A sentence for each fault, which names the file or folder.</summary>
    public IReadOnlyList<string> Faults { get; }
}
