using System.Text;
using System.Text.Json;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Live;
using Sockeye.Testing;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class RevocationTests
{
    public static TheoryData<int> Kinds => [(int)RevocationKind.User, (int)RevocationKind.Token, (int)RevocationKind.TokenId, (int)RevocationKind.Session];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_socket_that_is_in_goes_at_once_and_others_stay(int kind)
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        node.Issue("b", "bob");
        var (alice, bob) = (node.Connect("a"), node.Connect("b"));
        node.Revoke((RevocationKind)kind, ValueOf((RevocationKind)kind, alice));
        Assert.True(node.Server.RunUntil(() => !alice.IsConnected));
        Assert.Equal("revoked", alice.Next("auth:ended").Get<JsonElement>().GetProperty("code").GetString());
        Assert.True(alice.WasToldToLeave);
        Assert.True(bob.IsConnected);
    }

    [Fact]
    public async Task What_was_revoked_before_is_not_admitted()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        node.Revoke(RevocationKind.User, "alice");
        Assert.Equal("revoked", MessageOf(node.Connect("a")));
        node.Server.Advance(TimeSpan.FromSeconds(2));
        node.Issue("later", "alice");
        Assert.True(node.Connect("later").IsConnected);
    }

    [Fact]
    public async Task A_revocation_while_the_chain_decides_is_not_passed_by()
    {
        var chain = new TaskCompletionSource();
        await using var node = new LiveNode { BeforeAdmission = chain.Task };
        node.Issue("a", "alice");
        var client = node.Connect("a");
        Assert.Null(client.Id);
        node.Revoke(RevocationKind.User, "alice");
        chain.SetResult();
        Assert.True(node.Server.RunUntil(() => client.Refusal is not null));
        Assert.Equal("revoked", MessageOf(client));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_revocation_between_the_first_look_and_the_last_is_not_passed_by(int kind)
    {
        // A node that is there and does not answer holds the admission between both.
        await using var bus = new InProcessBus();
        await using var node = new LiveNode(new LiveOptions { SingleSession = SingleSessionMode.RefuseNew, SessionPatience = TimeSpan.FromSeconds(2) }, bus);
        bus.Publish("beat", BusWords.Beat("silent", 0, 0, BeatKind.Beat), []);
        Assert.True(node.Server.RunUntil(() => Nodes(node) == 1));
        node.Server.Advance(TimeSpan.FromSeconds(1));
        node.Issue("a", "alice");
        var client = node.Connect("a");
        Assert.Null(client.Id);
        Assert.Null(client.Refusal);
        node.Revoke((RevocationKind)kind, (RevocationKind)kind == RevocationKind.Session ? node.Pending!.Id : ValueOf((RevocationKind)kind, null));
        node.Server.Advance(TimeSpan.FromSeconds(2));
        Assert.True(node.Server.RunUntil(() => client.Refusal is not null));
        Assert.Null(client.Id);
    }

    [Fact]
    public async Task A_revocation_after_the_plugin_s_word_and_before_the_application_s_is_not_passed_by()
    {
        var application = new TaskCompletionSource();
        await using var node = new LiveNode { AfterAdmission = application.Task };
        node.Issue("a", "alice");
        var client = node.Connect("a");
        Assert.Null(client.Refusal);
        node.Revoke(RevocationKind.Token, TokenTag.Of("a"));
        Assert.True(node.Server.RunUntil(() => Sockets(node) == 0));
        application.SetResult();
        Assert.True(node.Server.RunUntil(() => client.Refusal is not null));
        Assert.Null(client.Id);
    }

    [Fact]
    public async Task Revocations_and_admissions_that_race_on_threads_of_their_own_never_leave_a_revoked_socket_in()
    {
        await using var node = new LiveNode();
        for (var i = 0; i < 200; i++)
        {
            var user = $"user-{i}";
            node.Issue(user, user);
            using var start = new Barrier(2);
            var revoking = Task.Run(() =>
            {
                start.SignalAndWait();
                node.Revoke(RevocationKind.User, user);
            });
            start.SignalAndWait();
            var client = node.Connect(user);
            Assert.True(node.Server.RunUntil(() => revoking.IsCompleted && (client.Refusal is not null || client.WasToldToLeave)));
            Assert.False(client.IsConnected);
        }

        Assert.Equal(0, Sockets(node));
    }

    [Fact]
    public async Task A_socket_that_is_refused_by_others_is_not_kept()
    {
        await using var node = new LiveNode { AfterAdmission = Task.FromException(new InvalidOperationException()) };
        node.Issue("a", "alice");
        Assert.NotNull(node.Connect("a").Refusal);
        Assert.Equal(0, Sockets(node));
    }

    [Fact]
    public async Task A_token_that_was_revoked_does_not_refresh_and_one_that_is_revoked_during_its_check_does_not_either()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        node.Issue("b", "alice");
        var client = node.Connect("a");
        node.Revoke(RevocationKind.Token, TokenTag.Of("b"));
        Assert.Equal("revoked", client.Call<EventRefusal>("auth:refresh", "b")!.Code);
        Assert.True(client.IsConnected);

        var check = new TaskCompletionSource();
        node.BeforeCheck = check.Task;
        node.Issue("c", "alice");
        var asked = client.Ask("auth:refresh", "c");
        node.Server.RunUntilIdle();
        node.Revoke(RevocationKind.Token, TokenTag.Of("c"));
        check.SetResult();
        Assert.True(node.Server.RunUntil(() => client.AnswerTo(asked) is not null));
        Assert.Equal("revoked", client.AnswerTo(asked)!.Get<EventRefusal>()!.Code);
    }

    [Fact]
    public async Task A_user_who_is_revoked_while_a_new_token_is_checked_goes_and_the_token_gives_him_nothing()
    {
        var check = new TaskCompletionSource();
        await using var node = new LiveNode { BeforeCheck = check.Task };
        var first = node.Issue("a", "alice");
        node.Issue("b", "alice", rooms: ["r"]);
        var client = node.Connect("a");
        var socket = client.Socket!;
        client.Ask("auth:refresh", "b");
        node.Server.RunUntilIdle();
        node.Revoke(RevocationKind.User, "alice");
        Assert.True(node.Server.RunUntil(() => !client.IsConnected));
        check.SetResult();
        node.Server.RunUntilIdle();
        Assert.Same(first, socket.Identity);
    }

    [Fact]
    public async Task The_next_generation_knows_what_was_revoked_and_looks_at_the_sockets_that_it_takes_over()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        node.Issue("b", "bob");
        var client = node.Connect("a");
        node.Revoke(RevocationKind.User, "bob");
        await node.ReloadAsync();
        Assert.Equal("revoked", MessageOf(node.Connect("b")));
        node.Revoke(RevocationKind.User, "alice");
        Assert.True(node.Server.RunUntil(() => !client.IsConnected));
    }

    [Fact]
    public async Task A_revocation_on_one_node_puts_out_the_sockets_of_another_and_is_kept_there()
    {
        await using var bus = new InProcessBus();
        await using LiveNode one = new(bus: bus), other = new(bus: bus);
        other.Tokens["a"] = one.Issue("a", "alice");
        var client = other.Connect("a");
        one.Revoke(RevocationKind.User, "alice");
        Assert.True(other.Server.RunUntil(() => !client.IsConnected));
        Assert.Equal("revoked", MessageOf(other.Connect("a")));
    }

    [Fact]
    public async Task A_node_that_comes_later_asks_for_what_was_revoked()
    {
        await using var bus = new InProcessBus();
        await using var one = new LiveNode(bus: bus);
        for (var i = 0; i < 3000; i++)
        {
            one.Revoke(RevocationKind.Token, $"tag-{i}");
        }

        var token = one.Issue("a", "alice");
        one.Revoke(RevocationKind.User, "alice");
        await using var late = new LiveNode(bus: bus);
        Assert.True(late.Server.RunUntil(() => Revocations(late) == 3001));
        late.Tokens["a"] = token;
        Assert.Equal("revoked", MessageOf(late.Connect("a")));
    }

    [Fact]
    public async Task What_a_node_has_missed_it_finds_out_by_the_next_sign_of_life()
    {
        await using var bus = new LossyBus();
        await using LiveNode one = new(bus: bus), other = new(bus: bus);
        other.Tokens["a"] = one.Issue("a", "alice");
        var client = other.Connect("a");
        bus.Loses = subject => subject == "revoke";
        one.Revoke(RevocationKind.User, "alice");
        bus.Loses = _ => false;
        Assert.True(client.IsConnected);
        one.Server.Advance(Peers.Beat);
        Assert.True(other.Server.RunUntil(() => !client.IsConnected));
    }

    [Fact]
    public async Task A_program_revokes_by_a_message_and_malformed_ones_change_nothing()
    {
        await using var bus = new InProcessBus();
        await using var node = new LiveNode(bus: bus);
        node.Issue("a", "alice");
        var client = node.Connect("a");
        foreach (var text in new[] { "", "x", "{}", "{\"v\":9,\"user\":\"alice\"}", "{\"v\":1,\"user\":7}", "{\"v\":1,\"token\":\"a\"}", "{\"v\":1,\"entry\":[\"u:alice\"]}", "{\"v\":1,\"\\ud800\":1,\"user\":\"alice\"}" })
        {
            foreach (var subject in new[] { "revoke", "beat", "claim" })
            {
                bus.Publish(subject, Encoding.UTF8.GetBytes(text), []);
            }
        }

        bus.Publish("revoke", "{\"v\":1,\"user\":\"nobody\"}"u8, []);
        Assert.True(node.Server.RunUntil(() => Revocations(node) == 1));
        Assert.True(client.IsConnected);
        bus.Publish("revoke", "{\"v\":1,\"user\":\"alice\"}"u8, []);
        Assert.True(node.Server.RunUntil(() => !client.IsConnected));
    }

    [Fact]
    public async Task A_node_whose_bus_is_gone_says_so_and_admits_nobody_if_configured_so()
    {
        using var log = new Sockeye.Shared.AwaitedLog();
        await using var bus = new LossyBus();
        await using var strict = new LiveNode(new LiveOptions { WhenCutOff = CutOffAction.Refuse }, bus, log);
        await using var lenient = new LiveNode(bus: bus);
        strict.Issue("a", "alice");
        lenient.Issue("a", "alice");
        strict.Server.Advance(TimeSpan.FromSeconds(1));
        Assert.True(strict.Connect("a").IsConnected);
        bus.Set(BusState.Disconnected);
        Assert.Equal("cut_off", MessageOf(strict.Connect("a")));
        Assert.True(lenient.Connect("a").IsConnected);
        strict.Server.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("cut off", await log.Line("cut off"), StringComparison.Ordinal);
        Assert.Equal("the bus is not connected", Status(strict).GetProperty("cutOff").GetString());
        bus.Set(BusState.Open);
        Assert.True(strict.Connect("a").IsConnected);
        Assert.Equal(JsonValueKind.Null, Status(strict).GetProperty("cutOff").ValueKind);
    }

    [Fact]
    public async Task A_node_that_hears_none_of_the_others_any_more_is_cut_off_and_one_whose_others_said_goodbye_is_not()
    {
        await using var bus = new LossyBus();
        await using var node = new LiveNode(bus: bus);
        var other = new LiveNode(bus: bus);
        Assert.True(node.Server.RunUntil(() => Nodes(node) == 1));
        bus.Loses = _ => true;
        node.Server.Advance(Peers.LostAfter);
        Assert.Equal("none of the other nodes is heard", Status(node).GetProperty("cutOff").GetString());
        node.Server.Advance(Peers.ForgottenAfter - Peers.LostAfter);
        Assert.Equal(JsonValueKind.Null, Status(node).GetProperty("cutOff").ValueKind);

        bus.Loses = _ => false;
        other.Server.Advance(Peers.Beat);
        Assert.True(node.Server.RunUntil(() => Nodes(node) == 1));
        await other.DisposeAsync();
        Assert.True(node.Server.RunUntil(() => Nodes(node) == 0));
        node.Server.Advance(Peers.LostAfter);
        Assert.Equal(JsonValueKind.Null, Status(node).GetProperty("cutOff").ValueKind);
    }

    [Fact]
    public async Task A_revocation_for_which_there_is_no_room_still_puts_sockets_out()
    {
        await using var node = new LiveNode(new LiveOptions { MaxRevocations = 1 });
        node.Issue("a", "alice");
        var client = node.Connect("a");
        node.Revoke(RevocationKind.User, "bob");
        node.Revoke(RevocationKind.User, "alice");
        Assert.True(node.Server.RunUntil(() => !client.IsConnected));
        Assert.Equal(1, Revocations(node));
    }

    [Fact]
    public async Task A_revoked_session_ends_with_its_connection_in_all_namespaces()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        var client = node.Connect("a");
        client.SendRaw("0/chat,{\"token\":\"a\"}");
        node.Server.RunUntilIdle();
        Assert.Equal(1, node.Server.Server.Of("/chat").LocalCount);
        node.Revoke(RevocationKind.Session, client.Id!);
        Assert.True(node.Server.RunUntil(() => client.IsClosed));
        Assert.Equal(0, node.Server.Server.Of("/chat").LocalCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_session_of_an_anonymous_socket_ends_with_its_connection_also_after_a_reload_and_others_stay(bool isReloaded)
    {
        await using var node = new LiveNode { AdmitsAnonymous = true };
        node.Issue("a", "alice");
        var (client, other) = (node.Connect(null), node.Connect(null));
        client.SendRaw("0/chat,{\"token\":\"a\"}");
        node.Server.RunUntilIdle();
        Assert.Equal(("anonymous:" + client.Id, 1, 3), (client.Socket!.Identity!.Subject, node.Server.Server.Of("/chat").LocalCount, Sockets(node)));
        if (isReloaded)
        {
            await node.ReloadAsync();
            Assert.Equal(3, Sockets(node));
        }

        node.Revoke(RevocationKind.Session, client.Id!);
        Assert.True(node.Server.RunUntil(() => client.IsClosed));
        var ended = client.Next("auth:ended").Get<JsonElement>();
        Assert.Equal(("revoked", "The session has been revoked"), (ended.GetProperty("code").GetString(), ended.GetProperty("reason").GetString()));
        Assert.Equal(0, node.Server.Server.Of("/chat").LocalCount);
        Assert.True(other.IsConnected);
        Assert.Equal(1, Sockets(node));
    }

    [Fact]
    public async Task An_anonymous_socket_whose_session_is_revoked_before_the_application_has_let_it_in_does_not_come_in()
    {
        var application = new TaskCompletionSource();
        await using var node = new LiveNode { AdmitsAnonymous = true, AfterAdmission = application.Task };
        var client = node.Connect(null);
        node.Revoke(RevocationKind.Session, node.Pending!.Id);
        Assert.True(node.Server.RunUntil(() => Sockets(node) == 0));
        application.SetResult();
        Assert.True(node.Server.RunUntil(() => client.IsClosed || client.Refusal is not null));
        Assert.Null(client.Id);
    }

    [Fact]
    public async Task An_anonymous_socket_is_revoked_by_a_program_on_the_bus_in_the_whole_plugin()
    {
        await using var bus = new InProcessBus();
        await using var server = new SockeyeTestServer(static _ => { }, builder =>
        {
            builder.Bus = bus;
            builder.AddPlugin(new AuthPlugin(), WholePlugin.Section(("AllowAnonymous", "true")));
        });
        var (client, other) = (server.Connect(), server.Connect());
        Assert.Equal("anonymous:" + client.Id, client.Socket!.Identity!.Subject);
        bus.Publish("plugins.auth.revoke", Encoding.UTF8.GetBytes($$"""{"v":1,"session":"{{client.Id}}"}"""), []);
        Assert.True(server.RunUntil(() => client.IsClosed));
        Assert.True(other.IsConnected);
    }

    internal static JsonElement Status(LiveNode node) => JsonElement.Parse(node.Live.Status());

    internal static int Nodes(LiveNode node) => Status(node).GetProperty("nodes").GetInt32();

    internal static string? MessageOf(SockeyeTestClient client) => client.Refusal?.GetProperty("message").GetString();

    private static int Sockets(LiveNode node) => Status(node).GetProperty("sockets").GetInt32();

    private static int Revocations(LiveNode node) => Status(node).GetProperty("revocations").GetInt32();

    private static string ValueOf(RevocationKind kind, SockeyeTestClient? client) => kind switch
    {
        RevocationKind.User => "alice",
        RevocationKind.Token => TokenTag.Of("a"),
        RevocationKind.TokenId => "id of a",
        _ => client!.Id!,
    };
}
