using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.Plugins;
using Sockeye.Testing;

namespace Sockeye.Hosting.Tests;

/// <summary>Servers in hosts, over real sockets.</summary>
public sealed class AddSockeyeTests
{
    [Fact]
    public async Task A_host_serves_a_handler_class_with_a_scoped_service_and_drains_when_it_stops()
    {
        var builder = NewBuilder();
        builder.Services.AddScoped<Greeting>();
        builder.AddSockeye(sockeye => sockeye.AddHandlers<Greeter>());
        using var host = builder.Build();
        await host.StartAsync();
        var server = host.Services.GetRequiredService<SockeyeServer>();
        Assert.Equal(ServerState.Running, server.State);
        using var client = await WireSocket.ConnectAsync(server);
        await client.JoinAsync();
        await client.SendAsync("420[\"greet\",\"Ann\"]");
        Assert.Equal("430[\"Hello, Ann\"]", await client.ReceiveAsync());
        client.Dispose();
        await host.StopAsync();
        Assert.Equal(ServerState.Stopped, server.State);
    }

    [Fact]
    public async Task A_host_of_the_older_kind_serves_too()
    {
        using var host = Host.CreateDefaultBuilder(["--Sockeye:Urls=http://127.0.0.1:0"])
            .UseSockeye(sockeye => sockeye.AddHandlers<Greeter>("/greetings").Services.AddScoped<Greeting>())
            .Build();
        await host.StartAsync();
        using var client = await WireSocket.ConnectAsync(host.Services.GetRequiredService<SockeyeServer>());
        await client.JoinAsync("/greetings");
        await client.SendAsync("42/greetings,0[\"greet\",\"Ann\"]");
        Assert.Equal("43/greetings,0[\"Hello, Ann\"]", await client.ReceiveAsync());
        client.Dispose();
        await host.StopAsync();
    }

    [Fact]
    public async Task A_web_application_serves_its_own_port_and_Sockeye_another_from_one_container()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["Sockeye:Urls"] = "http://127.0.0.1:0";
        builder.Services.AddScoped<Greeting>();
        builder.Services.AddHealthChecks().AddSockeye();
        builder.AddSockeye().AddHandlers<Greeter>();
        await using var app = builder.Build();
        app.MapHealthChecks("/healthz");
        app.MapGet("/tell/{text}", (string text, SockeyeServer server) => server.Emit("told", text) == EmitResult.Accepted ? Results.Ok() : Results.StatusCode(500));
        await app.StartAsync();
        using var client = await WireSocket.ConnectAsync(app.Services.GetRequiredService<SockeyeServer>());
        await client.JoinAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        Assert.Equal("Healthy", await http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/tell/news", UriKind.Relative))).StatusCode);
        Assert.Equal("42[\"told\",\"news\"]", await client.ReceiveAsync());
        client.Dispose();
        await app.StopAsync();
    }

    [Fact]
    public async Task A_server_of_a_cluster_whose_bus_is_away_is_degraded_and_says_what_it_knows()
    {
        var bus = new TestBus();
        var builder = NewBuilder();
        builder.Services.AddHealthChecks().AddSockeye();
        builder.AddSockeye().Configure(sockeye =>
        {
            sockeye.Bus = bus.Connect("one");
            sockeye.UseCluster(new ClusterOptions { JoinTime = TimeSpan.FromMilliseconds(10) });
        });
        using var host = builder.Build();
        await host.StartAsync();
        var health = host.Services.GetRequiredService<HealthCheckService>();
        var entry = (await health.CheckHealthAsync()).Entries["sockeye"];
        Assert.Equal((HealthStatus.Healthy, "Open", "", 0L), (entry.Status, entry.Data["bus"], entry.Data["nodes"], entry.Data["gaps"]));
        bus.Denies = static (_, subject) => subject.EndsWith(".s", StringComparison.Ordinal);
        entry = (await health.CheckHealthAsync()).Entries["sockeye"];
        Assert.Equal((HealthStatus.Degraded, 1), (entry.Status, entry.Data["unheard"]));
        bus.Denies = null;
        bus.SetConnected("one", false);
        entry = (await health.CheckHealthAsync()).Entries["sockeye"];
        Assert.Equal((HealthStatus.Degraded, "Disconnected"), (entry.Status, entry.Data["bus"]));
        await host.StopAsync();
    }

