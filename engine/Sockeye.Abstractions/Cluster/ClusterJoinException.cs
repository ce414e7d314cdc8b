namespace Sockeye.Cluster;

/// <summary>A server cannot be one of its cluster as it is configured, such as with a number that another one has: it does not start, and another try ends the same.</summary>
/// <param name="message">What to change.</param>
public sealed class ClusterJoinException(string message) : InvalidOperationException(message);
