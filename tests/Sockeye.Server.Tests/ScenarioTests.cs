using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What the documentation shows, compiled and run.</summary>
public class ScenarioTests : ServerTest
{
    [Fact]
    public void A_chat_with_rooms()
    {
        var app = Start(server =>
        {
            server.OnConnection(socket => socket.Join("lobby"));
            server.On("chat", (SockeyeSocket socket, string text) => socket.To("lobby").Emit("chat", socket.Id, text));
            server.OnDisconnect((socket, why) => socket.Broadcast.Emit("left", socket.Id, why.Text));
        });
        var ann = app.Connect();
        var bob = app.Connect();
        ann.Emit("chat", "hi");
        Assert.Equal("hi", bob.Next("chat").Get<string>(1));
        Assert.Equal(0, ann.Pending);
        ann.Close();
        Assert.Equal("transport close", bob.Next("left").Get<string>(1));
    }

    [Fact]
    public void Authentication_typed_acknowledgements_and_tokens()
    {
        var store = new Store();
        var app = Start(server =>
        {
            server.Use(async (socket, ct) =>
            {
                if (socket.Handshake.Auth.GetString("token") is not { } token)
                {
                    return ConnectResult.Reject("token required");
                }

                if (await store.UserOfAsync(token, ct) is not { } user)
                {
                    return ConnectResult.Reject("unauthorized", new { code = 401, retry = false });
                }

                socket.State<User>().Name = user;
                return ConnectResult.Accept;
            });
            server.On(Chat.Post, async (SockeyeSocket socket, Message m) => new Posted(await store.SaveAsync(socket.State<User>().Name, m, socket.Aborted)));
            server.OnWithAck("search", async (string room, int page, CancellationToken ct) =>
            {
                await Task.Yield();
                return $"{room}/{page}";
            });
            server.On("legacy", (EventContext e, string text) =>
            {
                if (!e.Ack("ok", text.Length))
                {
                    return;
                }
            });
        });
        var refused = app.Connect();
        Assert.True(app.RunUntil(() => refused.Refusal is not null));
        Assert.Equal("token required", refused.Refusal!.Value.GetProperty("message").GetString());
        var stranger = app.Connect(auth: new { token = "stranger" });
        Assert.True(app.RunUntil(() => stranger.Refusal is not null));
        Assert.Equal(401, stranger.Refusal!.Value.GetProperty("data").GetProperty("code").GetInt32());
        var ann = app.Connect(auth: new { token = "ann" });
        Assert.True(app.RunUntil(() => ann.IsConnected));
        Assert.Equal(3, ann.Call<Posted>("post", new Message("hello"))!.Length);
        Assert.Equal("attic/2", ann.Call<string>("search", "attic", 2));
        Assert.Equal("\"ok\",4", ann.CallRaw("legacy", "text").Json);
    }

    [Fact]
    public void Asking_a_client_for_confirmation()
    {
        var app = Start(server => server.OnWithAck("confirm", async (SockeyeSocket socket, CancellationToken ct) =>
        {
            try
            {
                return await socket.EmitWithAckAsync(Chat.Confirm, "sure?", ct);
            }
            catch (AckException e) when (e.Status is AckStatus.TimedOut or AckStatus.Disconnected)
            {
                return false;
            }
        }));
        app.Received = (client, e) => e.Answer(true);
        var kind = app.Connect();
        Assert.True(kind.Call<bool>("confirm"));
        app.Received = null;
        var silent = app.Connect();
        var asked = silent.Ask("confirm");
        app.Advance(TimeSpan.FromSeconds(10));
        Assert.True(app.RunUntil(() => silent.AnswerTo(asked) is not null));
        Assert.False(silent.AnswerTo(asked)!.Get<bool>());
    }

    [Fact]
    public void Namespaces_by_pattern_and_broadcast_acknowledgements()
    {
        var app = Start(server =>
        {
            server.Of("/orders-{id}").OnConnection(s => s.Emit("order", s.Namespace.Match("id")));
            server.OnConnection(s => s.Join("council"));
        });
        Assert.Equal("7", app.Connect("/orders-7").Next<string>("order"));
        app.Connect();
        app.Connect();
        app.Received = (client, e) => e.Answer(true);
        var votes = app.Await(app.Server.To("council").Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<bool>("vote", "war?"));
        Assert.True(votes.IsComplete);
        Assert.Equal(2, votes.Answers.Count);
    }

    [Fact]
    public async Task A_test_without_sockets()
    {
        await using var app = new SockeyeTestServer(MapChat);
        var ann = app.Connect();
        var bob = app.Connect(auth: new { token = "x" });
        ann.Emit("chat", "hi");
        app.RunUntilIdle();
        Assert.Equal("hi", bob.Next<string>("chat"));
        bob.Cut();
        app.Advance(TimeSpan.FromSeconds(45));
        Assert.False(bob.IsConnected);
        Assert.True(ann.IsConnected);
        Assert.Equal(DisconnectReason.PingTimeout, bob.Disconnected);
        Assert.Empty(app.HandlerErrors);
    }

    private static void MapChat(SockeyeServer server)
    {
        server.OnConnection(socket => socket.Join("lobby"));
        server.On("chat", (SockeyeSocket socket, string text) => socket.To("lobby").Emit("chat", text));
    }

    private static class Chat
    {
        public static readonly SocketEvent<Message, Posted> Post = new("post");
        public static readonly SocketEvent<string, bool> Confirm = new("confirm?");
    }

    public sealed record Message(string Text);

    public sealed record Posted(int Length);

    private sealed class User
    {
        public string Name { get; set; } = "";
    }

    private sealed class Store
    {
        private readonly string _known = "ann";
        private readonly int _divisor = 5;

        public async Task<string?> UserOfAsync(string token, CancellationToken ct)
        {
            await Task.Yield();
            ct.ThrowIfCancellationRequested();
            return token == _known ? _known : null;
        }

        public async Task<int> SaveAsync(string user, Message message, CancellationToken ct)
        {
            await Task.Yield();
            ct.ThrowIfCancellationRequested();
            return user.Length * message.Text.Length / _divisor;
        }
    }
}
