using System.Globalization;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.Conformance;

/// <summary>The servers of the app, one for each profile, on the base port plus the profile's offset.</summary>
internal sealed class Profiles : IAsyncDisposable
{
    private readonly Settings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly List<SockeyeServer> _servers = [];
    private readonly List<(HttpServer Http, EngineServer? Engine, string Url)> _engines = [];
    private readonly DisconnectReasons _reasons = new();

    public Profiles(Settings settings)
    {
        _settings = settings;
        // Standard output belongs to the line that says "ready".
        _loggers = LoggerFactory.Create(builder => builder
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Error));

        // main
        AddSocketIO(0, options => options.Engine.Cors = new CorsOptions
        {
            Origins = ["http://allowed.example"],
            Credentials = true,
            Methods = ["GET", "POST"],
            AllowedHeaders = ["x-test"],
        });

        // fast
        AddSocketIO(1, options =>
        {
            options.ConnectTimeout = TimeSpan.FromSeconds(1);
            options.Engine.PingInterval = TimeSpan.FromMilliseconds(300);
            options.Engine.PingTimeout = TimeSpan.FromMilliseconds(200);
            options.Engine.Cors = new CorsOptions { Origins = ["*"] };
        });

        // polling, websocket
        AddSocketIO(4, options => options.Engine.Transports = EngineTransports.Polling);
        AddSocketIO(5, options => options.Engine.Transports = EngineTransports.WebSocket);

        // strict
        AddSocketIO(6, options =>
        {
            options.Path = "/rt";
            options.Engine.MaxPayloadBytes = 1000;
            options.Engine.Cookie = new CookieOptions { Name = "io", Path = "/", HttpOnly = true, SameSite = SameSite.Strict };
            options.Engine.AllowRequest = RefuseDeny;
        });

        // engine
        AddEngine(7, new EngineEcho(), new EngineOptions
        {
            PingInterval = TimeSpan.FromMilliseconds(300),
            PingTimeout = TimeSpan.FromMilliseconds(200),
            Cors = new CorsOptions { Origins = ["*"] },
        });

        AddWebSocketEcho(9);

        // client
        Add(10, ClientSupport.Configure, ClientSupport.Map);

        // engine-client
        AddEngine(11, new EngineClientSupport(), new EngineOptions
        {
            PingInterval = TimeSpan.FromMilliseconds(500),
            MaxPayloadBytes = 100,
            AllowRequest = RefuseDeny,
            InitialHeaders = EngineClientSupport.SetCookies,
        });

        // load
        Add(12, _ => { }, LoadHandlers.Map);

        // overflow
        Add(13, OverflowHandlers.Configure, OverflowHandlers.Map);

        // game
        Add(14, _ => { }, server => GameHandlers.Map(server, settings.TicksPerSecond));
    }

    public async Task StartAsync()
    {
        foreach (var server in _servers)
        {
            await server.StartAsync();
        }

        foreach (var (http, _, url) in _engines)
        {
            await http.StartAsync(url);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        foreach (var (http, engine, _) in _engines)
        {
            if (engine is not null)
            {
                await engine.DisposeAsync();
            }

            await http.DisposeAsync();
        }

        _loggers.Dispose();
    }

    private static AllowRequestResult RefuseDeny(EngineRequest request) =>
        request.Query("deny") is null ? AllowRequestResult.Allow : AllowRequestResult.Deny();

    private void AddSocketIO(int offset, Action<SockeyeServerOptions> configure) => Add(offset, configure, server => Namespaces.Map(server, _reasons));

    private void Add(int offset, Action<SockeyeServerOptions> configure, Action<SockeyeServer> map)
    {
        if (!_settings.Starts(offset))
        {
            return;
        }

        var server = SockeyeServer.Create(builder =>
        {
            builder.LoggerFactory = _loggers;
            builder.Json.TypeInfoResolverChain.Add(ConformanceJson.Default);
            builder.Options.Urls.Clear();
            builder.Options.Urls.Add(Url(offset));
            // Suites send packets of the announced maxPayload before they join a namespace.
            builder.Options.Limits.PreAuthBytes = LimitOptions.Unlimited;
            configure(builder.Options);
            builder.Options.Transport = _settings.Transport;
            builder.Options.EventLoops = _settings.Loops;
            builder.Options.IdleTrim = _settings.IdleTrim;
            if (_settings.Cluster is { } nats)
            {
                builder.UseCluster(new ClusterOptions { Name = string.Create(CultureInfo.InvariantCulture, $"profile-{offset}") }).UseNats(nats);
            }

            if (_settings.PingMilliseconds is { } ping)
            {
                builder.Options.Engine.PingInterval = TimeSpan.FromMilliseconds(ping);
            }

            if (_settings.PingTimeoutMilliseconds is { } timeout)
            {
                builder.Options.Engine.PingTimeout = TimeSpan.FromMilliseconds(timeout);
            }
        });
        map(server);
        _servers.Add(server);
    }

    private void AddEngine(int offset, IEngineHandler handler, EngineOptions options)
    {
        if (!_settings.Starts(offset))
        {
            return;
        }

        options.LoggerFactory = _loggers;
        var http = NewHttpServer();
        var engine = new EngineServer(options, handler);
        engine.Attach(http);
        _engines.Add((http, engine, Url(offset)));
    }

    private void AddWebSocketEcho(int offset)
    {
        if (!_settings.Starts(offset))
        {
            return;
        }

        const int mebibyte = 1 << 20;
        var http = NewHttpServer();
        http.MapWebSocket("*", new WebSocketEcho(), new WebSocketEndpointOptions
        {
            Limits = new WebSocketLimits { MaxMessageBytes = 64 * mebibyte, MaxFragments = 100_000 },
            // The echo of the largest message, and a second one on its way.
            Outbox = new OutboxOptions { MaxBytes = 160 * mebibyte },
        });
        _engines.Add((http, null, Url(offset)));
    }

    private HttpServer NewHttpServer() => new(new HttpServerOptions
    {
        LoggerFactory = _loggers,
        Transport = new TransportOptions { Kind = _settings.Transport },
    });

    private string Url(int offset) => $"http://127.0.0.1:{_settings.BasePort + offset}";
}
