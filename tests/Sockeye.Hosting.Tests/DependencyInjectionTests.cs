using Microsoft.Extensions.DependencyInjection;
using Sockeye.Testing;

namespace Sockeye.Hosting.Tests;

/// <summary>Handler classes whose objects come from a container, in a server without sockets.</summary>
public sealed class DependencyInjectionTests
{
    private readonly List<string> _calls = [];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_has_a_scope_of_its_own_which_ends_when_its_handler_has_completed(bool isService)
    {
        await using var services = Services(services =>
        {
            if (isService)
            {
                services.AddScoped<Chat>();
            }
        });
        await using var app = new SockeyeTestServer(server => server.AddHandlers<Chat>(services));
        var client = app.Connect();
        client.Emit("say", "a");
        client.Emit("say", "b");
        Assert.True(app.RunUntil(() => _calls.Contains("store 2 disposed")));
        Assert.Equal(["store 1", "chat", "chat says a", "chat disposed", "store 1 disposed", "store 2", "chat", "chat says b", "chat disposed", "store 2 disposed"], _calls);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public async Task A_socket_has_one_scope_which_ends_after_its_disconnection()
    {
        await using var services = Services(services => services.AddScoped<Chat>());
        await using var app = new SockeyeTestServer(server => server.Of("/game").AddHandlers<Chat>(services, HandlerScope.Socket));
        var client = app.Connect("/game");
        client.Emit("say", "a");
        client.Emit("say", "b");
        app.RunUntilIdle();
        Assert.Equal(["store 1", "chat", "chat says a", "chat says b"], _calls);
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(["chat left", "chat disposed", "store 1 disposed"], _calls[4..]);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public async Task A_singleton_is_asked_for_at_once_and_stays()
    {
        await using (var services = Services(services => services.AddSingleton<Alone>()))
        {
            await using var app = new SockeyeTestServer(server => server.AddHandlers<Alone>(services, HandlerScope.Singleton));
            Assert.Equal(["alone"], _calls);
            Assert.Equal(2, app.Connect().Call<int>("count") + app.Connect().Call<int>("count") - 1);
        }

        Assert.Equal(["alone", "alone disposed"], _calls);
    }

    [Fact]
    public async Task A_service_that_cannot_be_made_is_a_failure_of_the_handler()
    {
        await using var services = Services(services => services.AddScoped<Broken>());
        await using var app = new SockeyeTestServer(server => server.AddHandlers<Broken>(services));
        var client = app.Connect();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Contains(nameof(IFormatProvider), Assert.Single(app.HandlerErrors).Exception.Message, StringComparison.Ordinal);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task What_a_scope_throws_when_it_ends_is_a_failure_of_the_handler()
    {
        await using var services = Services(services => services.AddScoped<Chat>().AddScoped<Store>(_ => new Store(_calls) { Fails = true }));
        await using var app = new SockeyeTestServer(server => server.AddHandlers<Chat>(services));
        var client = app.Connect();
        client.Emit("say", "a");
        Assert.True(app.RunUntil(() => app.HandlerErrorCount == 1));
        Assert.Equal("store fails", Assert.Single(app.HandlerErrors).Exception.Message);
        Assert.Equal(HandlerKind.Event, app.HandlerErrors[0].Kind);
    }

    [Theory]
    [InlineData(HandlerScope.Event)]
    [InlineData(HandlerScope.Socket)]
    public async Task A_handler_class_and_its_services_may_ask_for_their_socket(HandlerScope scope)
    {
        await using var services = Services(services => services.AddSockeye().AddHandlers<Own>(scope).Services.AddScoped<Outgoing>());
        await using var app = new SockeyeTestServer(server => server.AddHandlers<Own>(services, scope));
        var ann = app.Connect();
        var bob = app.Connect();
        ann.Emit("who");
        bob.Emit("who");
        app.RunUntilIdle();
        Assert.Empty(app.HandlerErrors);
        Assert.Equal(ann.Id, ann.Next<string>("you"));
        Assert.Equal(bob.Id, bob.Next<string>("you"));
        using var outside = services.CreateScope();
        Assert.Contains("AddHandlers", Assert.Throws<InvalidOperationException>(() => outside.ServiceProvider.GetRequiredService<Outgoing>()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ServiceLifetime.Singleton, HandlerScope.Event)]
    [InlineData(ServiceLifetime.Singleton, HandlerScope.Socket)]
    [InlineData(ServiceLifetime.Scoped, HandlerScope.Singleton)]
    [InlineData(ServiceLifetime.Transient, HandlerScope.Singleton)]
    public void A_lifetime_that_does_not_go_with_the_scope_is_refused(ServiceLifetime lifetime, HandlerScope scope)
    {
        IServiceCollection services = new ServiceCollection();
        services.Add(new ServiceDescriptor(typeof(Chat), typeof(Chat), lifetime));
        var e = Assert.Throws<InvalidOperationException>(() => services.AddSockeye(sockeye => sockeye.AddHandlers<Chat>(scope)));
        Assert.Contains($"Chat is a service with the lifetime {lifetime}", e.Message, StringComparison.Ordinal);
    }

    private ServiceProvider Services(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        services.AddSingleton(_calls).AddScoped<Store>();
        add(services);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    private sealed class Store : IAsyncDisposable
    {
        private readonly List<string> _calls;
        private readonly string _name;

        public Store(List<string> calls)
        {
            _calls = calls;
            _name = $"store {calls.Count(call => call.StartsWith("store", StringComparison.Ordinal) && !call.EndsWith("disposed", StringComparison.Ordinal)) + 1}";
            _calls.Add(_name);
        }

        public bool Fails { get; init; }

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            _calls.Add(_name + " disposed");
            if (Fails)
            {
                throw new InvalidOperationException("store fails");
            }
        }
    }

    private sealed class Chat : ISocketHandlers<Chat>, IDisposable
    {
        private readonly List<string> _calls;

        public Chat(Store store, List<string> calls)
        {
            Assert.NotNull(store);
            _calls = calls;
            calls.Add("chat");
        }

        public static void Map(HandlerMap<Chat> map)
        {
            map.On<string>("say", h => h.SayAsync);
            map.OnDisconnect(h => h.Left);
        }

        public void Dispose() => _calls.Add("chat disposed");

        private async Task SayAsync(string text)
        {
            await Task.Yield();
            _calls.Add("chat says " + text);
        }

        private void Left(SockeyeSocket socket, Disconnection why) => _calls.Add("chat left");
    }

    private sealed class Alone : ISocketHandlers<Alone>, IDisposable
    {
        private readonly List<string> _calls;
        private int _count;

        public Alone(List<string> calls)
        {
            _calls = calls;
            calls.Add("alone");
        }

        public static void Map(HandlerMap<Alone> map) => map.OnWithAck<int>("count", h => h.Count);

        public void Dispose() => _calls.Add("alone disposed");

        private int Count() => ++_count;
    }

    private sealed class Broken(IFormatProvider nowhere) : ISocketHandlers<Broken>
    {
        public static void Map(HandlerMap<Broken> map) => map.On("x", h => h.X);

        private void X() => Assert.Null(nowhere);
    }

    private sealed class Outgoing(SockeyeSocket socket)
    {
        public void Send() => socket.Emit("you", socket.Id);
    }

    private sealed class Own(SockeyeSocket socket, Outgoing outgoing) : ISocketHandlers<Own>
    {
        public static void Map(HandlerMap<Own> map) => map.On("who", h => h.Who);

        private void Who()
        {
            if (socket.IsConnected)
            {
                outgoing.Send();
            }
        }
    }
}
