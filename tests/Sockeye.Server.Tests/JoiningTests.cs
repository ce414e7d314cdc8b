using System.Text.Json;
using Xunit;

namespace Sockeye.Server.Tests;

public class JoiningTests : ServerTest
{
    [Fact]
    public void A_client_that_joins_gets_an_id_of_20_characters_that_is_not_the_id_of_its_session()
    {
        var app = Start(server => { });
        var client = app.Connect();
        Assert.True(client.IsConnected);
        Assert.Equal(20, client.Id!.Length);
        Assert.DoesNotContain(client.Id, client.Handshake!, StringComparison.Ordinal);
        Assert.Equal(client.Id, app.Server.Of("/").Find(client.Id)!.Id);
        Assert.NotEqual(client.Id, client.Socket!.Connection.Id);
    }

    [Fact]
    public void Ids_do_not_repeat()
    {
        var app = Start(server => { });
        var ids = Enumerable.Range(0, 50).Select(_ => app.Connect().Id).ToHashSet();
        Assert.Equal(50, ids.Count);
    }

    [Fact]
    public void An_unknown_namespace_is_refused_and_the_connection_stays()
    {
        var app = Start(server => server.On("ping", (SockeyeSocket socket) => socket.Emit("pong")));
        var client = app.Connect("/nope");
        Assert.Equal("""{"message":"Invalid namespace"}""", client.Refusal!.Value.GetRawText());
        Assert.False(client.IsClosed);
        client.SendRaw("0");
        app.RunUntilIdle();
        Assert.Equal(1, app.Server.Of("/").LocalCount);
    }

    [Fact]
    public void Several_namespaces_share_one_connection_and_have_sockets_of_their_own()
    {
        var app = Start(server => server.Of("/chat").On("who", (SockeyeSocket socket) => socket.Emit("me", socket.Id)));
        var client = app.Connect("/chat");
        client.SendRaw("0");
        app.RunUntilIdle();
        var main = Assert.Single(app.Await(app.Server.Of("/").FetchSocketsAsync()));
        Assert.NotEqual(client.Id, main.Id);
        client.Emit("who");
        Assert.Equal(client.Id, client.Next<string>("me"));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("0/chat,", "0/chat,{}")]
    public void Joining_a_namespace_twice_closes_the_connection(string first, string second)
    {
        var app = Start(server => server.Of("/chat"));
        var client = app.Connect(joins: false);
        client.SendRaw(first);
        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        client.SendRaw(second);
        app.RunUntilIdle();
        Assert.True(client.IsClosed);
    }

    [Theory]
    [InlineData("2[\"x\"]")]
    [InlineData("1")]
    [InlineData("30[]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":0}]")]
    [InlineData("2/chat,[\"x\"]")]
    [InlineData("1/chat,")]
    public void A_packet_before_joining_closes_the_connection(string packet)
    {
        var app = Start(server => server.Of("/chat"));
        var client = app.Connect(joins: false);
        client.SendRaw(packet);
        app.RunUntilIdle();
        Assert.True(client.IsClosed);
    }

