using Sockeye.Plugins;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Permissions of an identity: held against each event by the engine itself.</summary>
public sealed class AccessTests : HookTest
{
    [Theory]
    [MemberData(nameof(Places))]
    public void What_an_identity_may_not_send_nobody_sees_and_its_client_is_told(Place place)
    {
        List<string> seen = [];
        var app = StartAt(place, server =>
        {
            Admit(server, "emit / ask", "emit / pic", "emit / 7");
            server.OnAny(e => seen.Add(e.Context.Name.ToString()));
            server.OnWithAck("ask", () => "answer");
        });
        Gate(app, e =>
        {
            seen.Add("gate " + e.Context.Name);
            return GateVerdict.Continue;
        });
        var client = app.Connect();
        Assert.Equal("answer", client.Call<string>("ask"));
        Assert.Equal("""{"refused":"You may not send this event.","code":"forbidden"}""", client.CallRaw("other", 1).Json);
        Assert.Equal("""{"event":"other","reason":"You may not send this event.","code":"forbidden"}""", client.Next("sockeye:refused").Json);
        client.Emit(8);
        Assert.True(app.RunUntil(() => client.Pending > 0));
        Assert.Equal(8, client.Next("sockeye:refused").Get<Refused>()!.Event.GetInt32());
        client.Emit(7);
        client.Emit("pic", new byte[] { 1 });
        client.Emit("bytes", new byte[] { 1 });
        Assert.True(app.RunUntil(() => client.Pending > 0));
        Assert.Equal("bytes", client.Next("sockeye:refused").Get<Refused>()!.Event.GetString());
        Assert.Equal(["gate ask", "ask", "gate 7", "7", "gate pic", "pic"], seen);
    }

    [Fact]
    public void Permissions_of_another_identity_hold_from_the_next_event_on_and_without_any_everything_may_be_sent()
    {
        var app = Start(server => server.OnWithAck("ask", () => "answer"));
        var client = app.Connect();
        Assert.Equal("answer", client.Call<string>("ask"));
        client.Socket!.Identity = new SocketIdentity("ada") { Access = AccessRules.Parse([]) };
        Assert.Equal("forbidden", client.Call<EventRefusal>("ask")!.Code);
        client.Socket!.Identity = new SocketIdentity("ada") { Access = AccessRules.Parse(["emit / as*"]) };
        Assert.Equal("answer", client.Call<string>("ask"));
        client.Socket!.Identity = new SocketIdentity("ada");
        Assert.Equal("answer", client.Call<string>("ask"));
        client.Socket!.Identity = null;
        Assert.Equal("answer", client.Call<string>("ask"));
    }

    [Fact]
    public void A_permission_is_one_of_a_namespace()
    {
        var app = Start(server =>
        {
            server.Of("/chat").OnWithAck("ask", () => "answer");
            server.OnWithAck("ask", () => "answer");
            Admit(server, "emit /chat ask");
            server.Of("/chat").Use(Admission("emit /chat ask"));
        });
        Assert.Equal("answer", app.Connect("/chat").Call<string>("ask"));
        Assert.Equal("forbidden", app.Connect().Call<EventRefusal>("ask")!.Code);
    }

    private static void Admit(SockeyeServer server, params string[] permissions) => server.Use(Admission(permissions));

    private static Func<SockeyeSocket, ConnectResult> Admission(params string[] permissions) => socket =>
    {
        socket.Identity = new SocketIdentity("ada") { Access = AccessRules.Parse(permissions) };
        return ConnectResult.Accept;
    };

    private sealed record Refused(System.Text.Json.JsonElement Event, string Reason, string Code);
}
