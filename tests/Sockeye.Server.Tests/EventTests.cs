using System.Text;
using System.Text.Json;
using Xunit;

namespace Sockeye.Server.Tests;

public class EventTests : ServerTest
{
    [Fact]
    public void Arguments_are_written_and_read_by_the_codec_that_the_server_was_given()
    {
        var app = Start(
            server => server.On("turn", (SockeyeSocket socket, Point point) => socket.Emit("turned", new Point(point.UpDown, point.LeftRight))),
            builder => builder.UsePayloadCodec(new JsonPayloadCodec(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower })));
        var client = app.Connect();
        client.SendRaw("""2["turn",{"left_right":1,"up_down":2}]""");
        Assert.Equal("""{"left_right":2,"up_down":1}""", client.Next("turned").Json);
    }

    [Fact]
    public void A_handler_that_is_to_be_called_once_is_called_once()
    {
        List<string> calls = [];
        var app = Start(server =>
        {
            server.On("x", (int n) => calls.Add("always " + n));
            server.On("x", (int n) => calls.Add("once " + n)).Once();
        });
        var client = app.Connect();
        client.Socket!.On("x", (int n) => calls.Add("socket once " + n)).Once();
        client.Emit("x", 1);
        client.Emit("x", 2);
        app.RunUntilIdle();
        Assert.Equal(["always 1", "once 1", "socket once 1", "always 2"], calls);
        Assert.Throws<InvalidOperationException>(() => app.Server.OnAny(e => { }).Once());
    }

    [Fact]
    public void Typed_handlers_get_socket_arguments_and_binary()
    {
        var app = Start(server => server.On("all", (SockeyeSocket socket, int number, string text, byte[] bytes) =>
            socket.Emit("got", number, text, bytes)));
        var client = app.Connect();
        client.Emit("all", 7, "text", new byte[] { 1, 2, 3 });
        var got = client.Next("got");
        Assert.Equal(7, got.Get<int>());
        Assert.Equal("text", got.Get<string>(1));
        Assert.Equal([1, 2, 3], got.Get<byte[]>(2)!);
    }

    [Fact]
    public void Several_attachments_arrive_in_their_places_and_leave_again()
    {
        var app = Start(server => server.OnRaw("message", e => e.Socket.EmitRaw("message-back", e)));
        var client = app.Connect();
        client.Emit("message", new byte[] { 1 }, "between", new { deep = new byte[] { 2, 3 } });
        var back = client.Next("message-back");
        Assert.Equal([1], back.Get<byte[]>()!);
        Assert.Equal("between", back.Get<string>(1));
        var deep = (Dictionary<string, object?>)back.Get<object>(2)!;
        Assert.Equal(new byte[] { 2, 3 }, deep["deep"]);
    }

    [Theory]
    [InlineData("/", """2["x",1,"y"]""", "x", "1,\"y\"")]
    [InlineData("/", """2["x"]""", "x", "")]
    [InlineData("/", """2[ "x" , 1 ]""", "x", " 1 ")]
    [InlineData("/", """2[7,"y"]""", "7", "\"y\"")]
    [InlineData("/", """2["a\"\u0001",{}]""", "a\"\u0001", "{}")]
    [InlineData("/", """2["\u00e4",[]]""", "ä", "[]")]
    [InlineData("/game", """2/game,["x",1]""", "x", "1")]
    public void An_event_is_sent_on_with_its_own_bytes(string nsp, string packet, string name, string json)
    {
        foreach (var (isHeard, hasOptions) in ((bool, bool)[])[(false, false), (true, false), (false, true)])
        {
            List<string> seen = [];
            var app = Start(server =>
            {
                server.Of(nsp).OnConnection(socket =>
                {
                    socket.OnAny(e => { _ = hasOptions ? e.Socket.Volatile.EmitRaw(e) : e.Socket.EmitRaw(e); });
                    if (isHeard)
                    {
                        socket.OnAnyOutgoing(e => seen.Add(e.Context.Name.ToString()));
                    }
                });
            });
            var client = app.Connect(nsp);
            client.SendRaw(packet);
            app.RunUntilIdle();
            Assert.Equal([(name, json)], client.Events.Select(e => (e.Name, e.Json)));
            Assert.Equal(isHeard ? [name] : [], seen);
        }
    }

    [Fact]
    public void A_numeric_name_is_not_the_text_with_the_same_digits()
    {
        var app = Start(server =>
        {
            server.On(1, (SockeyeSocket socket) => socket.Emit("number"));
            server.On("1", (SockeyeSocket socket) => socket.Emit("text"));
        });
        var client = app.Connect();
        client.Emit(1);
        client.Next("number");
        client.Emit("1");
        client.Next("text");
        Assert.Equal(0, client.Pending);
    }

    [Fact]
    public void An_escaped_name_finds_its_handler()
    {
        var app = Start(server => server.On("häß\"", (SockeyeSocket socket) => socket.Emit("found")));
        var client = app.Connect();
        client.SendRaw("""2["h\u00e4\u00df\""]""");
        client.Next("found");
    }

    [Fact]
    public void Catch_all_listeners_run_first_then_filters_then_handlers()
    {
        List<string> calls = [];
        var app = Start(server =>
        {
            server.On("x", () => calls.Add("handler"));
            server.UseEvent(e => { calls.Add("filter"); return EventVerdict.Continue; });
            server.OnAny(e => calls.Add("any " + Encoding.UTF8.GetString(e.NameUtf8)));
        });
        var client = app.Connect();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(["any x", "filter", "handler"], calls);
    }

    [Fact]
    public void Catch_all_listeners_see_events_without_a_handler()
    {
        List<string> seen = [];
        var app = Start(server => server.OnAny(e => seen.Add(e.Context.Name.ToString())));
        app.Connect().Emit("nobody", 1);
        app.RunUntilIdle();
        Assert.Equal(["nobody"], seen);
    }

    [Fact]
    public void A_filter_that_stops_keeps_the_event_from_later_filters_and_handlers()
    {
        List<string> calls = [];
        var app = Start(server =>
        {
            server.UseEvent(e => e.Is("secret"u8) ? EventVerdict.Stop : EventVerdict.Continue);
            server.UseEvent(e => { calls.Add("second"); return EventVerdict.Continue; });
            server.On("secret", () => calls.Add("handler"));
        });
        app.Connect().Emit("secret");
        app.RunUntilIdle();
        Assert.Empty(calls);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public void A_filter_that_rejects_is_reported_and_the_handler_is_not_called()
    {
        var called = false;
        var app = Start(server => server.On("forbidden", () => { called = true; }));
        var client = app.Connect();
        client.Socket!.UseEvent(e => e.Is("forbidden"u8) ? EventVerdict.Reject("not allowed") : EventVerdict.Continue);
        client.Emit("forbidden");
        app.RunUntilIdle();
        Assert.False(called);
        var error = Assert.Single(app.HandlerErrors);
        Assert.Equal(HandlerKind.Filter, error.Kind);
        Assert.Equal("not allowed", Assert.IsType<EventRefusedException>(error.Exception).Message);
        Assert.Equal("forbidden", error.Context.Name.ToString());
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_filter_that_throws_stops_the_event()
    {
        var called = false;
        var app = Start(server =>
        {
            server.UseEvent(EventVerdict (e) => throw new InvalidOperationException("broken"));
            server.On("x", () => { called = true; });
        });
        app.Connect().Emit("x");
        app.RunUntilIdle();
        Assert.False(called);
        Assert.Equal(HandlerKind.Filter, Assert.Single(app.HandlerErrors).Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_handler_that_throws_closes_nothing_and_is_reported(bool isAsync)
    {
        var app = Start(server =>
        {
            server.On("now", () => throw new InvalidOperationException("broken"));
            server.On("later", async () =>
            {
                await Task.Yield();
                throw new InvalidOperationException("broken");
            });
            server.On("echo", (SockeyeSocket socket) => socket.Emit("echo"));
        });
        var client = app.Connect();
        client.Emit(isAsync ? "later" : "now");
        client.Emit("echo");
        Assert.True(app.RunUntil(() => client.Pending == 1));
        var error = Assert.Single(app.HandlerErrors);
        Assert.Equal(HandlerKind.Event, error.Kind);
        Assert.Equal("broken", error.Exception.Message);
        Assert.Same(client.Socket, error.Socket);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void Arguments_of_the_wrong_type_are_reported_and_the_handler_is_not_called()
    {
        var called = false;
        var app = Start(server => server.On("x", (int number) => { called = true; }));
        var client = app.Connect();
        client.Emit("x", "no number");
        client.Emit("x");
        app.RunUntilIdle();
        Assert.False(called);
        Assert.Equal(2, app.HandlerErrors.Count);
        Assert.All(app.HandlerErrors, error => Assert.IsType<EventFormatException>(error.Exception));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void An_error_listener_may_answer_the_event()
    {
        var app = Start(server =>
        {
            server.OnHandlerError(e => e.Context.Ack("failed: " + e.Exception.Message));
            server.On("x", (EventContext e) => throw new InvalidOperationException("broken"));
        });
        Assert.Equal("failed: broken", app.Connect().Call<string>("x"));
    }

    [Fact]
    public void Handlers_of_one_socket_serve_it_alone_and_end_with_their_registration()
    {
        var app = Start(server => { });
        var ann = app.Connect();
        var bob = app.Connect();
        var registration = ann.Socket!.On("x", (SockeyeSocket socket) => { socket.Emit("own"); });
        ann.Emit("x");
        bob.Emit("x");
        ann.Next("own");
        Assert.Equal(0, bob.Pending);
        registration.Dispose();
        ann.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(0, ann.Pending);
        Assert.Equal(2, app.Context.Metrics.Total.Unhandled);
    }

    [Fact]
    public void Outgoing_events_are_shown_to_catch_all_listeners_once_for_a_broadcast_and_acknowledgements_are_not()
    {
        List<string> seen = [];
        var app = Start(server =>
        {
            server.OnAnyOutgoing(e => seen.Add(Encoding.UTF8.GetString(e.NameUtf8) + " " + Encoding.UTF8.GetString(e.ArgumentsUtf8)));
            server.OnWithAck("ask", () => 1);
        });
        var ann = app.Connect();
        app.Connect();
        ann.Socket!.Emit("one", 1, "x");
        app.Server.Emit("all", 2);
        ann.Call<int>("ask");
        Assert.Equal(["one 1,\"x\"", "all 2"], seen);
    }

    [Fact]
    public void Events_of_one_read_are_answered_in_one_send()
    {
        var app = Start(server => server.On("x", (SockeyeSocket socket, int i) => socket.Emit("x", i)));
        var client = app.Connect();
        var sends = app.Transport.Loops[0].Counters.Sends;
        for (var i = 0; i < 20; i++)
        {
            client.Emit("x", i);
        }

        app.RunUntilIdle();
        Assert.Equal(20, client.Pending);
        Assert.Equal(sends + 1, app.Transport.Loops[0].Counters.Sends);
    }

    [Fact]
    public void Work_posted_to_a_socket_runs_on_its_loop_behind_the_events_that_wait()
    {
        List<string> calls = [];
        var release = new TaskCompletionSource();
        var app = Start(server =>
        {
            server.On("wait", async () => { await release.Task; calls.Add("waited"); });
            server.On("next", () => calls.Add("next"));
        });
        var client = app.Connect();
        client.Emit("wait");
        client.Emit("next");
        app.RunUntilIdle();
        Assert.True(client.Socket!.Post("posted", (socket, text) => calls.Add(text)));
        app.RunUntilIdle();
        Assert.Empty(calls);
        release.SetResult();
        Assert.True(app.RunUntil(() => calls.Count == 3));
        Assert.Equal(["waited", "next", "posted"], calls);
        client.Reset();
        app.RunUntilIdle();
        Assert.False(client.Socket.Post("late", (socket, text) => calls.Add(text)));
    }

    private sealed record Point(int LeftRight, int UpDown);
}
