using System.Buffers;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;

namespace Sockeye.Host.Administration;

/// <summary><c>/metrics</c>, for Prometheus and whoever reads its formats.</summary>
/// <remarks>It collects on the thread pool, since instruments of plugins are asked too; scrapes that come meanwhile get what that one brings, so however many ask, one collects. What an instrument throws is told once.</remarks>
internal sealed class MetricsPage(MetricCollector collector, TimeProvider time, ILogger logger)
{
    /// <summary>How long a scrape waits for instruments; then it gets 503, while the collection goes on alone. Prometheus itself waits for 10 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task<IReadOnlyList<MetricFamily>>? _collection;
    private int _hasFailed;

    public void Map(AdministrationRoutes routes) => routes.MapGet("/metrics", AnswerAsync);

    private async Task AnswerAsync(HttpExchange exchange)
    {
        IReadOnlyList<MetricFamily> families;
        try
        {
            families = await CollectAsync().WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            exchange.RespondText(503, "an instrument does not say what it has counted\n");
            return;
        }

        var isOpen = PrometheusText.WantsOpenMetrics(exchange.Header("Accept"));
        ArrayBufferWriter<byte> text = new(65_536);
        PrometheusText.Write(text, families, isOpen);
        exchange.AddHeader("Vary", "Accept");
        exchange.Respond(200, isOpen ? PrometheusText.OpenType : PrometheusText.PlainType, text.WrittenSpan);
    }

    private Task<IReadOnlyList<MetricFamily>> CollectAsync()
    {
        lock (_lock)
        {
            return _collection is { IsCompleted: false } ? _collection : _collection = Task.Run(Collect);
        }
    }

    private IReadOnlyList<MetricFamily> Collect()
    {
        var families = collector.Collect(out var failure);
        if (failure is not null && Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            HostLog.InstrumentFailed(logger, failure);
        }

        return families;
    }
}
