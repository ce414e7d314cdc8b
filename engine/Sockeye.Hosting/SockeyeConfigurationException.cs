namespace Sockeye.Hosting;

/// <summary>The configuration has faults and the server does not start: unknown keys, values of the wrong type, values out of range.</summary>
/// <param name="faults">One sentence for each fault, beginning with its key.</param>
public sealed class SockeyeConfigurationException(IReadOnlyList<string> faults)
    : Exception("The configuration has faults:" + string.Concat(faults.Select(fault => Environment.NewLine + "  " + fault)))
{
    /// <summary>One sentence for each fault, beginning with its key.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
