namespace Sockeye.Transport;

/// <summary>Hears of what application code has thrown where nobody waits for it: an <c>async void</c>, or work that was posted to a loop's synchronisation context.</summary>
public interface IApplicationFailures
{
    /// <summary>Called on whichever thread it was thrown; what it throws itself is logged.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="where">The name of the loop, or "the thread pool".</param>
    void Failed(Exception exception, string where);
}

/// <summary>Tells what it does that a loop is held by. Used as the source of <see cref="ITransportLoop.SetActivity"/>.</summary>
public interface IActivitySource
{
    /// <summary>One line for the log, without control characters. Called only when a turn takes too long, perhaps by another thread while it lasts.</summary>
    /// <param name="activity">What was set beside the source.</param>
    string Describe(string activity);
}
