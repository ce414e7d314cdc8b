using System.Text.Json;
using Sockeye.Abstractions.Values;

namespace Sockeye.Abstractions.Tests;

public sealed class SocketStateTests
{
    private readonly FakeSocket _socket = new();

    [Fact]
    public void State_is_one_object_for_each_type()
    {
        var a = _socket.State<A>();
        Assert.Same(a, _socket.State<A>());
        var b = _socket.State<B>();
        Assert.Same(a, _socket.State<A>());
        Assert.Same(b, _socket.State<B>());
        Assert.NotSame(b, _socket.State<A>());
        Assert.Same(_socket.State<C>(), _socket.State<C>());
    }

    [Fact]
    public void Data_gives_back_values_of_their_own()
    {
        var list = new List<int> { 1 };
        _socket.Data.Set("list", list);
        list.Add(2);
        Assert.Equal([1], _socket.Data.Get<List<int>>("list"));
        Assert.NotSame(_socket.Data.Get<List<int>>("list"), _socket.Data.Get<List<int>>("list"));
    }

    [Fact]
    public void Data_keeps_JSON_binary_and_null()
    {
        var bytes = new byte[] { 1 };
        _socket.Data.Set("binary", new { bytes });
        bytes[0] = 9;
        _socket.Data.Set<string?>("null", null);
        _socket.Data.Set("json", JsonElement.Parse("{\"a\":[1]}"u8));
        var values = Assert.IsType<Dictionary<string, object?>>(_socket.Data.Get<object?>("binary"));
        Assert.Equal(new byte[] { 1 }, values["bytes"]);
        Assert.Null(_socket.Data.Get<string>("null"));
        Assert.Equal("{\"a\":[1]}", _socket.Data.Get<JsonElement>("json").GetRawText());
        Assert.Equal(["binary", "json", "null"], _socket.Data.Keys.Order());
    }

    [Fact]
    public void Data_that_is_not_there_is_default_and_data_of_another_type_is_an_error()
    {
        Assert.Equal(0, _socket.Data.Get<int>("none"));
        _socket.Data.Set("text", "t");
        Assert.Throws<EventFormatException>(() => _socket.Data.Get<int>("text"));
        Assert.True(_socket.Data.Remove("text"));
        Assert.False(_socket.Data.Remove("text"));
        Assert.Null(_socket.Data.Get<string>("text"));
    }

    [Fact]
    public void A_snapshot_of_the_data_does_not_change()
    {
        _socket.Data.Set("a", 1);
        var snapshot = _socket.Data.Snapshot();
        _socket.Data.Set("a", 2);
        _socket.Data.Set("b", 3);
        Assert.Equal(1, snapshot.Get<int>("a"));
        Assert.Equal(["a"], snapshot.Keys);
    }

    [Fact]
    public void A_socket_without_handlers_or_data_has_made_none()
    {
        Assert.Null(_socket.Handlers);
        Assert.Null(_socket.DataOrNull);
        _socket.OnAny(_ => { });
        Assert.NotNull(_socket.Handlers);
    }

    [Fact]
    public void Posted_work_gets_its_state()
    {
        var seen = new List<(string, int)>();
        Assert.True(_socket.Post((seen, 5), static (socket, state) => state.seen.Add((socket.Id, state.Item2))));
        Assert.Equal([("id-1", 5)], seen);
    }

    [Fact]
    public void The_auth_payload_is_an_empty_object_when_nothing_was_sent()
    {
        Assert.Equal("{}", AuthPayload.Empty.Root.GetRawText());
        Assert.Null(AuthPayload.Empty.GetString("token"));
        var auth = new AuthPayload("{\"token\":\"secret\",\"n\":5}"u8);
        Assert.Equal("secret", auth.GetString("token"));
        Assert.Null(auth.GetString("n"));
        Assert.Null(auth.GetString("none"));
        Assert.Equal(5, auth.Root.GetProperty("n").GetInt32());
    }

    [Fact]
    public void A_handshake_is_cross_domain_when_it_names_an_origin()
    {
        Assert.False(new Handshake(new FakeRequest(null), AuthPayload.Empty).IsCrossDomain);
        var handshake = new Handshake(new FakeRequest("http://a.example"), AuthPayload.Empty);
        Assert.True(handshake.IsCrossDomain);
        Assert.Equal("4", handshake.Query("EIO"));
        Assert.Equal("/socket.io/?EIO=4", handshake.Url);
    }

    [Fact]
    public void Every_reason_has_the_words_of_Socket_IO()
    {
        Assert.Equal("transport close", new Disconnection(DisconnectReason.TransportClose).Text);
        Assert.Equal("ping timeout (20 s)", new Disconnection(DisconnectReason.PingTimeout, "20 s").ToString());
        var texts = Enum.GetValues<DisconnectReason>().Select(reason => reason.Text()).ToList();
        Assert.Equal(texts.Count, texts.Distinct().Count());
    }

    private sealed class A;

    private sealed class B;

    private sealed class C;

    private sealed class FakeRequest(string? origin) : HandshakeSource
    {
        public override DateTimeOffset IssuedAt => DateTimeOffset.UnixEpoch;

        public override string Address => "127.0.0.1";

        public override bool IsSecure => false;

        public override string Url => "/socket.io/?EIO=4";

        public override IReadOnlyDictionary<string, string> Headers => new Dictionary<string, string>();

        public override IReadOnlyDictionary<string, string> QueryValues => new Dictionary<string, string>();

        public override IReadOnlyDictionary<string, object?> Items => new Dictionary<string, object?>();

        public override string? Header(string name) => name == "origin" ? origin : null;

        public override string? Query(string name) => name == "EIO" ? "4" : null;
    }
}
