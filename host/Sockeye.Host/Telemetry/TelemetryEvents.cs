using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Sockeye.Transport;

namespace Sockeye.Host.Telemetry;

/// <summary>What the SDK of OpenTelemetry says of itself, in the log: collectors that are not reached and reached again, spans that had no room, instruments that throw.</summary>
/// <remarks>
/// <para><b>Owns</b> the count of lines of each kind. The SDK says such things as events of .NET and nowhere else.</para>
/// <para><b>Thread.</b> Any, those of the SDK as a rule. <b>Lifetime.</b> That of the service.</para>
/// <para><b>Limits.</b> One line for each collector and each kind in <see cref="Interval"/>. The kinds are those of the SDK.</para>
/// </remarks>
internal sealed class TelemetryEvents : EventListener
{
    /// <summary>Between two lines of one kind. Own: one that is away for a night is a hundred lines.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private const string Sdk = "OpenTelemetry-Sdk";
    private const string Success = "ExportSuccess";

    // Of the others the host is the cause itself, such as instruments that it does not show.
    private static readonly string[] s_ofSdk =
    [
        "SpanProcessorException", "MetricObserverCallbackException", "TracerProviderException", "ExistsDroppedExportProcessorItems", "MetricReaderException", "MeterProviderException",
        "InvalidConfigurationValue", "TracesSamplerConfigInvalid", "TracesSamplerArgConfigInvalid",
    ];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Told> _told = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public TelemetryEvents(TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);

        // The base has shown those that were there before these fields were.
        foreach (var source in EventSource.GetSources())
        {
            Listen(source);
        }
    }

    /// <inheritdoc />
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (_logger is not null)
        {
            Listen(eventSource);
        }
    }

    /// <inheritdoc />
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource.Name == Sdk && !s_ofSdk.Contains(eventData.EventName))
        {
            return;
        }

        // What begins with an address is of that collector; all else is of its kind.
        var collector = eventData.Payload is [string address, ..] && Uri.IsWellFormedUriString(address, UriKind.Absolute) ? address : null;
        var kind = collector ?? eventData.EventName ?? "";
        var isSuccess = eventData.EventName == Success;
        if (!isSuccess && eventData.Level > EventLevel.Warning)
        {
            return;
        }

        lock (_lock)
        {
            if (!_told.TryGetValue(kind, out var told))
            {
                if (isSuccess)
                {
                    return;
                }

                _told[kind] = told = new Told(new LogLimit(_time, Interval));
            }

            if (isSuccess ? !told.IsFailing : !told.Limit.Admits(out _))
            {
                return;
            }

            told.IsFailing = !isSuccess;
        }

        if (isSuccess)
        {
            HostLog.TelemetryAgain(_logger, kind);
        }
        else
        {
            HostLog.TelemetryFailed(_logger, Text(eventData, collector), Interval);
        }
    }

    private void Listen(EventSource source)
    {
        if (source.Name is Exporter)
        {
            EnableEvents(source, EventLevel.Informational);
        }
        else if (source.Name is Sdk)
        {
            EnableEvents(source, EventLevel.Warning);
        }
    }

    // Of each part the first line, since behind it is the stack; of a collector the last part, which is why.
    private static string Text(EventWrittenEventArgs said, string? collector)
    {
        string[] parts = [.. (said.Payload ?? new([])).Select(static part => Said($"{part}".Split('\n', 2)[0].Trim()))];
        return collector is not null ? $"{LogText.Escape(collector)}: {LogText.Escape(parts[^1])}"
            : LogText.Escape(said.Message is { } message ? string.Format(CultureInfo.InvariantCulture, message, parts) : string.Join(' ', parts));
    }

    // Without the type of an exception in front.
    private static string Said(string text)
    {
        const string end = "Exception: ";
        var at = text.IndexOf(end, StringComparison.Ordinal);
        return at > 0 && !text.AsSpan(0, at).Contains(' ') ? text[(at + end.Length)..] : text;
    }

    private sealed class Told(LogLimit limit)
    {
        public LogLimit Limit { get; } = limit;

        public bool IsFailing { get; set; }
    }
}