    [Fact]
    public void A_packet_after_leaving_closes_the_connection()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.Disconnect();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(DisconnectReason.ClientNamespaceDisconnect, client.Disconnected);
        Assert.True(client.IsClosed);
    }

    [Fact]
    public void A_client_that_left_may_join_again_and_is_a_new_socket()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var first = client.Id;
        client.Disconnect();
        client.Rejoin();
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        Assert.NotEqual(first, client.Id);
        Assert.Equal(1, app.Server.Of("/").LocalCount);
    }

    [Theory]
    [InlineData("0[]")]
    [InlineData("0\"text\"")]
    [InlineData("0{")]
    [InlineData("4{\"message\":\"x\"}")]
    [InlineData("7")]
    [InlineData("2")]
    [InlineData("2[]")]
    [InlineData("2{}")]
    [InlineData("2[true]")]
    [InlineData("2[\"connect\"]")]
    [InlineData("2[\"disconnecting\"]")]
    [InlineData("2[\"x\"")]
    [InlineData("5-[\"x\"]")]
    [InlineData("50-[\"x\"]")]
    [InlineData("511-[\"x\"]")]
    [InlineData("51-[\"x\"]")]
    [InlineData("51-[\"x\",{\"_placeholder\":true,\"num\":1}]")]
    [InlineData("3x[]")]
    [InlineData("1{}")]
    [InlineData("")]
    public void A_packet_that_breaks_the_protocol_closes_its_connection_and_nobody_else_notices(string packet)
    {
        var app = Start(server => server.On("echo", (SockeyeSocket socket, int x) => socket.Emit("echo", x)));
        var other = app.Connect();
        var client = app.Connect();
        client.SendRaw(packet);
        app.RunUntilIdle();
        Assert.True(client.IsClosed);
        Assert.True(client.Disconnected is DisconnectReason.ParseError or DisconnectReason.ForcedClose);
        other.Emit("echo", 7);
        Assert.Equal(7, other.Next<int>("echo"));
    }

    [Fact]
    public void An_attachment_that_nobody_announced_closes_the_connection()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.SendRaw([1, 2, 3]);
        app.RunUntilIdle();
        Assert.Equal(DisconnectReason.ParseError, client.Disconnected);
    }

    [Fact]
    public void Text_in_place_of_an_attachment_closes_the_connection()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.SendRaw("51-[\"x\",{\"_placeholder\":true,\"num\":0}]");
        client.SendRaw("2[\"y\"]");
        app.RunUntilIdle();
        Assert.Equal(DisconnectReason.ParseError, client.Disconnected);
    }

    [Fact]
    public void Attachments_have_10_seconds_to_arrive()
    {
        var app = Start(server => server.On("x", (SockeyeSocket socket, byte[] a, byte[] b) => socket.Emit("sum", a.Length + b.Length)));
        const string Packet = "52-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
        var quick = app.Connect();
        quick.SendRaw(Packet);
        quick.SendRaw([1]);
        app.Advance(TimeSpan.FromSeconds(9.9));
        quick.SendRaw([1, 2]);
        Assert.Equal(3, quick.Next<int>("sum"));
        app.Advance(TimeSpan.FromSeconds(20));
        Assert.True(quick.IsConnected);

        var slow = app.Connect();
        slow.SendRaw(Packet);
        slow.SendRaw([1]);
        app.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(DisconnectReason.ParseError, slow.Disconnected);
    }

    [Fact]
    public void A_connection_that_joins_nothing_is_closed_after_the_connect_timeout_and_not_before()
    {
        var app = Start(server => { });
        var idle = app.Connect(joins: false);
        var joined = app.Connect();
        var refused = app.Connect("/nope");
        app.Advance(TimeSpan.FromSeconds(44.999));
        Assert.False(idle.IsClosed);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Assert.True(idle.IsClosed);
        Assert.True(refused.IsClosed);
        Assert.True(joined.IsConnected);
    }

    [Theory]
    [InlineData(32, false)]
    [InlineData(33, true)]
    public void A_connection_may_be_in_32_namespaces(int count, bool isRefused)
    {
        var app = Start(server => server.Of((name, auth) => name.StartsWith("/n", StringComparison.Ordinal)));
        var client = app.Connect("/n" + count, joins: false);
        for (var i = 1; i <= count; i++)
        {
            client.SendRaw($"0/n{i},");
        }

        app.RunUntilIdle();
        Assert.Equal(isRefused, client.Refusal is not null);
        Assert.False(client.IsClosed);
    }

    [Theory]
    [InlineData(16384, false)]
    [InlineData(16385, true)]
    public void The_auth_payload_has_at_most_16_KiB(int length, bool closes)
    {
        var app = Start(server => { });
        var client = app.Connect(joins: false);
        client.SendRaw("0{\"t\":\"" + new string('x', length - 8) + "\"}");
        app.RunUntilIdle();
        Assert.Equal(closes, client.IsClosed);
    }

    [Theory]
    [InlineData(255, false)]
    [InlineData(256, true)]
    public void The_name_of_an_event_has_at_most_255_bytes(int length, bool closes)
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.SendRaw("2[\"" + new string('x', length) + "\"]");
        app.RunUntilIdle();
        Assert.Equal(closes, client.IsClosed);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public void An_event_has_at_most_10_attachments(int count, bool closes)
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.Emit("x", Enumerable.Repeat(new byte[] { 1 }, count).ToArray<object?>());
        app.RunUntilIdle();
        Assert.Equal(closes, client.IsClosed);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void An_event_with_attachments_has_at_most_the_configured_bytes(int above, bool closes)
    {
        const int Limit = 4096;
        var app = Start(server => { }, builder => builder.Options.Limits.EventBytes = Limit);
        var client = app.Connect();
        const string Packet = "51-[\"x\",{\"_placeholder\":true,\"num\":0}]";
        client.SendRaw(Packet);
        client.SendRaw(new byte[Limit - Packet.Length + above]);
        app.RunUntilIdle();
        Assert.Equal(closes, client.IsClosed);
    }

    [Fact]
    public void The_handshake_tells_query_headers_auth_and_address()
    {
        Handshake? seen = null;
        var app = Start(server => server.OnConnection(socket => { seen = socket.Handshake; }));
        app.Connect(auth: new { token = "t" }, query: "a=1&b=%20x");
        Assert.Equal("1", seen!.Query("a"));
        Assert.Equal(" x", seen.Query("b"));
        Assert.Equal("4", seen.QueryValues["EIO"]);
        Assert.Equal("t", seen.Auth.GetString("token"));
        Assert.Equal("test", seen.Header("host"));
        Assert.Equal("test", seen.Headers["host"]);
        Assert.StartsWith("/socket.io/?EIO=4", seen.Url, StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", seen.Address);
        Assert.False(seen.IsCrossDomain);
        Assert.Equal(JsonValueKind.Object, seen.Auth.Root.ValueKind);
    }
}