    [Fact]
    public async Task Faults_of_the_configuration_keep_a_host_from_starting_before_anything_of_it_has_started()
    {
        var builder = NewBuilder(("Sockeye:Engine:PingIntervall", "00:00:10"), ("Sockeye:AckTimeout", "soon"), ("Sockeye:Limits:RoomsPerSocket", "0"));
        var started = new Started();
        builder.Services.AddSingleton<IHostedService>(started);
        builder.AddSockeye();
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<SockeyeConfigurationException>(() => host.StartAsync());
        Assert.Equal(["Engine:PingIntervall", "AckTimeout", "Limits:RoomsPerSocket"], e.Faults.Select(fault => fault.Split(": ", 2)[0].Split(' ', 2)[0]).OrderBy(key => key.Contains("Rooms", StringComparison.Ordinal) ? 2 : key.Contains("Ack", StringComparison.Ordinal) ? 1 : 0));
        Assert.False(started.HasStarted);
    }

    [Fact]
    public async Task Settings_of_a_cluster_that_nothing_reads_keep_a_host_from_starting_alone()
    {
        var builder = NewBuilder(("Sockeye:Cluster:Nats:Servers", "nats://127.0.0.1:4222"));
        builder.AddSockeye();
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<SockeyeConfigurationException>(() => host.StartAsync());
        Assert.StartsWith("Cluster:Nats: nothing reads these settings", Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_cluster_are_those_of_its_server_and_win_over_code()
    {
        var builder = NewBuilder(("Sockeye:Cluster:Name", "chat"), ("Sockeye:Cluster:Heartbeat", "00:00:00.5"), ("Sockeye:Cluster:Secret", "sixteen letters!"));
        var (bus, options) = (new TestBus(), new ClusterOptions { Name = "other", JoinTime = TimeSpan.FromMilliseconds(10) });
        builder.AddSockeye().Configure(sockeye =>
        {
            sockeye.Bus = bus.Connect("one");
            sockeye.UseCluster(options);
        });
        using var host = builder.Build();
        await host.StartAsync();
        Assert.Equal("chat", host.Services.GetRequiredService<SockeyeServer>().Cluster!.Name);
        Assert.Equal((TimeSpan.FromSeconds(0.5), TimeSpan.FromMilliseconds(10), "sixteen letters!"), (options.Heartbeat, options.JoinTime, System.Text.Encoding.UTF8.GetString(options.Secret.Span)));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("Hartbeat", "00:00:01", "Cluster:Hartbeat: unknown key; did you mean Cluster:Heartbeat?")]
    [InlineData("Natz:Servers", "x", "Cluster:Natz:Servers: unknown key; did you mean Cluster:Nats:Servers?")]
    [InlineData("Servers", "x", "Cluster:Servers: unknown key; did you mean Cluster:Nats:Servers?")]
    [InlineData("Heartbeat", "2", "Cluster:Heartbeat: '2' is not a duration like 00:00:25")]
    [InlineData("Heartbeat", "00:05:00", "Cluster:Heartbeat is 00:05:00; it must be 00:00:00.1000000 to 00:01:00")]
    [InlineData("Secret", "hidden", "Cluster:Secret has 6 bytes; it must be 16 at least")]
    public async Task Settings_of_a_cluster_that_are_at_fault_keep_a_host_from_starting_and_secrets_are_not_shown(string key, string value, string fault)
    {
        var builder = NewBuilder(("Sockeye:Cluster:" + key, value));
        builder.AddSockeye().Configure(static sockeye => sockeye.UseCluster());
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<SockeyeConfigurationException>(() => host.StartAsync());
        Assert.Contains(e.Faults, found => found.StartsWith(fault, StringComparison.Ordinal));
        Assert.DoesNotContain(e.Faults, static found => found.Contains("hidden", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_misspelt_setting_of_a_cluster_is_named_before_the_bus_is_missed()
    {
        var builder = NewBuilder(("Sockeye:Cluster:Nat:Servers", "nats://127.0.0.1:4222"));
        builder.AddSockeye();
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<SockeyeConfigurationException>(() => host.StartAsync());
        Assert.Equal("Cluster:Nat:Servers: unknown key; did you mean Cluster:Nats:Servers?", Assert.Single(e.Faults));
    }

    [Fact]
    public async Task Settings_of_a_cluster_without_a_bus_keep_a_host_from_starting_alone()
    {
        var builder = NewBuilder(("Sockeye:Cluster:Name", "chat"));
        builder.AddSockeye();
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<SockeyeConfigurationException>(() => host.StartAsync());
        Assert.StartsWith("Cluster: there is no bus", Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Faults_of_code_keep_a_host_from_starting(bool byOptions)
    {
        var builder = NewBuilder();
        builder.AddSockeye(sockeye =>
        {
            if (byOptions)
            {
                sockeye.Services.Configure<SockeyeServerOptions>(options => options.MaxConnections = 0);
            }
            else
            {
                sockeye.Configure(server => server.Options.MaxConnections = 0);
            }
        });
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<SockeyeConfigurationException>(() => host.StartAsync());
        Assert.StartsWith("MaxConnections is 0; it must be 1 to ", Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_are_those_of_the_container_and_what_comes_later_wins()
    {
        var builder = NewBuilder(("Sockeye:AckTimeout", "00:00:01"), ("Sockeye:ConnectTimeout", "00:00:01"), ("Sockeye:DrainTime", "00:00:01"));
        SockeyeServerOptions? used = null;
        builder.AddSockeye(sockeye => sockeye.Configure((server, services) =>
        {
            Assert.NotNull(services.GetService<IHostEnvironment>());
            used = server.Options;
            used.DrainTime = TimeSpan.FromSeconds(3);
        }));
        builder.Services.Configure<SockeyeServerOptions>(options => options.ConnectTimeout = TimeSpan.FromSeconds(2));
        builder.Services.PostConfigure<SockeyeServerOptions>(options => options.DrainTime = TimeSpan.FromSeconds(2));
        using var host = builder.Build();
        _ = host.Services.GetRequiredService<SockeyeServer>();
        var options = host.Services.GetRequiredService<IOptions<SockeyeServerOptions>>().Value;
        Assert.Same(options, used);
        Assert.Equal([1, 2, 3], new[] { options.AckTimeout, options.ConnectTimeout, options.DrainTime }.Select(time => (int)time.TotalSeconds));
        await host.StopAsync();
    }

    [Fact]
    public async Task The_options_may_stand_in_another_section_or_nowhere()
    {
        var builder = NewBuilder(("Realtime:Urls", "http://127.0.0.1:0"), ("Realtime:Path", "/realtime"), ("Realtime:Mine", "x"), ("Sockeye:Nonsense", "x"));
        builder.AddSockeye(sockeye => sockeye.UseConfiguration(builder.Configuration.GetSection("Realtime"), "Mine"));
        using var host = builder.Build();
        Assert.Equal("/realtime", host.Services.GetRequiredService<IOptions<SockeyeServerOptions>>().Value.Path);
        builder = NewBuilder(("Sockeye:Nonsense", "x"));
        builder.AddSockeye(sockeye => sockeye.UseConfiguration(null));
        using var second = builder.Build();
        Assert.Equal("/socket.io", second.Services.GetRequiredService<IOptions<SockeyeServerOptions>>().Value.Path);
        await Task.WhenAll(host.StopAsync(), second.StopAsync());
    }

    [Fact]
    public async Task Parts_of_an_application_add_to_one_server_and_a_key_makes_another()
    {
        var builder = NewBuilder(("Sockeye:Servers:admin:Urls", "http://127.0.0.1:0"), ("Sockeye:Servers:admin:Path", "/admin"));
        builder.AddSockeye(sockeye => sockeye.Map(server => server.OnWithAck("a", () => 1)));
        builder.AddSockeye(sockeye => sockeye.Map(server => server.OnWithAck("b", () => 2)));
        builder.AddKeyedSockeye("admin", sockeye => sockeye.Map(server => server.OnWithAck("a", () => 3)));
        builder.Services.AddHealthChecks().AddSockeye().AddSockeye("admin", key: "admin");
        using var host = builder.Build();
        var tags = new List<object?>();
        var meters = host.Services.GetRequiredService<IMeterFactory>(); // the listener hears the instruments of tests that run beside it as well
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Name == "sockeye.sockets" && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    tags.Add(instrument.Meter.Tags?.FirstOrDefault(tag => tag.Key == "sockeye.server").Value);
                }
            },
        };
        listener.Start();
        await host.StartAsync();
        var first = host.Services.GetRequiredService<SockeyeServer>();
        var admin = host.Services.GetRequiredKeyedService<SockeyeServer>("admin");
        Assert.NotSame(first, admin);
        Assert.Equal([null, "admin"], tags);
        Assert.Equal("sockeye-loop-0", (await first.Inspection.ReportAsync()).Loops[0].Name);
        Assert.Equal("sockeye-admin-0", (await admin.Inspection.ReportAsync()).Loops[0].Name);
        using var client = await WireSocket.ConnectAsync(first);
        await client.JoinAsync();
        await client.SendAsync("420[\"a\"]");
        Assert.Equal("430[1]", await client.ReceiveAsync());
        await client.SendAsync("421[\"b\"]");
        Assert.Equal("431[2]", await client.ReceiveAsync());
        using var other = await WireSocket.ConnectAsync(admin, "/admin");
        await other.JoinAsync();
        await other.SendAsync("420[\"a\"]");
        Assert.Equal("430[3]", await other.ReceiveAsync());
        Assert.Equal(2, (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries.Count(entry => entry.Value.Status == HealthStatus.Healthy));
        client.Dispose();
        other.Dispose();
        await host.StopAsync();
        Assert.Equal(ServerState.Stopped, admin.State);
    }

    [Fact]
    public async Task Services_send_by_the_server_or_a_namespace_and_handlers_may_be_made_of_services_that_ask_for_them()
    {
        var builder = NewBuilder();
        builder.Services.AddHostedService<Ticker>();
        builder.Services.AddSingleton<Board>();
        builder.AddSockeye(sockeye => sockeye
            .AddHandlers<Boards>("/boards", HandlerScope.Singleton)
            .Map((server, services) => server.OnWithAck("count", () => services.GetRequiredService<Board>().Count)));
        using var host = builder.Build();
        await host.StartAsync();
        using var client = await WireSocket.ConnectAsync(host.Services.GetRequiredService<SockeyeServer>());
        await client.JoinAsync("/boards");
        await client.SendAsync("42/boards,[\"write\"]");
        Assert.Equal("42/boards,[\"written\",1]", await client.ReceiveAsync());
        host.Services.GetServices<IHostedService>().OfType<Ticker>().Single().Tick();
        Assert.Equal("42/boards,[\"tick\"]", await client.ReceiveAsync());
        client.Dispose();
        await host.StopAsync();
    }

    [Fact]
    public void A_host_without_a_clock_has_that_of_the_system_and_one_with_a_clock_keeps_it()
    {
        var plain = NewBuilder();
        plain.AddSockeye();
        using var host = plain.Build();
        Assert.Same(TimeProvider.System, host.Services.GetRequiredService<TimeProvider>());
        var own = NewBuilder();
        var clock = new OwnClock();
        own.AddSockeye();
        own.Services.AddSingleton<TimeProvider>(clock);
        TimeProvider? ofServer = null;
        own.Services.AddSockeye(sockeye => sockeye.Configure(server => ofServer = server.Time));
        using var second = own.Build();
        Assert.NotNull(second.Services.GetRequiredService<SockeyeServer>());
        Assert.Same(clock, ofServer);
    }

    [Fact]
    public void A_plugin_that_asks_for_the_server_is_told_where_it_finds_it()
    {
        var builder = NewBuilder();
        builder.AddSockeye(sockeye => sockeye.AddPlugin<Asking>());
        using var host = builder.Build();
        for (var i = 0; i < 2; i++)
        {
            Assert.Contains("PluginContext", Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<SockeyeServer>()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_plugin_gets_the_section_that_its_attribute_names_and_a_section_of_no_plugin_is_told()
    {
        var lines = new LineLogger();
        var builder = NewBuilder(
            ("Sockeye:Plugins:limits:Most", "3"), ("Sockeye:Plugins:Shop:Most", "4"), ("Sockeye:Plugins:Nameless:Most", "5"), ("Sockeye:Plugins:limit:Most", "6"));
        builder.Logging.AddProvider(lines);
        builder.AddSockeye(sockeye => sockeye.AddPlugin<ById>().AddPlugin<BySection>().AddPlugin<Nameless>());
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();
        Assert.Equal(["limits: 3", "shop: 4", "Nameless: 5"], lines.All.Where(line => line.StartsWith("Sockeye.Plugin.", StringComparison.Ordinal)).Select(line => line["Sockeye.Plugin.".Length..]));
        Assert.Equal(
            ["Sockeye.Hosting: Sockeye:Plugins:limit is the section of no plugin that AddPlugin<T> has added; those have: Nameless, Shop, limits"],
            lines.All.Where(line => line.StartsWith("Sockeye.Hosting", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_Map_throws_keeps_the_host_from_starting_and_leaves_no_server_behind()
    {
        var builder = NewBuilder();
        SockeyeServer? made = null;
        builder.AddSockeye(sockeye => sockeye.Map((SockeyeServer server) => made = server).AddHandlers<Unmapped>());
        using var host = builder.Build();
        Assert.Equal("no map", (await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync())).Message);
        await made!.StopAsync();
        Assert.Equal(ServerState.Stopped, made.State);
    }

    [Fact]
    public async Task Two_containers_of_the_same_services_have_two_servers()
    {
        var services = new ServiceCollection();
        services.AddSockeye();
        await using var first = services.BuildServiceProvider();
        await using var second = services.BuildServiceProvider();
        Assert.NotSame(first.GetRequiredService<SockeyeServer>(), second.GetRequiredService<SockeyeServer>());
    }

    [Fact]
    public async Task Health_is_whether_the_server_takes_clients_and_its_loops_come_round()
    {
        var builder = NewBuilder(("Sockeye:EventLoops", "1"));
        builder.Services.AddHealthChecks().AddSockeye(failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromMilliseconds(50));
        using var held = new ManualResetEventSlim();
        builder.AddSockeye(sockeye => sockeye.Map(server => server.On("hold", held.Wait)));
        using var host = builder.Build();
        var health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal((HealthStatus.Degraded, "The server has not started."), await CheckAsync());
        await host.StartAsync();
        using (var client = await WireSocket.ConnectAsync(host.Services.GetRequiredService<SockeyeServer>()))
        {
            await client.JoinAsync();
            await client.SendAsync("42[\"hold\"]");
            await UntilAsync((HealthStatus.Degraded, "An event loop has not come round for 0.05 s: a handler blocks it, and the log names it."));

            held.Set();
            await UntilAsync((HealthStatus.Healthy, "The server takes clients."));
        }

        await host.StopAsync();
        Assert.Equal((HealthStatus.Degraded, "The server has been asked to end and takes no new clients."), await CheckAsync());

        async Task UntilAsync((HealthStatus, string?) wanted)
        {
            for (var start = Stopwatch.GetTimestamp(); await CheckAsync() != wanted;)
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1), $"It does not come to {wanted}.");
            }
        }

        async Task<(HealthStatus Status, string? Description)> CheckAsync()
        {
            var entry = (await health.CheckHealthAsync(registration => registration.Tags.Contains("ready"))).Entries["sockeye"];
            return (entry.Status, entry.Description);
        }
    }

    private static HostApplicationBuilder NewBuilder(params (string Key, string Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Sockeye:Urls", "http://127.0.0.1:0"), .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))]);
        return builder;
    }

    private sealed class Greeting
    {
        private readonly string _word = "Hello";

        public string For(string name) => $"{_word}, {name}";
    }

    [SockeyePlugin("limits", "1.0.0")]
    private sealed class ById : SayingItsSetting;

    [SockeyePlugin("shop", "1.0.0", ConfigurationSection = "Shop")]
    private sealed class BySection : SayingItsSetting;

    private sealed class Nameless : SayingItsSetting;

    private abstract class SayingItsSetting : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            context.Logger.LogInformation("{Most}", context.Configuration["Most"]);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class LineLogger : ILoggerProvider
    {
        public List<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Category(LineLogger lines, string name) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                lock (lines.All)
                {
                    lines.All.Add($"{name}: {formatter(state, exception)}");
                }
            }
        }
    }

    private sealed class OwnClock : TimeProvider;

    private sealed class Unmapped : ISocketHandlers<Unmapped>
    {
        public static void Map(HandlerMap<Unmapped> map) => throw new InvalidOperationException("no map");
    }

    private sealed class Greeter(Greeting greeting) : ISocketHandlers<Greeter>
    {
        public static void Map(HandlerMap<Greeter> map) => map.OnWithAck<string, string>("greet", h => h.Greet);

        private string Greet(string name) => greeting.For(name);
    }

    private sealed class Started : IHostedService
    {
        public bool HasStarted { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HasStarted = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Board(SockeyeServer server)
    {
        public int Count { get; private set; }

        public void Write() => server.Of("/boards").Emit("written", ++Count);
    }

    private sealed class Boards(Board board) : ISocketHandlers<Boards>
    {
        public static void Map(HandlerMap<Boards> map) => map.On("write", h => h.Write);

        private void Write() => board.Write();
    }

    private sealed class Ticker([FromKeyedServices("/boards")] SockeyeNamespace boards) : BackgroundService
    {
        public void Tick() => boards.Emit("tick");

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }

    private sealed class Asking(SockeyeServer server) : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            Assert.NotNull(server);
            return default;
        }

        public ValueTask DisposeAsync() => default;
    }
}
