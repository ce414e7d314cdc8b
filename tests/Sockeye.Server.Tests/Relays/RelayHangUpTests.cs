using System.Globalization;
using System.Text;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>Random schedules: clients that hang up at any moment of a request, an upgrade or a WebSocket by way of any server, over a bus that delays and is away for a while, with servers that drain and that are killed. Nothing is left behind.</summary>
public sealed class RelayHangUpTests : RelayTest
{
    [Fact]
    public async Task Clients_that_hang_up_at_any_moment_leave_nothing_behind()
    {
        // With 418 a request is lost of which the numbers of its stream do not tell.
        foreach (var seed in Enumerable.Range(1, 16).Append(418))
        {
            await RunAsync(seed);
        }
    }

    private async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var gone = 0;
        var cluster = StartRelays(3, server => server.OnConnection(socket =>
        {
            socket.OnDisconnect(_ => gone++);
            socket.On("say", (EventContext e, string text) => e.Socket.Emit("said", text));
        }), seed: seed, loops: seed % 2 == 0 ? 4 : 1);
        cluster.Bus.Only = static subject => subject.Contains(".x.", StringComparison.Ordinal);
        cluster.Bus.MaxDelay = TimeSpan.FromMilliseconds(15);
        List<MemoryPeer> peers = [];
        List<string> sids = [];
        var joined = 0;
        var (killed, isDrained) = (false, false);
        for (var step = 0; step < 300; step++)
        {
            if (step == 250 && seed % 3 == 0)
            {
                isDrained = true;
                _ = cluster[1].Server.DrainAsync(TimeSpan.FromMilliseconds(200));
            }

            var server = random.Next(killed ? 2 : 3);
            server = server == 1 && isDrained ? 0 : server;
            switch (random.Next(14))
            {
                case 0 when sids.Count < 40:
                    var client = new PollingPeer(cluster);
                    (var delay, cluster.Bus.MaxDelay) = (cluster.Bus.MaxDelay, default);
                    client.Join(step > 200 ? 0 : random.Next(2), random.Next(seed % 2 == 0 ? 4 : 1));
                    joined++;
                    cluster.Bus.MaxDelay = delay;
                    sids.Add(client.Sid);
                    break;
                case 1 or 2 when sids.Count > 0:
                    Send(server, $"GET /socket.io/?EIO=4&transport=polling&sid={Sid()} HTTP/1.1\r\nHost: a\r\n\r\n");
                    break;
                case 3 when sids.Count > 0:
                    var body = "42[\"say\",\"" + new string('x', random.Next(3) == 0 ? random.Next(200_000) : 5) + "\"]";
                    var post = $"POST /socket.io/?EIO=4&transport=polling&sid={Sid()} HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}";
                    Send(server, random.Next(2) == 0 ? post : post[..random.Next(100, post.Length)]);
                    break;
                case 4 or 5 when sids.Count > 0:
                    var frame = random.Next(3) switch { 0 => "\x81\x86\0\0\0\02probe", 1 => "\x81\x81\0\0\0\05", _ => "" };
                    Send(server, $"GET /socket.io/?EIO=4&transport=websocket&sid={Sid()} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n{frame}");
                    break;
                case 6 when peers.Count > 0:
                    peers[random.Next(peers.Count)].Send(Encoding.Latin1.GetBytes(random.Next(4) switch { 0 => "\x81\x86\0\0\0\02probe", 1 => "\x81\x81\0\0\0\05", 2 => "\x81\x8f\0\0\0\042[\"say\",\"abc\"]", _ => "\x88\x80\0\0\0\0" }));
                    break;
                case 7 or 8 or 9 when peers.Count > 0:
                    var peer = peers[random.Next(peers.Count)];
                    if (random.Next(2) == 0)
                    {
                        peer.Reset();
                    }
                    else
                    {
                        peer.Close();
                    }

                    peers.Remove(peer);
                    break;
                case 10 when peers.Count > 0:
                    peers[random.Next(peers.Count)].StopReading = random.Next(2) == 0;
                    break;
                case 11:
                    cluster[server].Server.Local.Emit("said", new string('y', random.Next(3) == 0 ? random.Next(300_000) : 5));
                    break;
                case 12 when random.Next(4) == 0:
                    var name = random.Next(2).ToString(CultureInfo.InvariantCulture);
                    cluster.Bus.SetConnected(name, false);
                    cluster.Advance(TimeSpan.FromMilliseconds(random.Next(6000)));
                    cluster.Bus.SetConnected(name, true);
                    break;
                case 13 when random.Next(20) == 0 && !killed:
                    killed = true;
                    cluster.Kill(2);
                    break;
            }

            cluster.Advance(TimeSpan.FromMilliseconds(random.Next(12)));
        }

        cluster.Bus.MaxDelay = default;
        foreach (var peer in peers)
        {
            peer.StopReading = false;
            peer.Reset();
        }

        cluster.Advance(TimeSpan.FromSeconds(120));
        for (var i = 0; i < (killed ? 2 : 3); i++)
        {
            Assert.True(RelaysOf(cluster[i]).Open == (0, 0), $"seed {seed} server {i}: {RelaysOf(cluster[i]).Open}");
        }

        Assert.True(joined == gone, $"seed {seed}: {gone} of {joined} sessions are over");
        await cluster.DisposeAsync();

        string Sid() => sids[random.Next(sids.Count)];

        void Send(int server, string bytes)
        {
            var peer = cluster[server].Transport.Connect();
            peer.Send(Encoding.Latin1.GetBytes(bytes));
            peers.Add(peer);
        }
    }
}
