namespace Sockeye.Transport;

/// <summary>Tells what it does that a loop is held by. Used as the source of <see cref="ITransportLoop.SetActivity"/>.</summary>
public interface IActivitySource
{
    /// <summary>One line for the log, without control characters. Called only when a turn takes too long, perhaps by another thread while it lasts.</summary>
    /// <param name="activity">What was set beside the source.</param>
    string Describe(string activity);
}
