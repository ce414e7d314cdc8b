using System.Text;
using Sockeye.Plugins;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Hooks for outgoing events: asked once for each emit, whomever it reaches.</summary>
public sealed class OutgoingHookTests : HookTest
{
    private static readonly Dictionary<string, Action<SockeyeServer, SockeyeSocket>> s_emits = new()
    {
        ["socket"] = static (_, socket) => socket.Emit("e", 1),
        ["volatile"] = static (_, socket) => socket.Volatile.Emit("e", 1),
        ["awaited"] = static (_, socket) => socket.EmitAsync("e", 1),
        ["with ack"] = static (_, socket) => socket.TryEmitWithAckAsync<int>("e", 1),
        ["everybody"] = static (server, _) => server.Emit("e", 1),
        ["room"] = static (server, _) => server.To("room").Emit("e", 1),
        ["broadcast of a socket"] = static (_, socket) => socket.Broadcast.Emit("e", 1),
        ["awaited broadcast"] = static (server, _) => server.EmitAsync("e", 1),
        ["broadcast with ack"] = static (server, _) => server.EmitWithAckAsync<int>("e", 1),
        ["pattern"] = static (server, _) => server.Of("/room-{id}").Emit("e", 1),
        ["awaited pattern"] = static (server, _) => server.Of("/room-{id}").EmitAsync("e", 1),
        ["pattern with ack"] = static (server, _) => server.Of("/room-{id}").EmitWithAckAsync<int>("e", 1),
    };

    public static TheoryData<string> Emits => [.. s_emits.Keys];

    [Theory]
    [MemberData(nameof(Emits))]
    public void A_hook_is_asked_once_for_each_emit_and_its_replacement_is_what_all_receivers_get(string emit)
    {
        var asked = 0;
        var (app, clients) = StartWith(e =>
        {
            asked++;
            Assert.Equal("e", e.Name.Text);
            Assert.Equal("1", Encoding.UTF8.GetString(e.ArgumentsUtf8));
            return OutgoingVerdict.Replace(EventReplacement.Of("other", "2,\"x\""u8.ToArray()));
        });
        OnLoop(app, () => s_emits[emit](app.Server, clients[0].Socket!));
        Assert.Equal(1, asked);
        var got = clients.SelectMany(client => client.Events).ToList();
        Assert.NotEmpty(got);
        Assert.All(got, e => Assert.Equal("other 2,\"x\"", $"{e.Name} {e.Json}"));
    }

    [Theory]
    [MemberData(nameof(Emits))]
    public void What_a_hook_drops_nobody_gets(string emit)
    {
        var shown = 0;
        var (app, clients) = StartWith(_ => OutgoingVerdict.Drop);
        app.Server.OnAnyOutgoing(_ => shown++);
        OnLoop(app, () => s_emits[emit](app.Server, clients[0].Socket!));
        Assert.All(clients, client => Assert.Equal(0, client.Pending));
        Assert.Equal(0, shown);
    }

    [Fact]
    public void The_result_of_what_is_dropped_is_Dropped()
    {
        var (app, clients) = StartWith(_ => OutgoingVerdict.Drop);
        var socket = clients[0].Socket!;
        Assert.Equal(EmitResult.Dropped, socket.Emit("e"));
        Assert.Equal(EmitResult.Dropped, app.Server.Emit("e"));
        Assert.Equal(EmitResult.Dropped, app.Server.Of("/room-{id}").Emit("e"));
        Assert.Equal(EmitResult.Dropped, app.Await(socket.EmitAsync("e")));
        Assert.Equal(EmitResult.Dropped, app.Await(app.Server.EmitAsync("e")));
        Assert.Equal(AckStatus.Dropped, app.Await(socket.TryEmitWithAckAsync<int>("e")).Status);
    }

    [Fact]
    public void A_hook_sees_whom_an_emit_is_meant_for()
    {
        List<string> seen = [];
        var (app, clients) = StartWith((in OutgoingEvent e) =>
        {
            seen.Add($"{e.Namespace.Name} {(e.Receiver is null ? "-" : "one")} {(e.Sender is null ? "-" : "from")} [{string.Join(',', e.Rooms)}] [{string.Join(',', e.Users)}]");
            return OutgoingVerdict.Continue;
        });
        var socket = clients[0].Socket!;
        socket.Emit("e");
        app.Server.To("a").To("b").Emit("e");
        app.Server.ToUser("ada").Emit("e");
        socket.To("a").Emit("e");
        app.Server.Of("/room-{id}").Emit("e");
        Assert.Equal(["/ one - [] []", "/ - - [a,b] []", "/ - - [] [ada]", "/ - from [a] []", "/room-{id} - - [] []"], seen);
    }

