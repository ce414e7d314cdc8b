using Sockeye.Abstractions.Sockets;
using Xunit;

namespace Sockeye.Server.Tests;

public class HandlerClassTests : ServerTest
{
    private static readonly SocketEvent<string> Declared = new("declared");
    private static readonly SocketEvent<int, int> Twice = new("twice");

    private readonly Life _life = new();

    [Fact]
    public void For_each_event_there_is_an_object_which_is_disposed_when_its_handler_has_completed()
    {
        var app = Start(server => server.AddHandlers(HandlerScope.Event, _ => new Handlers(_life)));
        var client = app.Connect();
        client.Emit("say", "a");
        client.Emit("wait", "b");
        client.Emit("say", "c");
        app.RunUntilIdle();
        Assert.Equal(["1 made", "1 connected", "1 disposed", "2 made", "2 says a", "2 disposed", "3 made", "3 waits b"], _life.Calls);
        _life.Calls.Clear();
        _life.Release.SetResult();
        app.RunUntilIdle();
        Assert.Equal(["3 waited b", "3 disposed", "4 made", "4 says c", "4 disposed"], _life.Calls);
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(["5 made", "5 disconnected", "5 disposed", "6 made", "6 left", "6 disposed"], _life.Calls[5..]);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public void For_each_socket_there_is_one_object_which_is_disposed_after_the_handlers_of_its_disconnection()
    {
        var app = Start(server => server.AddHandlers(HandlerScope.Socket, _ => new Handlers(_life)));
        var ann = app.Connect();
        var bob = app.Connect();
        ann.Emit("say", "a");
        ann.Emit("wait", "c");
        app.RunUntilIdle();
        bob.Emit("say", "b");
        app.RunUntilIdle();
        ann.Close();
        app.RunUntilIdle();
        Assert.Equal(["1 made", "1 connected", "2 made", "2 connected", "1 says a", "1 waits c", "2 says b"], _life.Calls);
        _life.LastOnes = new TaskCompletionSource();
        _life.Release.SetResult();
        app.RunUntilIdle();
        Assert.Equal(["1 waited c", "1 disconnected"], _life.Calls[7..]);
        _life.LastOnes.SetResult();
        app.RunUntilIdle();
        Assert.Equal(["1 left", "1 disposed"], _life.Calls[9..]);
        bob.Emit("say", "d");
        app.RunUntilIdle();
        Assert.Equal(["2 says d"], _life.Calls[11..]);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public async Task A_server_that_stops_disposes_the_objects_of_its_sockets()
    {
        await using var app = new Testing.SockeyeTestServer(server => server.AddHandlers(HandlerScope.Socket, _ => new Handlers(_life)));
        app.Connect();
        app.Connect();
        await app.DisposeAsync();
        Assert.Equal(2, _life.Calls.Count(call => call.EndsWith("disposed", StringComparison.Ordinal)));
    }

    [Fact]
    public void One_object_serves_all_sockets_and_is_left_to_whoever_made_it()
    {
        var handlers = new Handlers(_life);
        var app = Start(server => server.AddHandlers(handlers));
        var ann = app.Connect();
        ann.Emit("say", "a");
        app.Connect().Emit("say", "b");
        app.RunUntilIdle();
        ann.Close();
        app.RunUntilIdle();
        Assert.Equal(["1 made", "1 connected", "1 says a", "1 connected", "1 says b", "1 disconnected", "1 left"], _life.Calls);
    }

    [Fact]
    public void An_object_is_made_and_disposed_where_the_handlers_of_its_socket_run()
    {
        GameLoop loop = null!;
        var app = Start(server =>
        {
            loop = server.CreateLoop("arena", 20);
            var arena = server.Of("/arena");
            arena.RunHandlersOn(loop);
            arena.AddHandlers(HandlerScope.Event, _ => new Handlers(_life) { Where = () => loop.IsCurrent });
        });
        var client = app.Connect("/arena");
        app.RunUntilIdle();
        _life.Calls.Clear();
        client.Emit("wait", "a");
        app.Advance(TimeSpan.FromMilliseconds(100));
        _life.Release.SetResult();
        app.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(["2 made", "2 waits a True", "2 waited a True", "2 disposed True"], _life.Calls);
    }

    [Theory]
    [InlineData(HandlerScope.Event)]
    [InlineData(HandlerScope.Socket)]
    public void What_a_constructor_throws_is_a_failure_of_the_handler_and_what_the_object_was_made_from_is_disposed(HandlerScope scope)
    {
        _life.Constructor = new InvalidOperationException("no store");
        var app = Start(server => server.AddHandlers(scope, _ => new Owner(_life), (owner, _) => new Handlers(owner.Life)));
        var client = app.Connect();
        client.Emit("say", "a");
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        Assert.Equal([HandlerKind.Connection, HandlerKind.Event], app.HandlerErrors.Select(error => error.Kind));
        Assert.All(app.HandlerErrors, error => Assert.Same(_life.Constructor, error.Exception));
        Assert.Equal(["owner disposed", "owner disposed"], _life.Calls);
        _life.Constructor = null;
        client.Emit("say", "b");
        app.RunUntilIdle();
        Assert.Contains("1 says b", _life.Calls);
    }

    [Theory]
    [InlineData(HandlerScope.Event)]
    [InlineData(HandlerScope.Socket)]
    public void The_caller_hears_that_an_object_could_not_be_made(HandlerScope scope)
    {
        _life.Constructor = new InvalidOperationException("no store");
        var app = Start(server => server.AddHandlers(scope, _ => new Handlers(_life)), builder => builder.Options.AckErrors = true);
        Assert.Equal(RefusalCode.HandlerFailed, app.Connect().CallRaw("say", "a").Get<EventRefusal>()!.Code);
    }

    [Theory]
    [InlineData(HandlerScope.Event, false)]
    [InlineData(HandlerScope.Event, true)]
    [InlineData(HandlerScope.Socket, false)]
    [InlineData(HandlerScope.Socket, true)]
    public void What_disposing_throws_is_told_as_a_failure_of_the_handler(HandlerScope scope, bool later)
    {
        _life.Dispose = new InvalidOperationException("no disposal");
        _life.DisposesLater = later;
        var app = Start(server => server.AddHandlers(scope, _ => new Handlers(_life)));
        var client = app.Connect();
        client.Close();
        app.RunUntilIdle();
        Assert.True(app.RunUntil(() => app.HandlerErrorCount == (scope == HandlerScope.Event ? 3 : 1)));
        Assert.All(app.HandlerErrors, error => Assert.Same(_life.Dispose, error.Exception));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_handler_that_fails_and_whose_object_fails_too_is_told_with_both(bool later)
    {
        _life.Dispose = new InvalidOperationException("no disposal");
        _life.DisposesLater = later;
        var app = Start(server => server.AddHandlers(HandlerScope.Event, _ => new Failing(_life)));
        var client = app.Connect();
        foreach (var name in new[] { "now", "later" })
        {
            client.Emit(name);
            Assert.True(app.RunUntil(() => app.HandlerErrorCount > 0 && app.HandlerErrors[^1].Context.Name == name));
            var both = Assert.IsType<AggregateException>(app.HandlerErrors[^1].Exception);
            Assert.Equal([name, "no disposal"], both.InnerExceptions.Select(failure => failure.Message));
        }
    }

    [Fact]
    public void A_refusal_is_heard_also_if_the_object_fails_when_it_is_disposed()
    {
        _life.Dispose = new InvalidOperationException("no disposal");
        var app = Start(server => server.AddHandlers(HandlerScope.Event, _ => new Failing(_life)));
        Assert.Equal("closed", app.Connect().CallRaw("refuse").Get<EventRefusal>()!.Code);
        Assert.Equal(1, app.HandlerErrorCount);
    }

    [Theory]
    [InlineData(HandlerScope.Event)]
    [InlineData(HandlerScope.Socket)]
    [InlineData(HandlerScope.Singleton)]
    public void Parameters_are_read_as_those_of_any_handler(HandlerScope scope)
    {
        var app = Start(server =>
        {
            if (scope == HandlerScope.Singleton)
            {
                server.AddHandlers(new Reading());
            }
            else
            {
                server.AddHandlers(scope, _ => new Reading());
            }
        });
        var client = app.Connect();
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("a", client.Call<string>("text", "a"));
            Assert.Equal("none", client.Call<string>("optional"));
            Assert.Equal(7, client.Call<int>("default"));
            Assert.Equal(client.Id, client.Call<string>("socket", 1));
            Assert.Equal(6, client.Call<int>("four", 1, 2, 3));
            Assert.Equal(6, client.Call<int>("twice", 3));
            Assert.Equal("true", client.CallRaw("empty").Json.Length == 0 ? "true" : "false");
            Assert.Equal("[1,2]", $"[{client.CallRaw("raw", 1, 2).Json}]");
            client.Emit("declared", "x");
            app.RunUntilIdle();
            Assert.Equal("x", client.Next<string>("declared back"));
            client.Emit("text");
            app.RunUntilIdle();
            Assert.IsType<EventFormatException>(app.HandlerErrors[^1].Exception);
            Assert.Equal(i + 1, app.HandlerErrorCount);
        }
    }

    [Fact]
    public void A_type_that_cannot_come_over_the_wire_is_refused_when_it_is_mapped()
    {
        var refused = false;
        Start(server =>
        {
            Assert.Throws<NotSupportedException>(() => server.AddHandlers(new Unreadable()));
            refused = true;
        });
        Assert.True(refused);
    }

    [Fact]
    public void An_object_decides_who_may_enter_and_whoever_is_refused_leaves_none_behind()
    {
        var app = Start(server => server.AddHandlers(HandlerScope.Socket, _ => new Door(_life)));
        var bob = app.Connect(auth: new { token = "no" });
        Assert.Equal("no", bob.Refusal!.Value.GetProperty("message").GetString());
        Assert.Equal(["made", "disposed"], _life.Calls);
        var ann = app.Connect(auth: new { token = "ann" });
        Assert.True(ann.IsConnected);
        Assert.Equal(["made", "disposed", "made", "in"], _life.Calls[2..]);
        ann.Close();
        app.RunUntilIdle();
        Assert.Equal(["disposed"], _life.Calls[6..]);
        _life.Dispose = new InvalidOperationException("no disposal");
        var late = app.Connect(auth: new { token = "ann" });
        Assert.False(late.IsConnected);
        Assert.Equal(HandlerKind.Admission, app.HandlerErrors[^1].Kind);
    }

    [Fact]
    public void A_class_on_a_pattern_serves_all_its_namespaces()
    {
        var app = Start(server => server.Of("/orders-{id}").AddHandlers(HandlerScope.Socket, _ => new Handlers(_life)));
        app.Connect("/orders-1").Emit("say", "a");
        app.Connect("/orders-2").Emit("say", "b");
        app.RunUntilIdle();
        Assert.Equal(["1 says a", "2 says b"], _life.Calls.Where(call => call.Contains("says", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_mapped_handler_is_removed_by_its_registration_and_may_be_called_once_or_concurrently()
    {
        var handlers = new Registered(_life);
        var app = Start(server => server.AddHandlers(handlers));
        var client = app.Connect();
        client.Emit("concurrent");
        client.Emit("once");
        client.Emit("once");
        client.Emit("removed");
        app.RunUntilIdle();
        Assert.Equal(["once"], _life.Calls);
        _life.Release.SetResult();
        app.RunUntilIdle();
        Assert.Equal(["once", "concurrent"], _life.Calls);
    }

    [Fact]
    public void A_handler_that_is_mapped_later_finds_the_object_of_its_socket_before_that_is_disposed()
    {
        HandlerMap<Keeping>? map = null;
        var app = Start(server =>
        {
            Keeping.Mapping = kept => map = kept;
            server.AddHandlers(HandlerScope.Socket, _ => new Keeping(_life));
        });
        var client = app.Connect();
        map!.OnDisconnect(h => h.Left);
        client.Emit("x");
        app.RunUntilIdle();
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(["1 made", "1 x", "1 left", "1 disposed"], _life.Calls);
    }

    [Fact]
    public void A_map_that_fails_leaves_no_object_that_is_never_disposed()
    {
        var app = Start(server =>
        {
            Keeping.Mapping = static _ => throw new InvalidOperationException("map");
            Assert.Throws<InvalidOperationException>(() => server.AddHandlers(HandlerScope.Socket, _ => new Keeping(_life)));
        });
        var client = app.Connect();
        client.Emit("x");
        app.RunUntilIdle();
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(_life.Calls.Count(call => call.EndsWith("made", StringComparison.Ordinal)), _life.Calls.Count(call => call.EndsWith("disposed", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_called_when_the_time_of_an_object_is_over_gets_one_for_its_call()
    {
        SockeyeSocket? socket = null;
        var app = Start(server => server.OnConnection(one => { socket = one; }));
        app.Connect();
        var handlers = new SocketClass<Keeping, SelfOwner>(app.Server, _ => new SelfOwner(new Keeping(_life)), (owner, _) => (Keeping)owner.Object!);
        handlers.Call(socket!, h => Done(h.X));
        Assert.Same(((ClassInstance<Keeping>)socket!.State<SocketInstances>().End(handlers)!).Handlers, _life.Last);
        Assert.Null(socket.State<SocketInstances>().End(handlers));
        Assert.Null(handlers.Call(socket, h => Done(h.X)));
        var failed = handlers.CallLast(socket, h => throw new InvalidOperationException("late"));
        Assert.Equal("late", failed!.Exception!.InnerException!.Message);
        Assert.Equal(["1 made", "1 x", "2 made", "2 x", "2 disposed", "3 made", "3 disposed"], _life.Calls);

        static Task? Done(Action action)
        {
            action();
            return null;
        }
    }

    [Fact]
    public void A_singleton_is_handed_over() =>
        Start(server => Assert.Throws<ArgumentOutOfRangeException>(() => server.AddHandlers(HandlerScope.Singleton, _ => new Handlers(_life))));

    /// <summary>What happened to the objects of a test.</summary>
    private sealed class Life
    {
        private int _made;

        public List<string> Calls { get; } = [];

        public object? Last { get; set; }

        public TaskCompletionSource Release { get; } = new();

        public TaskCompletionSource? LastOnes { get; set; }

        public Exception? Constructor { get; set; }

        public Exception? Dispose { get; set; }

        public bool DisposesLater { get; set; }

        public int Next() => ++_made;

        public async ValueTask DisposeAsync(string call)
        {
            if (DisposesLater)
            {
                await Task.Yield();
            }

            Calls.Add(call);
            if (Dispose is not null)
            {
                throw Dispose;
            }
        }
    }

    private sealed class Owner(Life life) : IAsyncDisposable
    {
        public Life Life => life;

        public ValueTask DisposeAsync() => life.DisposeAsync("owner disposed");
    }

    private sealed class Handlers : ISocketHandlers<Handlers>, IAsyncDisposable
    {
        private readonly Life _life;
        private readonly int _number;

        public Handlers(Life life)
        {
            if (life.Constructor is not null)
            {
                throw life.Constructor;
            }

            _life = life;
            _number = life.Next();
            Note("made");
        }

        public Func<bool>? Where { get; init; }

        public static void Map(HandlerMap<Handlers> map)
        {
            map.OnConnection(h => h.Connected);
            map.On<string>("say", h => h.Say);
            map.On<string>("wait", h => h.WaitAsync);
            map.OnDisconnect(h => h.DisconnectedAsync);
            map.OnDisconnect(h => h.Left);
        }

        public ValueTask DisposeAsync() => _life.DisposeAsync($"{_number} disposed{Place}");

        private string Place => Where is null ? "" : " " + Where();

        private void Connected(SockeyeSocket socket) => Note("connected");

        private void Say(string text) => Note("says " + text);

        private async Task WaitAsync(string text)
        {
            Note("waits " + text);
            await _life.Release.Task;
            Note("waited " + text);
        }

        private async Task DisconnectedAsync(SockeyeSocket socket, Disconnection why)
        {
            Note("disconnected");
            await (_life.LastOnes?.Task ?? Task.CompletedTask);
        }

        private async ValueTask Left(SockeyeSocket socket, Disconnection why)
        {
            await (_life.LastOnes?.Task ?? Task.CompletedTask);
            Note("left");
        }

        private void Note(string call) => _life.Calls.Add($"{_number} {call}{Place}");
    }

    private sealed class Failing(Life life) : ISocketHandlers<Failing>, IAsyncDisposable
    {
        public static void Map(HandlerMap<Failing> map)
        {
            map.On("now", h => h.Now);
            map.On("later", h => h.LaterAsync);
            map.OnWithAck<int>("refuse", h => h.Refuse);
        }

        public ValueTask DisposeAsync() => life.DisposeAsync("disposed");

        private int Refuse() => throw new EventRefusedException("We are closed.", "closed");

        private void Now() => throw new InvalidOperationException("now");

        private async Task LaterAsync()
        {
            await Task.Yield();
            throw new InvalidOperationException("later");
        }
    }

    private sealed class Reading : ISocketHandlers<Reading>
    {
        public static void Map(HandlerMap<Reading> map)
        {
            map.OnWithAck<string, string>("text", h => h.Text);
            map.OnWithAck<string?, string>("optional", h => h.OptionalAsync);
            map.OnWithAck<int, int>("default", h => h.DefaultAsync);
            map.OnWithAck<SockeyeSocket, int, string>("socket", h => h.Socket);
            map.OnWithAck<SockeyeSocket, int, int, int, int>("four", h => h.Four);
            map.OnWithAck("empty", h => h.Empty);
            map.OnRaw("raw", h => h.Raw);
            map.On(Declared, h => h.OnDeclared);
            map.On(Twice, h => h.TwiceAsync);
        }

        private string Text(string text) => text;

        private async Task<string> OptionalAsync(string? text)
        {
            await Task.Yield();
            return text ?? "none";
        }

        private ValueTask<int> DefaultAsync(int number = 7) => new(number);

        private string Socket(SockeyeSocket socket, int number) => socket.Id;

        private int Four(SockeyeSocket socket, int a, int b, int c) => a + b + c;

        private void Empty()
        {
        }

        private void Raw(EventReader e) => e.AckRaw();

        private void OnDeclared(SockeyeSocket socket, string text) => socket.Emit("declared back", text);

        private async Task<int> TwiceAsync(int number)
        {
            await Task.Yield();
            return 2 * number;
        }
    }

    private sealed class Unreadable : ISocketHandlers<Unreadable>
    {
        public static void Map(HandlerMap<Unreadable> map) => map.On<string, Action>("x", h => h.Handle);

        private void Handle(string text, Action action)
        {
        }
    }

    private sealed class Door : ISocketHandlers<Door>, IAsyncDisposable
    {
        private readonly Life _life;

        public Door(Life life)
        {
            _life = life;
            life.Calls.Add("made");
        }

        public static void Map(HandlerMap<Door> map)
        {
            map.Use(h => h.AdmitAsync);
            map.OnConnection(h => h.In);
        }

        public ValueTask DisposeAsync() => _life.DisposeAsync("disposed");

        private async Task<ConnectResult> AdmitAsync(SockeyeSocket socket)
        {
            await Task.Yield();
            return socket.Handshake.Auth.GetString("token") is "ann" ? ConnectResult.Accept : ConnectResult.Reject("no");
        }

        private void In(SockeyeSocket socket) => _life.Calls.Add("in");
    }

    private sealed class Keeping : ISocketHandlers<Keeping>, IDisposable
    {
        private readonly Life _life;
        private readonly int _number;

        public Keeping(Life life)
        {
            (_life, _number) = (life, life.Next());
            life.Last = this;
            Note("made");
        }

        [field: ThreadStatic]
        public static Action<HandlerMap<Keeping>>? Mapping { get; set; }

        public static void Map(HandlerMap<Keeping> map)
        {
            map.On("x", h => h.X);
            Mapping!(map);
        }

        public void Dispose() => Note("disposed");

        public void X() => Note("x");

        public void Left(SockeyeSocket socket, Disconnection why) => Note("left");

        private void Note(string call) => _life.Calls.Add($"{_number} {call}");
    }

    private sealed class Registered(Life life) : ISocketHandlers<Registered>
    {
        public static void Map(HandlerMap<Registered> map)
        {
            map.On("concurrent", h => h.ConcurrentAsync).Concurrent();
            map.On("once", h => h.Once).Once();
            map.On("removed", h => h.Once).Dispose();
        }

        private async Task ConcurrentAsync()
        {
            await life.Release.Task;
            life.Calls.Add("concurrent");
        }

        private void Once() => life.Calls.Add("once");
    }
}
