using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Administration;
using Sockeye.Host.Lifecycle;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host.Tests.Administration;

/// <summary>A server of clients and the listener of operators beside it, as the host puts them together, in the process of the test and on free ports.</summary>
internal sealed class OperatedHost : IAsyncDisposable
{
    private readonly IHost _host;

    private OperatedHost(IHost host, AwaitedLog log) => (_host, Log) = (host, log);

    /// <summary>What has been logged.</summary>
    public AwaitedLog Log { get; }

    public HttpClient Http { get; } = new();

    public SockeyeServer Server => _host.Services.GetRequiredService<SockeyeServer>();

    public ConfigurationState Configuration => _host.Services.GetRequiredService<ConfigurationState>();

    /// <summary>The listener of operators.</summary>
    public SockeyeServer Administration => _host.Services.GetRequiredKeyedService<SockeyeServer>(HostAdministration.Key);

    /// <summary>Where operators reach it.</summary>
    public string Operators => $"http://{Administration.Endpoints[0]}";

    /// <summary>Where clients reach it.</summary>
    public string Clients => $"http://{Server.Endpoints[0]}";

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public static OperatedHost Build(Action<SockeyeHostBuilder> clients, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Administration:Urls", "http://127.0.0.1:0"),
            .. settings.Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)),
        ]).Build();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<ConfigurationState>();
        AwaitedLog log = new();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        HostTelemetry.Add(builder, configuration);
        HostAdministration.Add(builder, configuration, InheritedSockets.None);
        builder.Services.Configure<SockeyeServerOptions>(static options =>
        {
            options.Urls = ["http://127.0.0.1:0"];
            options.EventLoops = 2;
        });
        builder.AddSockeye(clients);
        return new OperatedHost(builder.Build(), log);
    }

    public static async Task<OperatedHost> StartAsync(Action<SockeyeHostBuilder> clients, params (string Key, string Value)[] settings)
    {
        var host = Build(clients, settings);
        await host.StartAsync();
        return host;
    }

    public Task StartAsync() => _host.StartAsync();

    public Task StopAsync() => _host.StopAsync();

    /// <summary>A client over polling in the main namespace.</summary>
    public async Task<PollingClient> ConnectAsync()
    {
        var client = await OpenAsync(Clients);
        await client.SendAsync("40");
        await client.ReceiveAsync();
        return client;
    }

    /// <summary>A client over polling that has asked for no namespace.</summary>
    /// <param name="server">Of whom.</param>
    public async Task<PollingClient> OpenAsync(string server)
    {
        var open = await Http.GetStringAsync(new Uri($"{server}/socket.io/?EIO=4&transport=polling"));
        return new PollingClient(Http, $"{server}/socket.io/?EIO=4&transport=polling&sid={open.Split("\"sid\":\"")[1].Split('"')[0]}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _host.StopAsync();
        _host.Dispose();
    }
}

/// <summary>A client over polling.</summary>
internal sealed class PollingClient(HttpClient http, string url)
{
    public string Url => url;

    public async Task SendAsync(string packet)
    {
        using var content = new StringContent(packet, Encoding.UTF8, "text/plain");
        using var answer = await http.PostAsync(new Uri(url), content);
        answer.EnsureSuccessStatusCode();
    }

    public Task<string> ReceiveAsync() => http.GetStringAsync(new Uri(url));

    /// <summary>What comes up to an answer that has a text in it.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        var said = "";
        while (!said.Contains(text, StringComparison.Ordinal))
        {
            said += await ReceiveAsync();
        }

        return said;
    }

    /// <summary>Polls until there is no such session any more.</summary>
    public async Task ReadToEndAsync()
    {
        while (await StatusAsync() == HttpStatusCode.OK)
        {
        }
    }

    /// <summary>What a poll gets.</summary>
    public async Task<HttpStatusCode> StatusAsync()
    {
        using var answer = await http.GetAsync(new Uri(url));
        return answer.StatusCode;
    }
}
