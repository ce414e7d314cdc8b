using System.Buffers.Text;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>The id of a socket: where it lives, and 88 bits that nobody guesses.</summary>
public class SocketIdTests : ServerTest
{
    private const int Node = 0xabcdef;

    [Fact]
    public void Ids_of_sockets_carry_the_node_and_the_loop_as_those_of_sessions_do_and_do_not_repeat()
    {
        var app = Start(server => server.Of("/other"), builder => builder.Options.Engine.NodeId = Node, loops: 4);
        Assert.Equal(Node, app.Server.NodeId);
        var ids = new HashSet<string>();
        for (var i = 0; i < 100; i++)
        {
            var id = app.Connect(i % 2 == 0 ? "/" : "/other", loop: i % 4).Id!;
            Assert.Equal(20, id.Length);
            Assert.Equal([0xab, 0xcd, 0xef, (byte)(i % 4)], Base64Url.DecodeFromChars(id)[..4]);
            Assert.True(ids.Add(id));
        }
    }

    [Fact]
    public void The_88_bits_beside_node_and_loop_are_random_and_not_those_of_the_session()
    {
        var app = Start(server => { }, builder => builder.Options.Engine.NodeId = Node);
        byte[] ones = new byte[11], zeros = new byte[11];
        for (var i = 0; i < 200; i++)
        {
            var socket = app.Server.Of("/").Find(app.Connect().Id!)!;
            var bytes = Base64Url.DecodeFromChars(socket.Id);
            var session = Base64Url.DecodeFromChars(socket.Connection.Id);
            Assert.Equal(session[..4], bytes[..4]);
            for (var b = 0; b < ones.Length; b++)
            {
                ones[b] |= bytes[4 + b];
                zeros[b] |= (byte)~bytes[4 + b];
            }

            // Of 11 bytes that are independent hardly any two are alike.
            Assert.InRange(Enumerable.Range(4, 11).Count(b => bytes[b] == session[b]), 0, 5);
        }

        Assert.All(ones, b => Assert.Equal(0xff, b));
        Assert.All(zeros, b => Assert.Equal(0xff, b));
    }

    [Fact]
    public void With_ids_of_sessions_by_the_application_those_of_sockets_stay_the_engines_and_find_them()
    {
        var made = 0;
        var app = Start(
            server => { },
            builder =>
            {
                builder.Options.Engine.NodeId = Node;
                builder.Options.Engine.GenerateId = _ => $"custom-session-id-{made++}";
            },
            loops: 2);
        var (ann, bob) = (app.Connect(), app.Connect(loop: 1));
        Assert.Equal([0xab, 0xcd, 0xef, 0], Base64Url.DecodeFromChars(ann.Id)[..4]);
        Assert.Equal([0xab, 0xcd, 0xef, 1], Base64Url.DecodeFromChars(bob.Id)[..4]);
        app.Server.To(bob.Id!).Emit("hi");
        app.RunUntilIdle();
        Assert.Equal("hi", Assert.Single(bob.Events).Name);
        Assert.Empty(ann.Events);
    }

    [Fact]
    public void An_id_with_another_node_or_loop_reaches_nobody()
    {
        var app = Start(server => { }, builder => builder.Options.Engine.NodeId = Node, loops: 2);
        var ann = app.Connect();
        foreach (var (place, value) in ((int, byte)[])[(2, 0xee), (3, 1), (3, 255)])
        {
            var bytes = Base64Url.DecodeFromChars(ann.Id);
            bytes[place] = value;
            var forged = Base64Url.EncodeToString(bytes);
            Assert.Null(app.Server.Of("/").Find(forged));
            app.Server.To(forged).Emit("hi");
        }

        app.RunUntilIdle();
        Assert.Empty(ann.Events);
    }

    [Fact]
    public void Each_server_is_another_incarnation_of_its_node()
    {
        var first = Start(server => { }, builder => builder.Options.Engine.NodeId = Node);
        var second = Start(server => { }, builder => builder.Options.Engine.NodeId = Node);
        Assert.Equal(first.Server.NodeId, second.Server.NodeId);
        Assert.NotEqual(first.Server.Incarnation, second.Server.Incarnation);
    }
}
