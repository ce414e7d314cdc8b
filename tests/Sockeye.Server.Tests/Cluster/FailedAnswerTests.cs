using Sockeye.Server.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Handlers of events from server to server that fail, or have gone, before they have answered: whoever has asked waits for none that cannot answer any more.</summary>
public sealed class FailedAnswerTests : ClusterTest
{
    [Theory]
    [InlineData("throws")]
    [InlineData("fails")]
    [InlineData("fails later")]
    [InlineData("is cancelled")]
    [InlineData("cannot be written")]
    public void A_server_whose_handlers_have_all_failed_is_missing_at_once(string how)
    {
        var cluster = Start(2);
        ServerSideEvent? kept = null;
        for (var i = 0; i < 2; i++)
        {
            cluster[1].Server.OnServerSide("who", e =>
            {
                kept = e;
                return how == "throws" ? throw new InvalidOperationException("It fails.") : FailAsync(e, how);
            });
        }

        var asked = cluster[0].Server.ServerSideEmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => asked.IsCompleted && cluster[1].HandlerErrors.Count == 2));
        Assert.Equal([NameOf(cluster[1])], cluster.Await(asked).MissingNodes);
        Assert.Empty(cluster.Await(asked).Answers);
        Assert.False(kept!.WantsAck);
        Assert.False(kept.Ack("late"));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void An_answer_comes_though_another_handler_fails_before_or_after_it(bool failsFirst)
    {
        var cluster = Start(2);
        var server = cluster[1].Server;
        for (var i = 0; i < 2; i++)
        {
            if (i == 0 == failsFirst)
            {
                server.OnServerSide("who", static e => throw new InvalidOperationException("It fails."));
            }
            else
            {
                server.OnServerSide("who", static e => { e.Ack("yes"); });
            }
        }

        Assert.Equal("yes", Assert.Single(Ask(cluster).Answers).Value);
    }

    [Fact]
    public void A_handler_that_answers_and_then_fails_has_answered()
    {
        var cluster = Start(2);
        cluster[1].Server.OnServerSide("who", static e =>
        {
            e.Ack("yes");
            throw new InvalidOperationException("It fails.");
        });
        Assert.Equal("yes", Assert.Single(Ask(cluster).Answers).Value);
    }

    [Fact]
    public void One_that_has_kept_the_event_and_returned_may_answer_later_though_another_has_failed()
    {
        var cluster = Start(2);
        var kept = new TaskCompletionSource<ServerSideEvent>();
        cluster[1].Server.OnServerSide("who", e => { kept.SetResult(e); });
        cluster[1].Server.OnServerSide("who", static e => throw new InvalidOperationException("It fails."));
        var asked = cluster[0].Server.ServerSideEmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => kept.Task.IsCompleted && cluster[1].HandlerErrors.Count == 1));
        cluster.RunUntilIdle();
        Assert.False(asked.IsCompleted);
        Assert.True(cluster.Await(kept.Task).Ack("later"));
        Assert.Equal("later", Assert.Single(cluster.Await(asked).Answers).Value);
    }

    [Fact]
    public void A_handler_whose_answer_cannot_be_written_may_give_another_one()
    {
        var cluster = Start(2);
        cluster[1].Server.OnServerSide("who", static e =>
        {
            Assert.ThrowsAny<Exception>(() => e.Ack(new Unwritable()));
            Assert.True(e.Ack("something else"));
        });
        Assert.Equal("something else", Assert.Single(Ask(cluster).Answers).Value);
        Assert.Empty(cluster[1].HandlerErrors);
    }

    [Fact]
    public void A_server_whose_handler_has_gone_before_it_was_its_turn_has_no_answer_and_is_not_missing()
    {
        var cluster = Start(2);
        using var go = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        cluster[1].Server.OnServerSide("slow", _ =>
        {
            begun.Set();
            go.Wait();
        });
        var gone = cluster[1].Server.OnServerSide("who", static e => { e.Ack("yes"); });
        cluster[0].Server.ServerSideEmit("slow");
        Assert.True(cluster.RunUntil(() => begun.IsSet));
        var asked = cluster[0].Server.ServerSideEmitWithAckAsync<string>("who");
        cluster.RunUntilIdle();
        gone.Dispose();
        go.Set();
        Assert.True(cluster.RunUntil(() => asked.IsCompleted));
        Assert.True(cluster.Await(asked).IsComplete);
        Assert.Empty(cluster.Await(asked).Answers);
    }

    private static ServerAck<string> Ask(SockeyeTestCluster cluster)
    {
        var asked = cluster[0].Server.ServerSideEmitWithAckAsync<string>("who");
        Assert.True(cluster.RunUntil(() => asked.IsCompleted));
        return cluster.Await(asked);
    }

    private static async Task FailAsync(ServerSideEvent e, string how)
    {
        switch (how)
        {
            case "fails later":
                await Task.Yield();
                break;
            case "is cancelled":
                throw new OperationCanceledException();
            case "cannot be written":
                e.Ack(new Unwritable());
                break;
            default:
                break;
        }

        throw new InvalidOperationException("It fails.");
    }

    private static string NameOf(SockeyeTestServer server) => ClusterIdentity.NameOf(server.Server.NodeId);

    private sealed class Unwritable
    {
        public Unwritable Text => throw new InvalidOperationException($"{this} cannot be read.");
    }
}
