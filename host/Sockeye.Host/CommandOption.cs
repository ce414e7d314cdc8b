namespace Sockeye.Host;

/// <summary>An option of a command, which has a value: <c>--key value</c> or <c>--key=value</c>.</summary>
internal static class CommandOption
{
    /// <summary>Takes the option at a place, and its value.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="i">The place; then that of its last word.</param>
    /// <param name="usage">How the command is called.</param>
    /// <exception cref="HostConfigurationException">It has no value.</exception>
    public static (string Key, string Value) Take(IReadOnlyList<string> args, ref int i, string usage)
    {
        var key = args[i];
        var equals = key.StartsWith("--", StringComparison.Ordinal) ? key.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals > 0 ? (key[..equals], key[(equals + 1)..])
            : i + 1 < args.Count ? (key, args[++i])
            : throw new HostConfigurationException($"'{key}' has no value: {usage}");
    }
}
