using System.Net;
using System.Net.Sockets;

namespace Sockeye.Host.Tests.Telemetry;

/// <summary>A collector that takes OTLP over HTTP and keeps what came, on a free port of this machine.</summary>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<OtlpRequest> _requests = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpReceiver(int port)
    {
        Url = $"http://127.0.0.1:{port}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _ = TakeAsync();
    }

    public string Url { get; }

    /// <summary>What is answered.</summary>
    public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;

    public static OtlpReceiver Start() => new(FreePort());

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    public IReadOnlyList<OtlpRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>The metrics of the first request of which that is true.</summary>
    public async Task<IReadOnlyList<OtlpMetric>> MetricsAsync(Func<IReadOnlyList<OtlpMetric>, bool> isWanted) =>
        OtlpMetric.Read((await FirstAsync(request => request.Path == "/v1/metrics" && isWanted(OtlpMetric.Read(request.Body)))).Body);

    /// <summary>All spans, once one came of which that is true.</summary>
    public async Task<IReadOnlyList<OtlpSpan>> SpansAsync(Func<OtlpSpan, bool> isWanted)
    {
        await FirstAsync(request => request.Path == "/v1/traces" && OtlpSpan.Read(request.Body).Any(isWanted));
        return [.. Requests.Where(static request => request.Path == "/v1/traces").SelectMany(static request => OtlpSpan.Read(request.Body))];
    }

    /// <summary>The first request of which that is true, which may be still to come.</summary>
    public async Task<OtlpRequest> FirstAsync(Func<OtlpRequest, bool> isWanted)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_requests.Find(request => isWanted(request)) is { } found)
                {
                    return found;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(TimeSpan.FromMinutes(1));
        }
    }

    public void Dispose() => ((IDisposable)_listener).Dispose();

    private async Task TakeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using MemoryStream body = new();
            await context.Request.InputStream.CopyToAsync(body);
            context.Response.StatusCode = (int)Answer;
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
            lock (_lock)
            {
                _requests.Add(new OtlpRequest(context.Request.Url!.AbsolutePath, context.Request.ContentType, context.Request.Headers["Authorization"], body.ToArray()));
                _changed.TrySetResult();
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}

/// <summary>A request as it came.</summary>
internal sealed record OtlpRequest(string Path, string? ContentType, string? Authorization, byte[] Body);
