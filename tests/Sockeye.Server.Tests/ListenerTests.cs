using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Sockeye.Plugins;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Several listeners of one server, each with its own routes and limit (docs/adr/0076-listeners.md).</summary>
public sealed class ListenerTests : ServerTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_listener_answers_what_its_routes_say_and_404_for_the_rest_and_they_change_while_it_runs()
    {
        var app = Start(static _ => { }, static builder =>
        {
            Add(builder.Options, "public", "SocketIO");
            Add(builder.Options, "inside", "Application", "/plugins/one/");
            Add(builder.Options, "page", "Files", "Plugins");
            Add(builder.Options, "all");
            builder.MapGet("/own", static exchange => exchange.RespondText(200, "own"));
            builder.MapFiles("/site/", new EngineIO.Http.StaticFiles("/site/"));
            builder.AddPlugin<One>().AddPlugin<Other>();
        });
        string[] paths = ["/socket.io/?EIO=4&transport=polling", "/own", "/plugins/one/x", "/plugins/other/x"];
        Assert.Equal([200, 404, 404, 404], Statuses("public"));
        Assert.Equal([404, 200, 200, 404], Statuses("inside"));
        Assert.Equal([404, 404, 200, 200], Statuses("page"));
        Assert.Equal([200, 200, 200, 200], Statuses("all"));
        Assert.Equal(["SocketIO"], app.Server.Listeners[0].Routes);
        Assert.Null(app.Server.Listeners[3].Routes);

        SockeyeServerOptions changed = new();
        Add(changed, "public", "SocketIO", "/own");
        Add(changed, "PAGE");
        app.Server.Reconfigure(changed);
        Assert.Equal([200, 200, 404, 404], Statuses("public"));
        Assert.Equal([404, 200, 200, 404], Statuses("inside"));     // it is gone from the options, and stays as it is until the next start
        Assert.Equal(["Application", "/plugins/one/"], app.Server.Listeners[1].Routes);
        Assert.Equal([200, 200, 200, 200], Statuses("page"));
        app.Transport.Advance(TimeSpan.FromMinutes(2));

        int[] Statuses(string listener) => [.. paths.Select(path =>
        {
            var peer = app.Transport.Connect((IPEndPoint)app.Server.Listeners.Single(found => found.Name == listener).Endpoints[0]);
            peer.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"));
            Assert.True(app.RunUntil(() => peer.Available > 0));
            return int.Parse(Encoding.UTF8.GetString(peer.Receive()).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        })];
    }

    [Fact]
    public void A_listener_on_which_nothing_can_answer_is_told_when_the_server_starts_and_when_it_becomes_so()
    {
        AwaitedLog log = new();
        var app = Start(static _ => { }, builder =>
        {
            builder.LoggerFactory = log;
            Add(builder.Options, "page", "Files", "/nowhere");
            Add(builder.Options, "served", "SocketIO");
        });
        const string told = "Nothing answers on listener page: of its routes (Files, /nowhere) this server has none now, and every request there gets 404";
        Assert.Equal(told, Assert.Single(log.Lines, static line => line.StartsWith("Nothing answers", StringComparison.Ordinal)));

        SockeyeServerOptions changed = new();
        Add(changed, "page", "SocketIO");
        Add(changed, "served", "Application");
        app.Server.Reconfigure(changed);
        app.Server.Reconfigure(changed);
        Assert.Equal(
            [told, told.Replace("page", "served", StringComparison.Ordinal).Replace("Files, /nowhere", "Application", StringComparison.Ordinal)],
            log.Lines.Where(static line => line.StartsWith("Nothing answers", StringComparison.Ordinal)));
    }

    [Fact]
    public void Clients_of_all_listeners_are_in_the_same_rooms()
    {
        var app = Start(server => server.OnRaw("say", _ => server.Emit("said", "hello")), static builder =>
        {
            Add(builder.Options, "one", "SocketIO");
            Add(builder.Options, "other");
        });
        var first = app.Connect(listener: "one");
        var second = app.Connect(listener: "OTHER");
        first.Emit("say", "hello");
        app.RunUntilIdle();
        Assert.Equal("hello", second.Next<string>("said"));
        Assert.Equal([("one", 1), ("other", 1)], app.Server.Listeners.Select(static listener => (listener.Name, listener.Connections)));
        Assert.Contains("there are one, other", Assert.Throws<ArgumentException>(() => app.Connect(listener: "third")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransportKind.Auto, 1)]
    [InlineData(TransportKind.Auto, 4)]
    [InlineData(TransportKind.Portable, 1)]
    public async Task A_listener_lets_in_as_many_as_its_limit_says_and_the_next_one_when_there_is_room(TransportKind kind, int loops)
    {
        AwaitedLog log = new();
        await using var server = SockeyeServer.Create(builder =>
        {
            Set(builder.Options, 2);
            builder.Options.Transport = kind;
            builder.Options.EventLoops = loops;
            builder.LoggerFactory = log;
        });
        await server.StartAsync();
        using var first = await ServedAsync(server, "narrow");
        using var second = await ServedAsync(server, "narrow");
        using var third = await AskAsync(server, "narrow");
        using var beside = await ServedAsync(server, "default");
        await log.Line("the limit of connections of listener narrow, 2, is reached").WaitAsync(s_patience);
        Assert.True(Number(server, "sockeye.listener.pauses", "narrow") > 0);
        Assert.Equal((2, 1), (Number(server, "sockeye.listener.connections", "narrow"), Number(server, "sockeye.listener.connections", "default")));
        Assert.Equal(0, third.Available);
        first.Close();
        await AnsweredAsync(third);

        using var fourth = await AskAsync(server, "narrow");
        var raised = new SockeyeServerOptions();
        Set(raised, 3);
        server.Reconfigure(raised);
        await AnsweredAsync(fourth);
        var report = await server.Inspection.ReportAsync();
        var narrow = report.Listeners.Single(static listener => listener.Name == "narrow");
        Assert.Equal((3, 3), (narrow.Connections, narrow.MaxConnections));
        Assert.True(narrow.Pauses > 0);
        Assert.Null(report.Listeners[0].MaxConnections);

        static void Set(SockeyeServerOptions options, int most)
        {
            options.Urls = ["http://127.0.0.1:0"];
            options.Listeners["narrow"] = new ListenerOptions { Url = "http://127.0.0.1:0", MaxConnections = most };
        }
    }

    [Theory]
    [InlineData(TransportKind.Auto, 1)]
    [InlineData(TransportKind.Auto, 4)]
    [InlineData(TransportKind.Portable, 1)]
    public async Task A_client_that_upgrades_or_breaks_off_in_the_middle_of_it_takes_the_places_of_its_connections_and_gives_them_back(TransportKind kind, int loops)
    {
        await using var server = SockeyeServer.Create(builder =>
        {
            builder.Options.Listeners["narrow"] = new ListenerOptions { Url = "http://127.0.0.1:0", MaxConnections = 2 };
            builder.Options.Transport = kind;
            builder.Options.EventLoops = loops;
        });
        await server.StartAsync();
        for (var i = 0; i < 8; i++)
        {
            using HttpClient http = new();
            using ClientWebSocket webSocket = new();
            var session = await OpenAsync(http, server, "narrow");
            await UpgradeAsync(webSocket, session, completes: i % 2 == 0);
            using var third = await AskAsync(server, "narrow");
            Assert.Equal(2, server.Listeners.Single().Connections);
            webSocket.Abort();
            await AnsweredAsync(third);
        }

        while (server.Listeners.Single().Connections > 0)
        {
            await server.CheckLoopsAsync().WaitAsync(s_patience);
        }
    }

    [Theory]
    [InlineData(TransportKind.Auto, 1)]
    [InlineData(TransportKind.Auto, 4)]
    [InlineData(TransportKind.Portable, 1)]
    public async Task A_route_that_goes_while_clients_upgrade_keeps_those_that_have_their_WebSocket_and_no_others(TransportKind kind, int loops)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Uri? awaited = null;
        await using var server = SockeyeServer.Create(builder =>
        {
            Add(builder.Options, "one", "SocketIO");
            builder.Options.Engine.Use(context =>
            {
                if (Volatile.Read(ref awaited)?.PathAndQuery == context.Request.Url)
                {
                    taken.TrySetResult();
                }
            });
            builder.Options.Transport = kind;
            builder.Options.EventLoops = loops;
            builder.Options.ConsoleLog = Microsoft.Extensions.Logging.LogLevel.None;
        });
        server.OnWithAck("double", static (int number) => 2 * number);
        await server.StartAsync();
        using HttpClient http = new() { Timeout = s_patience };
        using ClientWebSocket webSocket = new(), late = new();
        var upgrading = await OpenAsync(http, server, "one");
        var polling = await OpenAsync(http, server, "one");
        using (var connect = await http.PostAsync(upgrading, new StringContent("40")))
        {
            connect.EnsureSuccessStatusCode();
        }

        Assert.StartsWith("40", await http.GetStringAsync(upgrading), StringComparison.Ordinal);
        await UpgradeAsync(webSocket, upgrading, completes: false);
        Volatile.Write(ref awaited, polling);
        var poll = http.GetAsync(polling);
        await taken.Task.WaitAsync(s_patience); // the loops having turned says nothing of what is still on its way to them

        SockeyeServerOptions changed = new();
        Add(changed, "one", "Application");
        server.Reconfigure(changed);
        await SendAsync(webSocket, "5");
        await SendAsync(webSocket, "420[\"double\",4]");
        Assert.Equal("430[8]", await ReceiveAsync(webSocket));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(polling)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync(polling, new StringContent("40"))).StatusCode);
        await Assert.ThrowsAsync<WebSocketException>(() => UpgradeAsync(late, polling, completes: false));
        webSocket.Abort(); // it does not read, and the stop would wait for it
        await server.StopAsync();
        Assert.Equal(HttpStatusCode.OK, (await poll).StatusCode);   // it had been taken, and hears of the end
    }

    [Fact]
    public async Task A_server_that_drains_or_stops_listens_nowhere_any_more()
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", static builder =>
        {
            Add(builder.Options, "one");
            Add(builder.Options, "other");
            builder.Options.EventLoops = 2;
        });
        await server.StartAsync();
        Assert.Equal(["default", "one", "other"], server.Listeners.Select(static listener => listener.Name));
        Assert.Equal(server.Endpoints, server.Listeners.SelectMany(static listener => listener.Endpoints));
        await server.DrainAsync(TimeSpan.Zero);
        foreach (var endPoint in server.Endpoints)
        {
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(endPoint));
        }
    }

    [Fact]
    public async Task A_listener_that_cannot_be_had_ends_the_start_and_gives_the_others_back()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        await using var server = SockeyeServer.Create(builder =>
        {
            Add(builder.Options, "one");
            builder.Options.Listeners["other"] = new ListenerOptions { Url = $"http://{taken.LocalEndPoint}" };
            builder.Options.ConsoleLog = Microsoft.Extensions.Logging.LogLevel.None;
        });
        Assert.Contains($"Cannot listen on {taken.LocalEndPoint}", (await Assert.ThrowsAsync<IOException>(() => server.StartAsync())).Message, StringComparison.Ordinal);
        Assert.Empty(server.Endpoints);
    }

    [Fact]
    public async Task Sockets_that_were_handed_over_are_the_listeners_of_their_end_point_or_port_and_the_rest_that_of_the_urls()
    {
        using Socket exact = Open(), byPort = Open(), rest = Open();
        await using var server = SockeyeServer.Create(builder =>
        {
            builder.Options.Listeners["port"] = new ListenerOptions { Url = $"http://*:{Port(byPort)}", Routes = ["Application"] };
            builder.Options.Listeners["exact"] = new ListenerOptions { Url = $"http://127.0.0.1:{Port(exact)}", Routes = ["SocketIO"] };
            builder.ListenOn(InheritedListener.Of((int)rest.Handle), InheritedListener.Of((int)exact.Handle), InheritedListener.Of((int)byPort.Handle));
        });
        await server.StartAsync();
        Assert.Equal([("default", Port(rest)), ("port", Port(byPort)), ("exact", Port(exact))], server.Listeners.Select(static listener => (listener.Name, ((IPEndPoint)listener.Endpoints.Single()).Port)));
        Assert.Equal(byPort.LocalEndPoint, server.Listeners[1].Endpoints[0]);
        using var here = await AskAsync(server, "exact");
        Assert.StartsWith("HTTP/1.1 200 ", await AnsweredAsync(here), StringComparison.Ordinal);
        using var there = await AskAsync(server, "port");
        Assert.StartsWith("HTTP/1.1 404 ", await AnsweredAsync(there), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_share_the_ports_of_their_listeners_where_both_ask_for_it()
    {
        await using var first = SockeyeServer.Create(static builder => Share(builder.Options, 0));
        await first.StartAsync();
        await using var second = SockeyeServer.Create(builder => Share(builder.Options, ((IPEndPoint)first.Listeners[0].Endpoints[0]).Port));
        await second.StartAsync();
        Assert.Equal(first.Endpoints, second.Endpoints);
        await first.StopAsync();
        using var client = await ServedAsync(second, "shared");

        static void Share(SockeyeServerOptions options, int port)
        {
            options.ReusePort = true;
            options.EventLoops = 1;
            options.Listeners["shared"] = new ListenerOptions { Url = $"http://127.0.0.1:{port}" };
        }
    }

    [Fact]
    public void With_listeners_there_is_no_default_url_and_without_anything_there_is()
    {
        var named = Start(static _ => { }, static builder => Add(builder.Options, "only"));
        Assert.Equal("only", Assert.Single(named.Server.Listeners).Name);
        var plain = Start(static _ => { });
        Assert.Equal(("default", "127.0.0.1:3000"), (plain.Server.Listeners.Single().Name, $"{plain.Server.Listeners.Single().Endpoints.Single()}"));
    }

    [Theory]
    [InlineData("a b", "http://127.0.0.1:1", null, "Listeners:a b: the name of a listener has 1 to 64 letters, digits, '-', '_' and '.'.")]
    [InlineData("Default", "http://127.0.0.1:1", null, "Listeners:Default: is the name of what Urls says; choose another one.")]
    [InlineData("x", null, null, "Listeners:x: has no Url, which says where it listens, such as http://10.0.0.5:3001.")]
    [InlineData("x", "127.0.0.1:1", null, "Listeners:x:Url: '127.0.0.1:1' is not a url to listen on: write http://HOST:PORT.")]
    [InlineData("x", "http://127.0.0.1:1", "", "Listeners:x:Routes is empty, and nothing would answer there; leave it out for all routes, or name SocketIO, Plugins, Files, Application, or a path such as /plugins/chat.")]
    [InlineData("x", "http://127.0.0.1:1", "Plugin", "Listeners:x:Routes: 'Plugin' is no route; did you mean Plugins?")]
    [InlineData("x", "http://127.0.0.1:1", "Metrics", "Listeners:x:Routes: 'Metrics' is no route; there are SocketIO, Plugins, Files, Application, or a path such as /plugins/chat.")]
    [InlineData("x", "http://127.0.0.1:1", "/a?b", "Listeners:x:Routes: '/a?b' is no path of visible ASCII without '?' and '#'.")]
    [InlineData("x", "http://127.0.0.1:7000", null, "Listeners:x:Url: 'http://127.0.0.1:7000' and 'http://*:7000' of Urls are the same port of one address; each listener needs one of its own.")]
    [InlineData("x", "http://[::]:7000", null, "Listeners:x:Url: 'http://[::]:7000' and 'http://*:7000' of Urls are the same port of one address; each listener needs one of its own.")]
    [InlineData("x", "http://localhost:7001", null, "Listeners:x:Url: 'http://localhost:7001' and 'http://127.0.0.1:7001' of Urls are the same port of one address; each listener needs one of its own.")]
    public void What_is_wrong_with_a_listener_is_told_with_its_key(string name, string? url, string? routes, string fault)
    {
        var options = Options(name, url, routes);
        Assert.Equal(fault, Assert.Single(options.Validate()));
    }

    [Theory]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890-_.", "http://127.0.0.1:7002", "socketio;PLUGINS;Files;Application;/;/x/y")]
    [InlineData("x", "http://[::1]:7000", null)]
    [InlineData("x", "http://127.0.0.1:0", "/")]
    public void What_a_listener_may_be_is_taken(string name, string url, string? routes) => Assert.Empty(Options(name, url, routes).Validate());

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1 << 24, true)]
    [InlineData((1 << 24) + 1, false)]
    public void The_limit_of_a_listener_has_a_range(int most, bool isValid)
    {
        var options = Options("x", "http://127.0.0.1:7002", null);
        options.Listeners["x"].MaxConnections = most;
        Assert.Equal(isValid ? [] : [$"Listeners:x:MaxConnections is {most}; it must be 1 to 16777216."], options.Validate());
    }

    [Theory]
    [InlineData("Listeners:x:Routes", true)]
    [InlineData("listeners:x:routes:0", true)]
    [InlineData("Listeners:x:MaxConnections", true)]
    [InlineData("Listeners:x:Url", false)]
    [InlineData("Listeners:MaxConnections", false)]
    public void Routes_and_limits_of_listeners_change_while_a_server_runs_and_where_they_are_does_not(string key, bool isLive) => Assert.Equal(isLive, ServerReconfiguration.TakesLive(key));

    private static SockeyeServerOptions Options(string name, string? url, string? routes)
    {
        SockeyeServerOptions options = new() { Urls = ["http://*:7000", "http://127.0.0.1:7001", "http://127.0.0.1:0"] };
        options.Listeners[name] = new ListenerOptions { Url = url, Routes = routes?.Split(';', StringSplitOptions.RemoveEmptyEntries) };
        return options;
    }

    private static void Add(SockeyeServerOptions options, string name, params string[] routes) =>
        options.Listeners[name] = new ListenerOptions { Url = "http://127.0.0.1:0", Routes = routes.Length == 0 ? null : routes };

    /// <summary>Opens a session over polling.</summary>
    /// <returns>Where it is polled.</returns>
    private static async Task<Uri> OpenAsync(HttpClient http, SockeyeServer server, string listener)
    {
        var url = $"http://{server.Listeners.Single(found => found.Name == listener).Endpoints[0]}/socket.io/?EIO=4&transport=polling";
        var open = await http.GetStringAsync(new Uri(url)).WaitAsync(s_patience);
        return new Uri($"{url}&sid={open.Split("\"sid\":\"")[1].Split('"')[0]}");
    }

    /// <summary>Opens a WebSocket for a session, and goes as far as the answer to its probe or to the end.</summary>
    private static async Task UpgradeAsync(ClientWebSocket webSocket, Uri session, bool completes)
    {
        await webSocket.ConnectAsync(new Uri($"ws://{session.Authority}{session.PathAndQuery.Replace("transport=polling", "transport=websocket", StringComparison.Ordinal)}"), CancellationToken.None).WaitAsync(s_patience);
        await SendAsync(webSocket, "2probe");
        Assert.Equal("3probe", await ReceiveAsync(webSocket));
        if (completes)
        {
            await SendAsync(webSocket, "5");
        }
    }

    private static Task SendAsync(ClientWebSocket webSocket, string packet) => webSocket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    private static async Task<string> ReceiveAsync(ClientWebSocket webSocket)
    {
        var buffer = new byte[1024];
        var received = await webSocket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(s_patience);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private static Socket Open()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static async Task<Socket> AskAsync(SockeyeServer server, string listener)
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.Listeners.Single(found => found.Name == listener).Endpoints[0]).WaitAsync(s_patience);
        await client.SendAsync("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());
        return client;
    }

    private static async Task<string> AnsweredAsync(Socket client)
    {
        var answer = new byte[1024];
        var length = await client.ReceiveAsync(answer).WaitAsync(s_patience);
        Assert.StartsWith("HTTP/1.1 ", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
        return Encoding.ASCII.GetString(answer, 0, length);
    }

    private static async Task<Socket> ServedAsync(SockeyeServer server, string listener)
    {
        var client = await AskAsync(server, listener);
        await AnsweredAsync(client);
        return client;
    }

    /// <summary>What a metric says of a listener now.</summary>
    private static long Number(SockeyeServer server, string metric, string listener)
    {
        long found = -1;
        using MeterListener meters = new();
        meters.InstrumentPublished = (instrument, enabled) =>
        {
            if (((SocketServer)server).Context.Metrics.Owns(instrument) && instrument.Name == metric)
            {
                enabled.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, value, tags, _) => found = tags[0].Value as string == listener ? value : found);
        meters.Start();
        meters.RecordObservableInstruments();
        return found;
    }

    private abstract class Plugin : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            context.MapHttp("GET", "/x", static (_, _) => new(PluginResponse.Text("x")));
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            GC.SuppressFinalize(this);
            return ValueTask.CompletedTask;
        }
    }

    [SockeyePlugin("one", "1.0")]
    private sealed class One : Plugin;

    [SockeyePlugin("other", "1.0")]
    private sealed class Other : Plugin;
}
