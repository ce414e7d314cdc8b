namespace Sockeye.Plugin.Routing;

/// <summary>Rules are faulty, and do not hold.</summary>
/// <param name="faults">What is wrong, a line for each fault.</param>
public sealed class RoutingException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>What is wrong: a line for each fault, with file, line and column or the path of the configuration in front.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
