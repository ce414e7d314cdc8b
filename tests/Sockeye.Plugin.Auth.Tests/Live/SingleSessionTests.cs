using System.Text.Json;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Live;
using Sockeye.Testing;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class SingleSessionTests
{
    [Fact]
    public async Task Any_number_of_sessions_is_allowed_unless_asked_for()
    {
        await using var node = NewNode(SingleSessionMode.Off);
        Assert.All([node.Connect("a"), node.Connect("a2")], client => Assert.True(client.IsConnected));
    }

    [Fact]
    public async Task A_new_session_takes_the_place_of_the_old_one_which_is_told_why()
    {
        await using var node = NewNode(SingleSessionMode.KickOld);
        var (old, bob, next) = (node.Connect("a"), node.Connect("b"), node.Connect("a2"));
        Assert.Equal("session_replaced", old.Next("auth:ended").Get<JsonElement>().GetProperty("code").GetString());
        Assert.True(old.WasToldToLeave);
        Assert.Equal((false, true, true), (old.IsConnected, bob.IsConnected, next.IsConnected));
    }

    [Fact]
    public async Task A_new_session_is_refused_while_there_is_an_old_one_and_let_in_when_that_has_gone()
    {
        await using var node = NewNode(SingleSessionMode.RefuseNew);
        var old = node.Connect("a");
        Assert.Equal("session_taken", RevocationTests.MessageOf(node.Connect("a2")));
        Assert.True(old.IsConnected);
        old.Close();
        node.Server.RunUntilIdle();
        Assert.True(node.Connect("a2").IsConnected);
    }

    [Theory]
    [InlineData("a", "a")] // the same token
    [InlineData("phone-1", "phone-2")] // another token of the same device
    public async Task A_client_that_comes_back_before_its_old_connection_is_found_dead_is_not_locked_out(string first, string second)
    {
        await using var node = NewNode(SingleSessionMode.RefuseNew);
        var old = node.Connect(first);
        old.Cut();
        Assert.True(old.IsConnected);
        Assert.True(node.Connect(second).IsConnected);
        Assert.False(old.IsConnected);
    }

    [Theory]
    [InlineData((int)SingleSessionMode.KickOld)]
    [InlineData((int)SingleSessionMode.RefuseNew)]
    public async Task Several_namespaces_of_one_connection_are_one_session(int mode)
    {
        await using var node = NewNode((SingleSessionMode)mode);
        var client = node.Connect("a");
        client.SendRaw("0/chat,{\"token\":\"a2\"}");
        node.Server.RunUntilIdle();
        Assert.True(client.IsConnected);
        Assert.Equal(1, node.Server.Server.Of("/chat").LocalCount);
    }

    [Theory]
    [InlineData((int)SingleSessionMode.KickOld)]
    [InlineData((int)SingleSessionMode.RefuseNew)]
    public async Task A_session_on_another_node_counts(int mode)
    {
        await using var bus = new InProcessBus();
        await using LiveNode one = NewNode((SingleSessionMode)mode, bus), other = NewNode((SingleSessionMode)mode, bus);
        Meet(one, other);
        var old = one.Connect("a");
        Assert.True(RunBoth(one, other, () => old.IsConnected));
        other.Server.Advance(TimeSpan.FromSeconds(1)); // its clock is later, as it would be in truth
        var next = other.Connect("a2");
        if (mode == (int)SingleSessionMode.KickOld)
        {
            Assert.True(RunBoth(one, other, () => !old.IsConnected));
            Assert.True(next.IsConnected);
        }
        else
        {
            Assert.True(RunBoth(one, other, () => next.Refusal is not null));
            Assert.True(old.IsConnected);
            old.Close();
            Assert.True(RunBoth(one, other, () => !old.IsConnected));
            var again = other.Connect("a2");
            Assert.True(RunBoth(one, other, () => again.IsConnected));
        }
    }

    [Theory]
    [InlineData((int)SingleSessionMode.KickOld)]
    [InlineData((int)SingleSessionMode.RefuseNew)]
    public async Task Of_two_that_come_at_once_to_two_nodes_one_stays(int mode)
    {
        await using var bus = new InProcessBus();
        await using LiveNode one = NewNode((SingleSessionMode)mode, bus), other = NewNode((SingleSessionMode)mode, bus);
        Meet(one, other);
        for (var i = 0; i < 20; i++)
        {
            foreach (var node in new[] { one, other })
            {
                node.Issue($"x{i}", $"user-{i}", device: $"{node.GetHashCode()}");
            }

            var (a, b) = (one.Connect($"x{i}"), other.Connect($"x{i}"));
            Assert.True(RunBoth(one, other, () => IsSettled(a) && IsSettled(b) && a.IsConnected != b.IsConnected));
        }

        static bool IsSettled(SockeyeTestClient client) => client.IsConnected || client.Refusal is not null || client.WasToldToLeave;
    }

    [Fact]
    public async Task A_node_that_does_not_answer_has_no_say()
    {
        await using var bus = new LossyBus();
        await using LiveNode one = NewNode(SingleSessionMode.RefuseNew, bus), other = NewNode(SingleSessionMode.RefuseNew, bus);
        Meet(one, other);
        one.Connect("a");
        one.Server.Advance(one.Options.SessionPatience);
        bus.Loses = subject => subject == "claim";
        var next = other.Connect("a2");
        Assert.Null(next.Id);
        other.Server.Advance(other.Options.SessionPatience);
        Assert.True(other.Server.RunUntil(() => next.IsConnected));
    }

    [Fact]
    public async Task Who_is_anonymous_waits_for_no_other_node_and_takes_nobody_s_place()
    {
        // A node that is there and answers nothing would hold a user for as long as others are waited for.
        await using var bus = new InProcessBus();
        await using var node = new LiveNode(new LiveOptions { SingleSession = SingleSessionMode.RefuseNew, SessionPatience = TimeSpan.FromSeconds(2) }, bus) { AdmitsAnonymous = true };
        bus.Publish("beat", BusWords.Beat("silent", 0, 0, BeatKind.Beat), []);
        Assert.True(node.Server.RunUntil(() => RevocationTests.Nodes(node) == 1));
        node.Server.Advance(TimeSpan.FromSeconds(1));
        node.Issue("a", "alice");
        Assert.Null(node.Connect("a").Id);
        Assert.True(node.Connect(null).IsConnected);
        Assert.True(node.Connect(null).IsConnected);
    }

    [Fact]
    public async Task The_next_generation_knows_the_sessions_that_there_are()
    {
        await using var node = NewNode(SingleSessionMode.RefuseNew);
        node.Connect("a");
        await node.ReloadAsync();
        node.Server.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("session_taken", RevocationTests.MessageOf(node.Connect("a2")));
    }

    private static LiveNode NewNode(SingleSessionMode mode, IClusterBus? bus = null)
    {
        var node = new LiveNode(new LiveOptions { SingleSession = mode }, bus);

        // A node that has just come waits for others for a second.
        node.Server.Advance(TimeSpan.FromSeconds(1));
        node.Issue("a", "alice");
        node.Issue("a2", "alice");
        node.Issue("b", "bob");
        node.Issue("phone-1", "alice", device: "phone");
        node.Issue("phone-2", "alice", device: "phone");
        return node;
    }

    private static void Meet(LiveNode one, LiveNode other) => Assert.True(RunBoth(one, other, () => RevocationTests.Nodes(one) == 1 && RevocationTests.Nodes(other) == 1));

    private static bool RunBoth(LiveNode one, LiveNode other, Func<bool> condition) => one.Server.RunUntil(() =>
    {
        other.Server.RunUntilIdle();
        return condition();
    });
}
