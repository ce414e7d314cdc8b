namespace Sockeye.Cluster;

/// <summary>A bus cannot be connected, or what it is told is at fault; the message is a sentence for whoever runs the server.</summary>
/// <param name="message">The sentence.</param>
/// <param name="inner">What it was found by; null: nothing else.</param>
#pragma warning disable CA1032 // It is thrown with a sentence or not at all.
public sealed class BusException(string message, Exception? inner = null) : IOException(message, inner);
#pragma warning restore CA1032
