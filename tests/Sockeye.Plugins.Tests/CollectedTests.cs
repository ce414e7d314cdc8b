using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Sockeye.Plugins.Tests;

/// <summary>A generation that has ended leaves memory, though the sockets that it served stay.</summary>
public sealed class CollectedTests : IAsyncDisposable
{
    private static readonly string[] s_namespaces = ["/", "/pool", "/game", "/orders-7", "/guess-7"];

    private readonly PluginRoot _root = new();
    private readonly AwaitedLog _log = new();
    private readonly List<RealClient> _clients = [];
    private readonly OwnMeters _meters = new();
    private SockeyeServer? _server;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _root.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task After_real_traffic_on_all_threads_and_with_the_sockets_still_there()
    {
        _root.Write("probe", "Sockeye.Probe.dll", await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "probe", "Sockeye.Probe.dll")));
        _server = _root.Server(_log, builder =>
        {
            builder.Options.AckTimeout = TimeSpan.FromMilliseconds(10);
            builder.MeterFactory = _meters;
        });
        _server.Of("/pool").RunHandlers(HandlerThread.Pool);
        var loop = _server.CreateLoop("match", 100);
        _server.Of("/game").RunHandlersOn(loop);
        await _server.StartAsync();
        foreach (var name in s_namespaces)
        {
            _clients.Add(await RealClient.ConnectAsync(_server, name));
        }

        await TalkAsync();
        Assert.Equal(2, Assert.Single(await _server.Plugins.ReloadAsync("probe")).Generation);
        await TalkAsync();
        await _log.Line("Generation 1 of plugin probe has ended");
        await CollectAsync();

        // The new one has been there for the same traffic, and goes with its folder.
        Directory.Delete(Path.Combine(_root.Path, "probe"), recursive: true);
        Assert.Equal(0, Assert.Single(await _server.Plugins.ReloadAsync()).Generation);
        await _log.Line("Generation 2 of plugin probe has ended");
        await CollectAsync();
        Assert.All(_clients, client => Assert.NotEmpty(client.Id));
        Assert.Equal(s_namespaces.Length, Connected());
    }

    [Fact]
    public async Task After_a_start_that_has_failed()
    {
        _root.Add("sample", PluginRoot.Source());
        _server = _root.Server(_log, builder => builder.MeterFactory = _meters);
        await _server.StartAsync();
        _root.Add("sample", PluginRoot.Source(version: "2.0.0", start: "throw new Mine();", members: "private sealed class Mine : Exception { }"));
        Assert.NotNull(Assert.Single(await _server.Plugins.ReloadAsync()).Error);
        await CollectAsync();
    }

    [Theory]
    [InlineData("own")]
    [InlineData("JsonTypeInfoResolver.Combine(own, own)")]
    [InlineData("own.WithAddedModifier(static info => { })")]
    public async Task Whatever_class_hands_over_what_it_knows_of_its_types(string resolver)
    {
        _root.Add("sample", JsonSource(resolver));
        _server = _root.Server(_log, builder => builder.MeterFactory = _meters);
        await _server.StartAsync();
        _clients.Add(await RealClient.ConnectAsync(_server, "/"));
        await MoveAsync();

        // A type of the server with a part that the plugin knows too: it must not take what the plugin says of it.
        _server.Emit("server", new Part(7));
        Assert.Equal(7, (await _clients[0].NextAsync())[1].GetProperty("x").GetInt32());
        _root.Add("sample", JsonSource(resolver).Replace("1.0.0", "2.0.0", StringComparison.Ordinal));
        Assert.Equal(2, Assert.Single(await _server.Plugins.ReloadAsync()).Generation);
        await MoveAsync();
        await _log.Line("Generation 1 of plugin sample has ended");
        await CollectAsync();
    }

    [Fact]
    public async Task One_that_something_holds_is_told_when_collections_have_passed()
    {
        _root.Add("sample", PluginRoot.Source(start: "AppDomain.CurrentDomain.ProcessExit += Never;", members: "private static void Never(object sender, EventArgs e) { }"));
        _server = _root.Server(_log, builder => builder.MeterFactory = _meters);
        await _server.StartAsync();
        _root.Add("sample", PluginRoot.Source(version: "2.0.0"));
        await _server.Plugins.ReloadAsync();
        await _log.Line("Generation 1 of plugin sample has ended");
        for (var i = 0; i < 4; i++)
        {
            GC.Collect();
        }

        Assert.Equal(1, Unloading());
        Assert.Equal(1, Assert.Single(_server.Plugins.All).Unloading);
        await _server.Plugins.ReloadAsync();
        await _log.Line("Plugin sample: something holds the code of generations before, which are still in memory: 1");
    }

    [Fact]
    public async Task Work_that_it_has_posted_to_a_socket_and_that_has_not_had_its_turn_is_dropped()
    {
        _root.Add("sample", PluginRoot.Source(start: """context.Server.On("post", (string id) => { context.Server.Find(id).Post("late", (socket, text) => { socket.Emit(text); }); });"""));
        _server = _root.Server(_log, builder => builder.MeterFactory = _meters);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.On("busy", async (SockeyeSocket socket) =>
        {
            socket.Emit("is busy");
            await goOn.Task;
        });
        _server.On("after", (SockeyeSocket socket) => { socket.Emit("after"); });
        await _server.StartAsync();
        _clients.Add(await RealClient.ConnectAsync(_server));
        _clients.Add(await RealClient.ConnectAsync(_server));
        await _clients[0].EmitAsync("[\"busy\"]");
        Assert.Equal("is busy", (await _clients[0].NextAsync())[0].GetString());
        await _clients[1].EmitAsync($"[\"post\",\"{_clients[0].Id}\"]");
        await _clients[1].EmitAsync("[\"version\"]");
        Assert.Equal("version", (await _clients[1].NextAsync())[0].GetString());
        await _clients[0].EmitAsync("[\"after\"]");

        _root.Add("sample", PluginRoot.Source(version: "2.0.0"));
        Assert.Null(Assert.Single(await _server.Plugins.ReloadAsync()).Error);
        await _log.Line("Generation 1 of plugin sample has ended");
        await CollectAsync();
        goOn.SetResult();
        Assert.Equal("after", (await _clients[0].NextAsync())[0].GetString());
    }

    private static string JsonSource(string resolver) => "using System.Text.Json; using System.Text.Json.Serialization.Metadata;\n" + PluginRoot.Source(
        start: $"var own = new Own(); context.AddJson({resolver}); context.Server.On(\"move\", (SockeyeSocket socket, Move move) => {{ socket.Emit(\"moved\", move); }});") + """

        public sealed class Move { public int X { get; set; } }

        public sealed class Own : IJsonTypeInfoResolver
        {
            public JsonTypeInfo GetTypeInfo(Type type, JsonSerializerOptions options)
            {
                JsonTypeInfo info = type == typeof(int) ? JsonMetadataServices.CreateValueInfo<int>(options, JsonMetadataServices.Int32Converter)
                    : type != typeof(Move) ? null
                    : JsonMetadataServices.CreateObjectInfo<Move>(options, new JsonObjectInfoValues<Move>
                    {
                        ObjectCreator = () => new Move(),
                        PropertyMetadataInitializer = _ => new JsonPropertyInfo[]
                        {
                            JsonMetadataServices.CreatePropertyInfo<int>(options, new JsonPropertyInfoValues<int>
                            {
                                IsProperty = true, IsPublic = true, DeclaringType = typeof(Move), PropertyName = "X", JsonPropertyName = "x",
                                Getter = static move => ((Move)move).X, Setter = static (move, value) => ((Move)move).X = value,
                            }),
                        },
                    });

                // As generated contexts do.
                if (info != null)
                {
                    info.OriginatingResolver = this;
                }

                return info;
            }
        }
        """;

    private async Task MoveAsync()
    {
        await _clients[0].EmitAsync("[\"move\",{\"x\":1}]");
        Assert.Equal(1, (await _clients[0].NextAsync())[1].GetProperty("x").GetInt32());
    }

    private int Connected() => s_namespaces.Sum(name => _server!.Of(name).LocalCount);

    private async Task TalkAsync()
    {
        foreach (var client in _clients)
        {
            await client.EmitAsync("[\"move\",{\"x\":1}]");
            HashSet<string> names = [];
            while (!names.IsSupersetOf(["untyped", "user", "ask"]))
            {
                names.Add((await client.NextAsync())[0].GetString()!);
            }

            await client.EmitAsync("[\"own\",{\"x\":2,\"inner\":{\"x\":3}}]");
            JsonElement own;
            do
            {
                own = await client.NextAsync();
            }
            while (own[0].GetString() != "own");

            Assert.Equal(2, own[1].GetProperty("x").GetInt32());
            await client.EmitAsync("[\"mood\"]");
            while (own[0].GetString() != "mood")
            {
                own = await client.NextAsync();
            }

            Assert.Equal(1, own[1].GetInt32());
            await client.EmitAsync("[\"stop\"]");
            await client.EmitAsync("[\"move\",\"no move\"]");
        }
    }

    /// <summary>Until nothing of the generations that have ended is in memory, as the metric shows it: it counts what has outlived four collections.</summary>
    private async Task CollectAsync()
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 8 || (Unloading() > 0 && Stopwatch.GetElapsedTime(start) < RealClient.Patience); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await _server!.CheckLoopsAsync();
        }

        Assert.Equal(0, Unloading());
        Assert.All(_server!.Plugins.All, status => Assert.Equal(0, status.Unloading));
    }

    private long Unloading()
    {
        long sum = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                // Of this server: other tests have theirs at the same time.
                if (instrument.Name == "sockeye.plugins.unloading" && instrument.Meter.Scope == _meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => sum += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }

    private sealed record Part(int X);
}
