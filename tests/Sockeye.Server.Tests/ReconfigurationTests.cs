using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Options that a server takes while it runs, and sockets that are there meanwhile.</summary>
public sealed class ReconfigurationTests : ServerTest
{
    private int _handled;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_limit_holds_for_what_comes_from_then_on_and_who_is_over_it_stays(int loops)
    {
        var app = Start(Serve, loops: loops);
        var client = app.Connect();
        Assert.Equal([true, true, true], Join(app, client, "a", "b", "c"));
        app.Server.Reconfigure(With(options => options.Limits.RoomsPerSocket = 2));
        Assert.Equal([true, false], Join(app, client, "a", "d"));
        app.Server.Reconfigure(With(options => options.Limits.RoomsPerSocket = 4));
        Assert.Equal([true, false], Join(app, client, "d", "e"));
    }

    [Fact]
    public void Rates_come_go_and_come_back_while_a_socket_sends()
    {
        var app = Start(Serve);
        var client = app.Connect();
        Send(app, client, 5, handled: 5);
        app.Server.Reconfigure(With(options => (options.Rates.EventsPerSecond, options.Rates.EventBurst, options.Rates.Events) = (1, 3, ["y=1/1"])));
        Send(app, client, 5, handled: 8);
        app.Server.Reconfigure(With(options => options.Rates.Events = ["x=1/2", "y=1/1"]));
        Send(app, client, 5, handled: 10);
        app.Server.Reconfigure(With(static _ => { }));
        Send(app, client, 5, handled: 15);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void Rates_that_say_the_same_fill_no_bucket()
    {
        var app = Start(Serve, builder => Slow(builder.Options));
        var client = app.Connect();
        Send(app, client, 2, handled: 1);
        app.Server.Reconfigure(With(Slow));
        Send(app, client, 1, handled: 1);

        static void Slow(SockeyeServerOptions options) => options.Rates.Events = ["x=1/1"];
    }

    [Fact]
    public void A_longer_name_of_an_event_than_the_new_limit_closes_its_connection_and_no_other()
    {
        var app = Start(Serve);
        var (client, other) = (app.Connect(), app.Connect());
        app.Server.Reconfigure(With(options => options.Limits.EventNameBytes = 3));
        other.Emit("xyz");
        client.Emit("wxyz");
        app.RunUntilIdle();
        Assert.Equal((false, true), (client.IsConnected, other.IsConnected));
    }

    [Fact]
    public void Options_at_fault_change_nothing_and_all_of_them_are_named()
    {
        var app = Start(Serve);
        var client = app.Connect();
        var e = Assert.Throws<ArgumentException>(() => app.Server.Reconfigure(With(options => (options.Limits.RoomsPerSocket, options.Limits.EventNameBytes) = (0, 0))));
        Assert.Contains("Limits:RoomsPerSocket is 0", e.Message, StringComparison.Ordinal);
        Assert.Contains("Limits:EventNameBytes is 0", e.Message, StringComparison.Ordinal);
        Assert.Equal([true], Join(app, client, "a"));
    }

    [Theory]
    [InlineData("Limits:RoomsPerSocket", true)]
    [InlineData("limits:roomspersocket", true)]
    [InlineData("Rates:Events:0", true)]
    [InlineData("Engine:MaxSessions", true)]
    [InlineData("DrainTime", true)]
    [InlineData("Urls", false)]
    [InlineData("Engine:MaxPayloadBytes", false)]
    [InlineData("Outbox:MaxBytes", false)]
    [InlineData("LimitsOfMine", false)]
    public void Which_options_may_change_is_known_by_their_keys(string key, bool isLive) => Assert.Equal(isLive, ServerReconfiguration.TakesLive(key));

    private static SockeyeServerOptions With(Action<SockeyeServerOptions> change)
    {
        SockeyeServerOptions options = new();
        change(options);
        return options;
    }

    private static bool[] Join(SockeyeTestServer app, SockeyeTestClient client, params string[] rooms) => [.. rooms.Select(room =>
    {
        var asked = client.Ask("join", room);
        app.RunUntilIdle();
        return client.AnswerTo(asked)!.Json == "true";
    })];

    private void Serve(SockeyeServer server)
    {
        server.On("x", () => _handled++);
        server.OnWithAck("join", (SockeyeSocket socket, string room) => socket.Join(room));
    }

    private void Send(SockeyeTestServer app, SockeyeTestClient client, int events, int handled)
    {
        for (var i = 0; i < events; i++)
        {
            client.Emit("x");
        }

        app.RunUntilIdle();
        Assert.Equal(handled, _handled);
        client.Clear();
    }
}
