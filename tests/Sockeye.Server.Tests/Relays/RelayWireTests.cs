using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.Http;
using Sockeye.Server.Cluster;
using Sockeye.Server.Relays;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>The bytes of relays (docs/cluster-wire.md): what was written is read, and whatever else comes is dropped.</summary>
public sealed class RelayWireTests
{
    [Fact]
    public void The_place_of_a_frame_is_read_as_it_was_written() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        Gen.Choose(1, int.MaxValue).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(0, 63).ToArbitrary(), (id, number, flags) =>
    {
        var sent = new RelayHead(id * 3L, (uint)number * 2, (RelayFlags)flags, number * 5L);
        var bytes = FieldOf(sent.Write, WireField.Relay);
        Assert.Equal(RelayHead.Bytes, bytes.Length);
        Assert.True(RelayHead.TryRead(bytes, out var read));
        Assert.Equal(sent, read);
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            Assert.False(RelayHead.TryRead(bytes.AsSpan(0, cut), out _));
        }

        Assert.False(RelayHead.TryRead([.. bytes, 0], out _));
    }));

    [Fact]
    public void A_place_that_makes_no_sense_is_none()
    {
        Assert.False(RelayHead.TryRead(FieldOf(new RelayHead(0, 1, RelayFlags.None, 1).Write, WireField.Relay), out _));
        Assert.False(RelayHead.TryRead(FieldOf(new RelayHead(-1, 1, RelayFlags.None, 1).Write, WireField.Relay), out _));
        Assert.False(RelayHead.TryRead(FieldOf(new RelayHead(1, 1, RelayFlags.None, -1).Write, WireField.Relay), out _));
        Assert.False(RelayHead.TryRead(FieldOf(new RelayHead(1, 1, (RelayFlags)64, 1).Write, WireField.Relay), out _));
    }

    [Theory, InlineData("192.0.2.7"), InlineData("2001:db8::7"), InlineData("fe80::1%3")]
    public void The_peer_is_read_as_it_was_written(string address)
    {
        var sent = new RelayPeer(new IPEndPoint(IPAddress.Parse(address), 65_535), true, 255);
        var bytes = FieldOf(sent.Write, WireField.Peer);
        Assert.Equal(sent, RelayPeer.Read(bytes));
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            Assert.Null(RelayPeer.Read(bytes.AsSpan(0, cut)));
        }

        bytes[22] = 2;
        Assert.Null(RelayPeer.Read(bytes));
    }

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(uint.MaxValue - 1, uint.MaxValue, true)]
    [InlineData(uint.MaxValue, 1, true)]
    [InlineData(uint.MaxValue, 2, false)]
    [InlineData(5, 7, false)]
    public void Behind_the_last_number_of_a_frame_comes_the_first(uint last, uint number, bool isNext)
    {
        Assert.Equal(isNext, FrameNumber.After(last) == number);
        Assert.False(FrameNumber.IsUpTo(number, last));
        Assert.True(FrameNumber.IsUpTo(last, number));
        Assert.True(FrameNumber.IsUpTo(number, number));
    }

    [Fact]
    public void A_standing_is_read_as_it_was_written()
    {
        Span<byte> bytes = stackalloc byte[RelayStanding.Bytes];
        foreach (var sent in new RelayStanding[] { new(long.MaxValue, uint.MaxValue, true), new(1, 0, false) })
        {
            sent.Write(bytes);
            Assert.Equal(sent, RelayStanding.Read(bytes));
        }
    }

    [Fact]
    public void A_request_is_handed_on_as_it_came_apart_from_what_concerns_the_connection()
    {
        var head = Read("POST /socket.io/?sid=a HTTP/1.1\r\nHost:test\r\nconnection: keep-alive, X\r\nTransfer-Encoding: chunked\r\nCookie: a=b \r\nExpect: 100-continue\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
        Assert.Equal(
            "POST /socket.io/?sid=a HTTP/1.1\r\nHost:test\r\nCookie: a=b \r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length:3\r\n\r\n4hi",
            System.Text.Encoding.ASCII.GetString(RelayRequest.Write(head, 3, "4hi"u8)));
        var upgrade = Read("GET /a%20b/?sid=a HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        Assert.Equal(
            "GET /a%20b/?sid=a HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            System.Text.Encoding.ASCII.GetString(RelayRequest.Write(upgrade, -1, default)));
    }

    private static byte[] FieldOf(Action<HeadWriter> write, WireField field)
    {
        var head = HeadWriter.Begin(ClusterKind.Relay, 1, 2);
        write(head);
        Assert.Equal(WireFault.None, ClusterMessage.TryRead(head.End("a", [], null), out var message));
        return message.Find(field).ToArray();
    }

    private static HttpRequestHead Read(string text)
    {
        var reader = new HttpHeadReader(new HttpLimits());
        Assert.Equal(HttpReadStatus.Complete, reader.Read(System.Text.Encoding.ASCII.GetBytes(text), out _));
        return reader.Head;
    }
}
