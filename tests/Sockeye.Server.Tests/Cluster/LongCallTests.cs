using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Questions and answers between servers that do not go into one message of the bus: nobody waits for them.</summary>
public sealed class LongCallTests : ClusterTest
{
    [Theory, InlineData(0, true), InlineData(1, false)]
    public void The_longest_answer_of_a_server_comes_and_with_one_byte_more_it_is_missing_at_once_and_its_handler_fails(int more, bool comes)
    {
        var cluster = Start(2);

        // Behind the head stand the lengths of the answer and of its attachments, around it are its quotes.
        var length = cluster.Bus.MaxMessageBytes - ClusterMessage.FixedBytes - ClusterMessage.SealBytes - 10 + more;
        cluster[1].Server.OnServerSide("list", e => e.Ack(new string('x', length)));
        var asking = cluster[0].Server.ServerSideEmitWithAckAsync<string>("list");

        // Handlers of OnServerSide run on the pool: the one that asked may know of the refused answer before its exception has arrived.
        Assert.True(cluster.RunUntil(() => asking.IsCompleted && cluster[1].HandlerErrors.Count == (comes ? 0 : 1)));
        var all = cluster.Await(asking);
        Assert.Equal(comes ? [length] : [], all.Answers.Select(static answer => answer.Value!.Length));
        Assert.Equal(comes ? [] : [NameOf(cluster[1])], all.MissingNodes);
        Assert.All(cluster[1].HandlerErrors, static error => Assert.StartsWith("The answer to \"list\" is 1048", error.Exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Servers_that_a_question_is_too_long_for_are_missing_at_once()
    {
        var cluster = Start(3, static server => server.Of("/rooms-{id}"));
        var client = cluster[1].Connect();
        cluster[1].Received = static (_, e) => e.Answer("yes");
        cluster[1].Server.OnServerSide("long", static e => e.Ack("yes"));
        cluster.RunUntilIdle();
        var text = new string('x', cluster.Bus.MaxMessageBytes);
        var names = new[] { NameOf(cluster[1]), NameOf(cluster[2]) }.Order();
        var server = cluster[0].Server;
        var asked = server.ServerSideEmitWithAckAsync<string>("long", text);
        Task<BroadcastAck<string>>[] emitted =
        [
            server.EmitWithAckAsync<string>("long", text),
            server.To("lobby").EmitWithAckAsync<string>("long", text),
            server.To(client.Id!).EmitWithAckAsync<string>("long", text),
            server.Of("/rooms-{id}").EmitWithAckAsync<string>("long", text),
        ];
        var left = server.SocketsLeaveAsync(text);
        Assert.True(cluster.RunUntil(() => asked.IsCompleted && emitted.All(static one => one.IsCompleted) && left.IsCompleted));
        Assert.Equal(names, cluster.Await(asked).MissingNodes.Order());
        Assert.All(emitted, one => Assert.Equal(names, cluster.Await(one).MissingNodes.Order()));
        Assert.Equal(names, cluster.Await(left).MissingNodes.Order());
    }

    private static string NameOf(SockeyeTestServer server) => ClusterIdentity.NameOf(server.Server.NodeId);
}
