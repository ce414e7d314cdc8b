namespace Sockeye.Transport;

/// <summary>Hears of what application code has thrown where nobody waits for it: an <c>async void</c>, or work that was posted to a loop's synchronisation context.</summary>
public interface IApplicationFailures
{
    /// <summary>Called on whichever thread it was thrown; what it throws itself is logged.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="where">The name of the loop, or "the thread pool".</param>
    void Failed(Exception exception, string where);
}