    [Fact]
    public void What_a_hook_itself_emits_it_is_not_asked_about()
    {
        var asked = 0;
        SockeyeServer? server = null;
        var (app, clients) = StartWith(_ =>
        {
            asked++;
            server!.Emit("from the hook");
            return OutgoingVerdict.Continue;
        });
        server = app.Server;
        server.Emit("e");
        app.RunUntilIdle();
        Assert.Equal(1, asked);
        Assert.Equal(["from the hook", "e"], clients[0].Events.Select(e => e.Name));
    }

    [Fact]
    public void A_hook_that_fails_is_as_if_it_were_not_there_or_keeps_the_event_as_its_plugin_has_declared()
    {
        var (app, clients) = StartWith(_ => throw new InvalidOperationException("x"));
        Assert.Equal(EmitResult.Accepted, app.Server.Emit("e"));
        var set = Use(app, Set(app, "closed", new OutgoingOf((in OutgoingEvent _) => OutgoingVerdict.Replace(EventReplacement.Of("e", "{"u8.ToArray()))), FaultMode.Closed));
        Assert.Equal(EmitResult.Dropped, app.Server.Emit("e"));
        Assert.Equal(1, set.Status.Single().Faults);
        app.RunUntilIdle();
        Assert.Equal(1, clients[0].Pending);
    }

    [Fact]
    public void Attachments_of_what_is_sent_stay_with_a_new_name_or_are_replaced()
    {
        var (app, clients) = StartWith((in OutgoingEvent e) => OutgoingVerdict.Replace(
            e.Name == "keep" ? EventReplacement.Rename("kept") : EventReplacement.Of("changed", """{"_placeholder":true,"num":0}"""u8.ToArray(), [new byte[] { 7 }])));
        app.Server.Emit("keep", new byte[] { 1, 2 });
        app.Server.Emit("change", 5);
        Assert.Equal([1, 2], clients[0].Next<byte[]>("kept"));
        Assert.Equal([7], clients[0].Next<byte[]>("changed"));
    }

    [Fact]
    public void Raw_events_that_are_sent_on_pass_the_hooks_too()
    {
        var app = Start(server => server.OnRaw("echo", e => e.Socket.EmitRaw(e)));
        Use(app, Set(app, "p", new OutgoingOf((in OutgoingEvent _) => OutgoingVerdict.Replace(EventReplacement.Rename("heard")))));
        var client = app.Connect();
        client.Emit("echo", "x");
        Assert.Equal("x", client.Next<string>("heard"));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void What_handlers_emit_passes_the_hooks_wherever_they_run(Place place)
    {
        var app = StartAt(place, server => server.On("ask", (SockeyeSocket socket) => { socket.Emit("reply", 1); }));
        Use(app, Set(app, "p", new OutgoingOf((in OutgoingEvent _) => OutgoingVerdict.Replace(EventReplacement.Rename("heard")))));
        var client = app.Connect();
        client.Emit("ask");
        Assert.True(app.RunUntil(() => client.Pending > 0));
        Assert.Equal(1, client.Next<int>("heard"));
    }

    private (SockeyeTestServer App, SockeyeTestClient[] Clients) StartWith(Func<SimpleEvent, OutgoingVerdict> call) =>
        StartWith((in OutgoingEvent e) => call(new SimpleEvent(e.Name, e.ArgumentsUtf8.ToArray())));

    private (SockeyeTestServer App, SockeyeTestClient[] Clients) StartWith(OutgoingCall call)
    {
        var app = Start(server => server.Of("/room-{id}"));
        SockeyeTestClient[] clients = [app.Connect(), app.Connect(), app.Connect("/room-1"), app.Connect("/room-2")];
        foreach (var client in clients)
        {
            client.Socket!.Join("room");
        }

        app.RunUntilIdle();
        Use(app, Set(app, "p", new OutgoingOf(call)));
        return (app, clients);
    }

    private sealed record SimpleEvent(EventName Name, byte[] ArgumentsUtf8);
}
