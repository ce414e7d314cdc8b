using Microsoft.Extensions.Logging;
using Sockeye.Transport;

namespace Sockeye.Server.Cluster;

/// <summary>What a bus in the process logs. Subjects are ASCII by their grammar.</summary>
/// <remarks>Any thread; lives as long as the bus. All of it can be caused as often as somebody likes, so each kind is limited.</remarks>
internal sealed partial class BusLog(ILogger logger, TimeProvider time)
{
    /// <summary>How often the log says for the same reason that messages are dropped, as the bus over NATS does (own): a receiver that is behind stays so, and who sends too much goes on.</summary>
    private static readonly TimeSpan DroppedTime = TimeSpan.FromSeconds(10);

    private readonly LogLimit _failed = new(time);
    private readonly LogLimit _dropped = new(time, DroppedTime);
    private readonly LogLimit _tooLong = new(time, DroppedTime);

    [LoggerMessage(2130, LogLevel.Error, "{What} of the bus failed{Omitted}")]
    private static partial void Failed(ILogger logger, string what, string omitted, Exception failure);

    [LoggerMessage(2131, LogLevel.Warning, "A message to \"{Subject}\" was dropped: as much as may wait does so for the subscription \"{Subscription}\", whose receiver is behind{Omitted}")]
    private static partial void Dropped(ILogger logger, string subject, string subscription, string omitted);

    [LoggerMessage(2132, LogLevel.Warning, "A message of {Bytes} bytes to \"{Subject}\" was dropped: the longest may have {Max}{Omitted}")]
    private static partial void TooLong(ILogger logger, long bytes, string subject, int max, string omitted);

    public void Failed(string what, Exception failure)
    {
        if (_failed.Admits(out var omitted))
        {
            Failed(logger, what, Text(omitted), failure);
        }
    }

    public void Dropped(string subject, string subscription)
    {
        if (_dropped.Admits(out var omitted))
        {
            Dropped(logger, subject, subscription, Text(omitted));
        }
    }

    public void TooLong(string subject, long bytes, int max)
    {
        if (_tooLong.Admits(out var omitted))
        {
            TooLong(logger, bytes, subject, max, Text(omitted));
        }
    }

    private static string Text(long omitted) => omitted == 0 ? "" : $" (lines before that were left out: {omitted})";
}
