using System.Text;
using Sockeye.Server.Relays;
using Sockeye.Server.Tests.Cluster;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>A test with clusters whose clients come to whichever server they like.</summary>
public abstract class RelayTest : ClusterTest
{
    /// <summary>Messages with what clients send and get, as they are published: whose, and to whom.</summary>
    private protected List<(string From, string Subject)> Frames { get; } = [];

    private protected SockeyeTestCluster StartRelays(
        int servers = 2, Action<SockeyeServer>? configure = null, Action<SockeyeBuilder>? build = null, Func<ClusterOptions>? options = null, int seed = 0, int loops = 1)
    {
        var cluster = Start(servers, configure, build, options, seed, loops);
        cluster.Bus.Published = (from, subject) =>
        {
            if (subject.StartsWith("sockeye.data.1._default.x.", StringComparison.Ordinal))
            {
                Frames.Add((from, subject));
            }
        };
        return cluster;
    }

    private protected static RelayHub RelaysOf(SockeyeTestServer server) => ((SocketServer)server.Server).ClusterPart!.Relays;

    /// <summary>A session goes on over a WebSocket by way of a server.</summary>
    private protected static WebSocketPeer Upgrade(SockeyeTestCluster cluster, PollingPeer client, int server)
    {
        var link = new WebSocketPeer(cluster, server, client.Sid);
        link.SendText("2probe");
        Assert.Equal("3probe", link.NextText());
        link.SendText("5");
        cluster.RunUntilIdle();
        return link;
    }

    /// <summary>Nothing of a relay is left on any of the servers.</summary>
    private protected static void AssertNoneOpen(SockeyeTestCluster cluster) =>
        Assert.All(cluster.Servers, static server => Assert.Equal((0, 0), RelaysOf(server).Open));
}

/// <summary>A client that polls, each request by way of the server that the test says, over a connection to it that is kept.</summary>
internal sealed class PollingPeer(SockeyeTestCluster cluster, string path = "/socket.io/")
{
    private readonly Dictionary<int, MemoryPeer> _peers = [];
    private readonly Dictionary<int, byte[]> _received = [];

    /// <summary>Its session.</summary>
    public string Sid { get; set; } = "";

    /// <summary>Opens a session at a server.</summary>
    public void Open(int server, int loop = 0)
    {
        _peers[server] = cluster[server].Transport.Connect(loop: loop);
        var open = Get(server, isHandshake: true).Body;
        Sid = open.Split("\"sid\":\"")[1].Split('"')[0];
    }

    /// <summary>Opens a session and enters the main namespace.</summary>
    public void Join(int server, int loop = 0)
    {
        Open(server, loop);
        Assert.Equal("ok", Post(server, "40").Body);
        Assert.StartsWith("40{", Get(server).Body, StringComparison.Ordinal);
    }

    public RawAnswer Get(int server, bool isHandshake = false, string more = "")
    {
        BeginGet(server, isHandshake, more);
        cluster.RunUntilIdle();
        return Answer(server);
    }

    public void BeginGet(int server, bool isHandshake = false, string more = "") =>
        Send(server, $"GET {path}?EIO=4&transport=polling{(isHandshake ? "" : "&sid=" + Sid)} HTTP/1.1\r\nHost: test\r\n{more}\r\n");

    public RawAnswer Post(int server, string body, string more = "")
    {
        BeginPost(server, body, more);
        cluster.RunUntilIdle();
        return Answer(server);
    }

    public void BeginPost(int server, string body, string more = "", int? length = null) => Send(
        server, $"POST {path}?EIO=4&transport=polling&sid={Sid} HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: {length ?? Encoding.UTF8.GetByteCount(body)}\r\n{more}\r\n{body}");

    public void Send(int server, string bytes) => PeerTo(server).Send(Encoding.UTF8.GetBytes(bytes));

    public MemoryPeer PeerTo(int server)
    {
        if (!_peers.TryGetValue(server, out var peer) || peer.IsClosed)
        {
            peer = _peers[server] = cluster[server].Transport.Connect();
            _received.Remove(server);
        }

        return peer;
    }

    /// <summary>The next answer of a server, which must be there.</summary>
    public RawAnswer Answer(int server) => TryAnswer(server) ?? throw new InvalidOperationException($"There is no answer, but \"{Encoding.UTF8.GetString(_received[server])}\".");

    /// <summary>Whether a server has closed the connection, and all that came of it was taken.</summary>
    public bool IsClosed(int server) => _peers[server] is { IsClosed: true, Available: 0 };

    /// <summary>The next answer of a server; null: it is not there, or not all of it.</summary>
    public RawAnswer? TryAnswer(int server)
    {
        byte[] all = [.. _received.GetValueOrDefault(server, []), .. _peers[server].Receive()];
        _received[server] = all;
        var head = all.AsSpan().IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return null;
        }

        var lines = Encoding.UTF8.GetString(all.AsSpan(0, head));
        var length = int.Parse(lines.Split("Content-Length: ")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
        if (all.Length < head + 4 + length)
        {
            return null;
        }

        _received[server] = all[(head + 4 + length)..];
        return new RawAnswer(int.Parse(lines.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), lines, Encoding.UTF8.GetString(all.AsSpan(head + 4, length)));
    }
}

/// <summary>An answer as it came.</summary>
internal sealed record RawAnswer(int Status, string Head, string Body);

/// <summary>A WebSocket of a session, by way of the server that the test says.</summary>
internal sealed class WebSocketPeer
{
    private readonly SockeyeTestCluster _cluster;
    private readonly TestLink _link;
    private readonly Queue<string> _texts = new();

    public WebSocketPeer(SockeyeTestCluster cluster, int server, string sid, IReadOnlyDictionary<string, string>? headers = null)
    {
        _cluster = cluster;
        _link = new TestLink(cluster[server].Transport.Connect(), $"/socket.io/?EIO=4&transport=websocket&sid={sid}", headers);
        Pump();
    }

    public MemoryPeer Peer => _link.Peer;

    public string? RefusedWith => _link.RefusedWith;

    public ushort? CloseCode => _link.CloseCode;

    public void SendText(string text) => _link.Send(Encoding.UTF8.GetBytes(text), isBinary: false);

    public void Pump()
    {
        do
        {
            _cluster.RunUntilIdle();
        }
        while (_link.Pump((message, _) => _texts.Enqueue(Encoding.UTF8.GetString(message))));
    }

    /// <summary>The next message, which must be there.</summary>
    public string NextText()
    {
        Pump();
        return _texts.Dequeue();
    }

    public bool TryText(out string? text)
    {
        Pump();
        return _texts.TryDequeue(out text);
    }
}
