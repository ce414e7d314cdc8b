using Microsoft.Extensions.Logging;
using Sockeye.Transport;

namespace Sockeye.Cluster.Nats;

/// <summary>What the bus over NATS logs. Subjects are ASCII by their grammar, and loggers behind it are clean.</summary>
/// <remarks>It owns the limits of its lines. Any thread; lives as long as the bus. All of it can be caused as often as somebody likes, so each kind is limited.</remarks>
internal sealed partial class NatsLog(ILogger logger, TimeProvider time)
{
    /// <summary>How often the log says for the same reason that messages are dropped, which they are as long as NATS is away (own).</summary>
    private static readonly TimeSpan DroppedTime = TimeSpan.FromSeconds(10);

    private readonly LogLimit _open = new(time);
    private readonly LogLimit _lost = new(time);
    private readonly LogLimit _unreachable = new(time);
    private readonly LogLimit[] _dropped = [.. Enum.GetValues<NatsDrop>().Select(_ => new LogLimit(time, DroppedTime))];
    private readonly LogLimit _failed = new(time);
    private readonly LogLimit _told = new(time);

    [LoggerMessage(2600, LogLevel.Information, "The bus is connected to {Server} for {Link}{Omitted}")]
    private static partial void Opened(ILogger logger, string server, string link, string omitted);

    [LoggerMessage(2601, LogLevel.Warning, "The bus has lost {Server} for {Link}: what is published waits, at most {Bytes} bytes for {Time}{Omitted}")]
    private static partial void Lost(ILogger logger, string server, string link, int bytes, TimeSpan time, string omitted);

    [LoggerMessage(2602, LogLevel.Warning, "The bus is connected again to {Server} for {Link}: messages that had waited: {Waited}, dropped: {Dropped}{Omitted}")]
    private static partial void Reopened(ILogger logger, string server, string link, long waited, long dropped, string omitted);

    [LoggerMessage(2603, LogLevel.Warning, "The bus cannot be connected for {Link}: {Reason}{Omitted}")]
    private static partial void Unreachable(ILogger logger, string link, string reason, string omitted);

    [LoggerMessage(2604, LogLevel.Warning, "A message to \"{Subject}\" was dropped: {Reason}{Omitted}")]
    private static partial void Dropped(ILogger logger, string subject, string reason, string omitted);

    [LoggerMessage(2605, LogLevel.Error, "{What} of the bus failed{Omitted}")]
    private static partial void Failed(ILogger logger, string what, string omitted, Exception failure);

    [LoggerMessage(2606, LogLevel.Error, "NATS says for {Link}: {Error}{Omitted}")]
    private static partial void Told(ILogger logger, string link, string error, string omitted);

    [LoggerMessage(2607, LogLevel.Warning, "A message that the bus had sent to itself for {Link} has not come back within {Time}: the connection is made anew{Omitted}")]
    private static partial void Silent(ILogger logger, string link, TimeSpan time, string omitted);

    public void Opened(string server, string link)
    {
        if (_open.Admits(out var omitted))
        {
            Opened(logger, server, link, Text(omitted));
        }
    }

    public void Reopened(string server, string link, long waited, long dropped)
    {
        if (_open.Admits(out var omitted))
        {
            Reopened(logger, server, link, waited, dropped, Text(omitted));
        }
    }

    public void Lost(string server, string link, NatsBusOptions options)
    {
        if (_lost.Admits(out var omitted))
        {
            Lost(logger, server, link, options.OutageBytes, options.OutageTime, Text(omitted));
        }
    }

    public void Silent(string link, TimeSpan time)
    {
        if (_lost.Admits(out var omitted))
        {
            Silent(logger, link, time, Text(omitted));
        }
    }

    public void Unreachable(string link, string reason)
    {
        if (_unreachable.Admits(out var omitted))
        {
            Unreachable(logger, link, reason, Text(omitted));
        }
    }

    public void Dropped(NatsDrop reason, string subject, string why)
    {
        if (_dropped[(int)reason].Admits(out var omitted))
        {
            Dropped(logger, subject, why, Text(omitted));
        }
    }

    public void Failed(string what, Exception failure)
    {
        if (_failed.Admits(out var omitted))
        {
            Failed(logger, what, Text(omitted), failure);
        }
    }

    public void Told(string link, string error)
    {
        if (_told.Admits(out var omitted))
        {
            Told(logger, link, error, Text(omitted));
        }
    }

    private static string Text(long omitted) => omitted == 0 ? "" : $" (lines before that were left out: {omitted})";
}
