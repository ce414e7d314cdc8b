using System.Net;
using System.Text;
using DotNetty.Transport.Channels;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>Channels without sockets: what their wire brings is read, what it takes is written, and they end as others do.</summary>
public sealed class VirtualConnectionTests : BufferTest
{
    private static readonly IPEndPoint s_peer = new(IPAddress.Parse("192.0.2.9"), 99);
    private readonly MemoryTransport _transport = new(loops: 2);
    private readonly TestHandler _handler = new() { OnRead = TestHandler.Echo };
    private readonly Wire _wire = new();
    private VirtualConnection? _connection;

    public override void Dispose()
    {
        _transport.StopAsync();
        base.Dispose();
    }

    [Fact]
    public void What_the_wire_brings_is_read_and_what_is_written_goes_to_it()
    {
        Open();
        Assert.Equal(1, _transport.ConnectionCount);
        Assert.Equal(s_peer, _handler.Channel!.RemoteEndPoint());
        Bring("hello");
        Assert.Equal("hello", _wire.Sent.ToString());
        Assert.Equal(["active"], _handler.Events);
    }

    [Fact]
    public void What_the_wire_does_not_take_waits_until_there_is_room()
    {
        _wire.Room = 3;
        Open();
        Bring("abcdefgh");
        Assert.Equal(("abc", 5L), (_wire.Sent.ToString(), _handler.Channel!.PendingWriteBytes()));
        Give(2);
        Assert.Equal(("abcde", 3L), (_wire.Sent.ToString(), _handler.Channel!.PendingWriteBytes()));
        Give(100);
        Assert.Equal(("abcdefgh", 0L), (_wire.Sent.ToString(), _handler.Channel!.PendingWriteBytes()));
        Assert.Equal(["active", "writability"], _handler.Events);
    }

    [Fact]
    public void A_channel_that_is_closed_sends_what_waits_and_then_its_end_and_waits_for_nobody()
    {
        _wire.Room = 3;
        Open();
        Bring("abcdefgh");
        _ = _handler.Channel!.CloseAsync();
        _transport.RunUntilIdle();
        Assert.Empty(_wire.Events);
        Give(100);
        Assert.Equal("abcdefgh", _wire.Sent.ToString());
        Assert.Equal(["end", "release"], _wire.Events);
        Assert.Equal(0, _transport.ConnectionCount);
        Assert.Equal(1, _handler.Events.Count(static e => e == "inactive"));
    }

    [Fact]
    public void The_end_of_the_peer_comes_behind_its_bytes()
    {
        Open();
        _wire.Input.Append("last");
        _wire.IsInputOver = true;
        OnLoop(static connection => connection.OnInputOver());
        Assert.Equal("last", _wire.Sent.ToString());
        Assert.Equal(["release"], _wire.Events);
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_broken_connection_ends_at_once_also_while_reading_is_paused()
    {
        Open();
        _handler.Channel!.Configuration.AutoRead = false;
        _transport.RunUntilIdle();
        _wire.Input.Append("lost");
        OnLoop(static connection => connection.OnBroken());
        Assert.Equal("", _wire.Sent.ToString());
        Assert.Equal(["release"], _wire.Events);
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_reset_is_told_to_the_wire()
    {
        Open();
        _handler.Channel!.Abort();
        _transport.RunUntilIdle();
        Assert.Equal(["reset"], _wire.Events);
    }

    [Fact]
    public void A_channel_stays_where_its_wire_is()
    {
        Open();
        OnLoop(connection => Assert.Throws<NotSupportedException>(() => connection.Channel.MoveTo(_transport.Loops[1], static _ => { })));
    }

    private void Open()
    {
        _transport.Loops[0].Post(_ => _connection = VirtualConnection.Open(_transport.Loops[0], _wire, s_peer, "test", _ => _handler), null);
        _transport.RunUntilIdle();
    }

    private void Bring(string text)
    {
        _wire.Input.Append(text);
        OnLoop(static connection => connection.OnInput());
    }

    private void Give(int room)
    {
        _wire.Room += room;
        OnLoop(static connection => connection.OnRoom());
    }

    private void OnLoop(Action<VirtualConnection> act)
    {
        _transport.Loops[0].Post(_ => act(_connection!), null);
        _transport.RunUntilIdle();
    }

    private sealed class Wire : IChannelWire
    {
        public StringBuilder Input { get; } = new();

        public StringBuilder Sent { get; } = new();

        public List<string> Events { get; } = [];

        public int Room { get; set; } = int.MaxValue / 2;

        public int Unacknowledged => 0;

        public bool IsInputOver { get; set; }

        public int Receive(Span<byte> destination)
        {
            var count = Math.Min(destination.Length, Input.Length);
            Encoding.ASCII.GetBytes(Input.ToString(0, count), destination);
            Input.Remove(0, count);
            return count;
        }

        public int Send(ReadOnlySpan<byte> bytes)
        {
            var count = Math.Min(Room, bytes.Length);
            Room -= count;
            Sent.Append(Encoding.ASCII.GetString(bytes[..count]));
            return count;
        }

        public void EndOutput() => Events.Add("end");

        public void Release(bool isReset) => Events.Add(isReset ? "reset" : "release");
    }
}
