using System.Text.Json;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Live;
using Sockeye.Testing;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class RefreshTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_client_is_asked_before_its_token_expires_and_the_answer_keeps_it_in()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", 5 * Minute, rooms: ["old", "both"]);
        var client = node.Connect("a");
        Assert.Equal(["both", "old"], RoomsOf(client));
        node.Server.Advance((4 * Minute) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, client.Pending);
        node.Server.Advance(TimeSpan.FromSeconds(2));
        var question = client.Next("auth:refresh");
        Assert.True(question.WantsAck);

        var next = node.Issue("b", "alice", 10 * Minute, rooms: ["both", "new"]);
        question.Answer("b");
        Assert.True(node.Server.RunUntil(() => client.Pending > 0));
        var told = client.Next("auth:refreshed").Get<JsonElement>();
        Assert.True(told.GetProperty("ok").GetBoolean());
        Assert.Equal(next.ExpiresAt!.Value.ToUnixTimeMilliseconds(), told.GetProperty("expiresAt").GetInt64());
        Assert.Same(next, client.Socket!.Identity);
        Assert.Equal(["both", "new"], RoomsOf(client));
        node.Server.Advance(2 * Minute);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task CVE_2020_26892_a_token_that_expires_while_its_client_is_connected_puts_it_out()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", 5 * Minute);
        var client = node.Connect("a");
        node.Server.Advance((5 * Minute) - TimeSpan.FromMilliseconds(1));
        Assert.True(client.IsConnected);
        node.Server.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("expired", client.Next("auth:ended").Get<JsonElement>().GetProperty("code").GetString());
        Assert.False(client.IsConnected);
        Assert.True(client.WasToldToLeave);
    }

    [Fact]
    public async Task An_expired_identity_may_stay_where_that_is_configured()
    {
        await using var node = new LiveNode(new LiveOptions { WhenExpired = ExpiryAction.Warn });
        node.Issue("a", "alice", 2 * Minute);
        var client = node.Connect("a");
        node.Server.Advance(3 * Minute);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task A_token_that_lives_shorter_than_the_lead_is_asked_for_in_its_middle_and_not_again_and_again()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", TimeSpan.FromSeconds(20));
        var client = node.Connect("a");
        node.Server.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, client.Pending);
        node.Server.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, client.Pending);
        node.Server.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(1, client.Pending);
    }

    [Fact]
    public async Task A_client_that_comes_with_a_token_within_the_skew_has_the_rest_of_it()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", TimeSpan.FromSeconds(-10));
        var client = node.Connect("a");
        node.Server.Advance(TimeSpan.FromSeconds(49));
        Assert.True(client.IsConnected);
        node.Server.Advance(TimeSpan.FromSeconds(2));
        Assert.False(client.IsConnected);
    }

    [Fact]
    public async Task A_client_sends_a_new_token_by_itself_and_gets_the_new_expiry()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", 5 * Minute);
        var client = node.Connect("a");
        var next = node.Issue("b", "alice", 10 * Minute);
        Assert.Equal(next.ExpiresAt!.Value.ToUnixTimeMilliseconds(), client.Call<JsonElement>("auth:refresh", "b").GetProperty("expiresAt").GetInt64());
        node.Issue("c", "alice");
        Assert.Equal(JsonValueKind.Null, client.Call<JsonElement>("auth:refresh", new Dictionary<string, string> { ["token"] = "c" }).GetProperty("expiresAt").ValueKind);
        client.Emit("auth:refresh", "b"); // without an acknowledgement
        Assert.True(node.Server.RunUntil(() => client.Pending > 0));
        Assert.True(client.Next("auth:refreshed").Get<JsonElement>().GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_token_of_another_user_is_refused_and_changes_nothing()
    {
        await using var node = new LiveNode();
        var mine = node.Issue("a", "alice", 5 * Minute);
        var client = node.Connect("a");
        node.Issue("m", "mallory");
        Assert.Equal("other_user", client.Call<EventRefusal>("auth:refresh", "m")!.Code);
        Assert.Same(mine, client.Socket!.Identity);
        Assert.True(client.IsConnected);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("")]
    [InlineData(7)]
    [InlineData(null)]
    public async Task What_is_no_token_is_refused(object? sent)
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        var client = node.Connect("a");
        Assert.Equal("invalid_token", client.Call<EventRefusal>("auth:refresh", [sent])!.Code);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task Arguments_up_to_the_limit_are_read_and_longer_ones_are_refused_unread()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        var client = node.Connect("a");
        Assert.Equal("invalid_token", client.Call<EventRefusal>("auth:refresh", new string('x', Refresher.MaxArgumentBytes - 2))!.Code);
        Assert.Equal(1, node.Checks);
        Assert.Equal("invalid_token", client.Call<EventRefusal>("auth:refresh", new string('x', Refresher.MaxArgumentBytes - 1))!.Code);
        Assert.Equal(1, node.Checks);
    }

    [Fact]
    public async Task A_check_that_throws_refuses_the_token_and_its_text_goes_nowhere()
    {
        await using var node = new LiveNode { CheckFails = new InvalidOperationException("canary") };
        node.Issue("a", "alice");
        var client = node.Connect("a");
        var refusal = client.Call<EventRefusal>("auth:refresh", "a")!;
        Assert.Equal(RefusalCode.Unavailable, refusal.Code);
        Assert.DoesNotContain("canary", refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_never_ends_is_given_up()
    {
        await using var node = new LiveNode { BeforeCheck = new TaskCompletionSource().Task };
        node.Issue("a", "alice");
        var client = node.Connect("a");
        var asked = client.Ask("auth:refresh", "a");
        node.Server.RunUntilIdle();
        node.Server.Advance(node.Options.RefreshTimeout);
        Assert.True(node.Server.RunUntil(() => client.AnswerTo(asked) is not null));
        Assert.Equal(RefusalCode.Unavailable, client.AnswerTo(asked)!.Get<EventRefusal>()!.Code);
    }

    [Fact]
    public async Task One_token_is_checked_at_a_time_and_so_many_in_a_minute()
    {
        var wait = new TaskCompletionSource();
        await using var node = new LiveNode { BeforeCheck = wait.Task };
        node.Issue("a", "alice");
        var client = node.Connect("a");
        var first = client.Ask("auth:refresh", "a");
        Assert.Equal(RefusalCode.RateLimited, client.Call<EventRefusal>("auth:refresh", "a")!.Code);
        wait.SetResult();
        Assert.True(node.Server.RunUntil(() => client.AnswerTo(first) is not null));
        for (var i = 1; i < node.Options.RefreshesPerMinute; i++)
        {
            Assert.True(client.Call<JsonElement>("auth:refresh", "a").GetProperty("ok").GetBoolean());
        }

        Assert.Equal(RefusalCode.RateLimited, client.Call<EventRefusal>("auth:refresh", "a")!.Code);
        Assert.Equal(node.Options.RefreshesPerMinute, node.Checks);
        node.Server.Advance(TimeSpan.FromSeconds(10));
        Assert.True(client.Call<JsonElement>("auth:refresh", "a").GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_refresh_holds_for_every_namespace_of_the_connection_and_for_no_other_connection()
    {
        await using var node = new LiveNode();
        var old = node.Issue("a", "alice", 5 * Minute);
        var client = node.Connect("a");
        var other = node.Connect("a");
        client.SendRaw("0/chat,{\"token\":\"a\"}");
        node.Server.RunUntilIdle();
        var inChat = Assert.Single(await FetchAsync(node, "/chat"));
        Assert.Same(client.Socket!.Connection, inChat.Connection);

        var next = node.Issue("b", "alice", 20 * Minute);
        client.Call<JsonElement>("auth:refresh", "b");
        Assert.Same(next, client.Socket.Identity);
        Assert.Same(next, inChat.Identity);
        Assert.Same(old, other.Socket!.Identity);
        node.Server.Advance(6 * Minute);
        Assert.True(inChat.IsConnected);
        Assert.False(other.IsConnected);
    }

    [Fact]
    public async Task An_identity_that_the_application_sets_itself_takes_over_with_its_own_expiry()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", 5 * Minute);
        var client = node.Connect("a");
        client.Socket!.Identity = new SocketIdentity("alice") { ExpiresAt = node.Now + (20 * Minute) };
        node.Server.Advance(6 * Minute);
        Assert.True(client.IsConnected);
        node.Server.Advance(15 * Minute);
        Assert.False(client.IsConnected);
    }

    [Theory, InlineData(20), InlineData(0)]
    public async Task An_identity_of_another_name_that_the_application_sets_takes_over_too_and_what_was_revoked_still_goes(int minutes)
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", 5 * Minute);
        node.Issue("b", "alice", 5 * Minute);
        var (client, revoked) = (node.Connect("a"), node.Connect("b"));
        foreach (var each in new[] { client, revoked })
        {
            each.Socket!.Identity = new SocketIdentity("user-17") { ExpiresAt = minutes == 0 ? null : node.Now + (minutes * Minute) };
        }

        node.Server.Advance(6 * Minute);
        Assert.True(client.IsConnected && revoked.IsConnected);
        Assert.DoesNotContain(client.Events, static e => e.Name == "auth:refresh");
        node.Revoke(RevocationKind.Token, TokenTag.Of("b"));
        Assert.True(node.Server.RunUntil(() => !revoked.IsConnected));
        Assert.True(client.IsConnected);
        client.Clear();
        node.Server.Advance(13 * Minute);
        Assert.True(client.IsConnected);
        node.Server.Advance(2 * Minute);
        Assert.Equal(minutes == 0, client.IsConnected);
        Assert.Equal(minutes == 0 ? [] : ["auth:ended"], client.Events.Select(static e => e.Name));
    }

    [Theory, InlineData("alice", 5), InlineData("user-17", 5), InlineData("alice", 0), InlineData("user-17", 0)]
    public async Task An_identity_that_the_application_sets_counts_soon_also_where_nothing_was_due_or_it_has_set_one_before(string subject, int minutes)
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice", minutes == 0 ? null : TimeSpan.FromHours(5));
        var client = node.Connect("a");
        client.Socket!.Identity = new SocketIdentity(subject);
        node.Server.Advance(6 * Minute);
        client.Socket.Identity = new SocketIdentity(subject) { ExpiresAt = node.Now + (2 * Minute) };
        node.Server.Advance(TimeSpan.FromSeconds(110));
        Assert.True(client.IsConnected);

        // A token renews an identity of its own subject alone.
        Assert.Equal(subject == "alice" ? ["auth:refresh"] : [], client.Events.Select(static e => e.Name));
        node.Server.Advance(TimeSpan.FromSeconds(11));
        Assert.False(client.IsConnected);
    }

    [Fact]
    public async Task An_application_that_gives_a_socket_the_identity_of_its_token_back_gives_it_its_expiry()
    {
        await using var node = new LiveNode();
        var identity = node.Issue("a", "alice", 10 * Minute);
        var client = node.Connect("a");
        client.Socket!.Identity = new SocketIdentity("user-17") { ExpiresAt = node.Now + (5 * Minute) };
        node.Server.Advance(Minute);
        client.Socket.Identity = identity;
        node.Server.Advance(8.5 * Minute);
        Assert.True(client.IsConnected);
        Assert.Equal("auth:refresh", Assert.Single(client.Events).Name);
        node.Server.Advance(Minute);
        Assert.False(client.IsConnected);
    }

    [Theory, InlineData("user-17"), InlineData("alice"), InlineData(null)]
    public async Task After_a_reload_a_socket_with_an_identity_of_the_application_is_held_to_its_expiry_and_to_what_was_revoked_for_its_token(string? subject)
    {
        await using var node = new LiveNode();
        foreach (var token in new[] { "a", "b", "c", "d" })
        {
            node.Issue(token, "alice", 5 * Minute);
        }

        var clients = new[] { node.Connect("a"), node.Connect("b"), node.Connect("c"), node.Connect("d") };
        foreach (var each in clients)
        {
            each.Socket!.Identity = subject is null ? null : new SocketIdentity(subject) { ExpiresAt = node.Now + (20 * Minute) };
        }

        node.Server.Advance(TimeSpan.FromSeconds(10));
        node.Revoke(RevocationKind.Token, TokenTag.Of("d"));
        Assert.True(node.Server.RunUntil(() => !clients[3].IsConnected));
        await node.ReloadAsync(() => node.Revoke(RevocationKind.Token, TokenTag.Of("a")));
        node.Server.Advance(TimeSpan.FromSeconds(1));
        Assert.True(node.Server.RunUntil(() => !clients[0].IsConnected));
        node.Revoke(RevocationKind.TokenId, "id of b");
        Assert.True(node.Server.RunUntil(() => !clients[1].IsConnected));
        Assert.Equal("revoked", clients[1].Next("auth:ended").Get<JsonElement>().GetProperty("code").GetString());

        // Without an identity the expiry of its token is what is left.
        node.Server.Advance(4 * Minute);
        Assert.True(clients[2].IsConnected);
        node.Server.Advance(subject is null ? Minute : 14 * Minute);
        Assert.Equal(subject is not null, clients[2].IsConnected);
        node.Server.Advance(2 * Minute);
        Assert.False(clients[2].IsConnected);
    }

    [Fact]
    public async Task A_refresh_does_not_bring_back_an_identity_that_the_application_has_taken_away()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        var client = node.Connect("a");
        client.Socket!.Identity = null;
        Assert.Equal("not_authenticated", client.Call<EventRefusal>("auth:refresh", "a")!.Code);
        Assert.Null(client.Socket.Identity);
        client.Socket.Identity = new SocketIdentity("bob");
        Assert.Equal("other_user", client.Call<EventRefusal>("auth:refresh", "a")!.Code);
    }

    [Fact]
    public async Task The_next_generation_takes_over_sockets_with_their_expiry()
    {
        await using var node = new LiveNode();
        var identity = node.Issue("a", "alice", 5 * Minute, rooms: ["r"]);
        var client = node.Connect("a");
        await node.ReloadAsync();
        Assert.Same(identity, client.Socket!.Identity);
        Assert.Equal(["r"], RoomsOf(client));
        node.Server.Advance(4 * Minute + TimeSpan.FromSeconds(1));
        Assert.Equal("auth:refresh", Assert.Single(client.Events).Name);
        node.Issue("b", "alice", 5 * Minute, rooms: ["s"]);
        client.Next("auth:refresh").Answer("b");
        Assert.True(node.Server.RunUntil(() => client.Pending > 0));
        Assert.Equal(["s"], RoomsOf(client));
    }

    private static string[] RoomsOf(SockeyeTestClient client) => [.. client.Socket!.Rooms.Where(room => room != client.Id).Order(StringComparer.Ordinal)];

    private static async Task<List<SockeyeSocket>> FetchAsync(LiveNode node, string nsp) =>
        [.. (await node.Server.Server.Of(nsp).FetchSocketsAsync()).Select(remote => node.Server.Server.Of(nsp).Find(remote.Id)!)];
}
