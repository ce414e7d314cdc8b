namespace Sockeye.Transport.Loops;

/// <summary>Where an exception goes that reached the loop: it is logged and counted, and the loop goes on.</summary>
internal interface ILoopFaults
{
    /// <summary>Logs and counts the exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="source">The object that threw it.</param>
    void Report(Exception exception, object source);
}
