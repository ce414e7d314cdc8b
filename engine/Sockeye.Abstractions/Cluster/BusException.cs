namespace Sockeye.Cluster;

/// <summary>A bus cannot be connected, or what it is told is at fault; the message is a sentence for whoever runs the server.</summary>
/// <param name="message">The sentence.</param>
/// <param name="inner">What it was found by; null: nothing else.</param>
#pragma warning disable CA1032 // It is thrown with a sentence or not at all.
public sealed class BusException(string message, Exception? inner = null) : IOException(message, inner)
#pragma warning restore CA1032
{
    /// <summary>Whether another try ends the same: credentials, a certificate or a permission are not enough, or a setting is at fault. False: what is wrong may pass, as a server that is away. Default false.</summary>
    public bool IsFinal { get; init; }
}
