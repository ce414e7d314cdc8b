using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.Protocol.WebSockets;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>A whole server under random input: valid conversations, broken in every way, on connections that interleave. Whatever comes, the server serves a
/// fresh client afterwards, nothing stays behind, and nothing was a fault of the server.</summary>
public class WholeServerFuzzTests : HostileTest
{
    private static readonly string[] s_packets =
    [
        "40", "40{\"token\":\"x\"}", "40/chat,", "40/room-7,{}", "41", "41/chat,", "42[\"echo\",1]", "420[\"echo\",{\"a\":[1,2,3]}]", "42/chat,7[\"echo\",\"\\u00e9\"]",
        "42[\"later\",1]", "42[\"join\",\"r\"]", "42[\"leave\",\"r\"]", "42[\"say\",\"hello\"]", "42[\"fail\"]", "42[\"typed\",\"no number\"]", "42[\"out\"]",
        "430[1]", "43/chat,99[]", "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "452-[\"echo\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]",
        "461-0[{\"_placeholder\":true,\"num\":0}]", "44{\"message\":\"x\"}", "2", "3", "1", "5", "6", "2probe", "0{}", "4", "", "42[\"connect\"]", "42[]", "42{}",
        "450-[\"x\"]", "4599-[\"x\"]", "42[\"x\"," + "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "42[\"\\ud800\"]", "421.5[\"x\"]", "4\u00e9", "42[\"bye\"]", "42[\"byebye\"]",
    ];

    private static readonly string[] s_rulesToBreak = ["socketio_state", "socketio_json", "socketio_reserved_event", "engineio_packet_type", "http_request_line"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_conversations_neither_harm_others_nor_leave_anything(int loops)
    {
        var meters = new RecordedMeters();
        long received = 0;
        var watch = Stopwatch.StartNew();

        // It must be no shouting at a closed door: on a busy machine that takes longer.
        for (var seed = loops * 1000; watch.Elapsed < TimeSpan.FromSeconds(2.5) || (!WentFar() && watch.Elapsed < TimeSpan.FromSeconds(60)); seed++)
        {
            received += await Round(seed, loops, meters);
        }

        Assert.True(WentFar(), $"only {received} events were received; {meters}");

        bool WentFar() => received > 50 && Array.TrueForAll(s_rulesToBreak, rule => meters.Count("sockeye.protocol.errors", rule) > 0);
    }

    private static async Task<long> Round(int seed, int loops, RecordedMeters meters)
    {
        var random = new Random(seed);
        var open = BufferCounters.Rented - BufferCounters.Returned;
        var log = new RecordedLog();
        var app = new SockeyeTestServer(Configure, builder =>
        {
            builder.LoggerFactory = log;
            builder.MeterFactory = meters;
        }, loops);
        try
        {
            Play(app, random, loops);
            Assert.Equal("pong", app.Connect(loop: random.Next(loops)).Call<string>("ping"));

            // Everybody goes, and the longest deadline passes.
            app.Advance(TimeSpan.FromMinutes(3));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}, {loops} loops", e);
        }
        finally
        {
            await app.DisposeAsync();
        }

        Assert.True(app.Context.Metrics.Total is { Sockets: 0, Connections: 0 }, $"Seed {seed}: {app.Context.Metrics.Total.Sockets} sockets, {app.Context.Metrics.Total.Connections} connections stay");
        Assert.True(app.Context.Faults == 0, $"Seed {seed}: a fault of the engine");
        Assert.True(app.Transport.ConnectionCount == 0, $"Seed {seed}: {app.Transport.ConnectionCount} connections stay");
        Assert.True(app.Context.Namespaces.Main.State.RoomCount == 0, $"Seed {seed}: rooms stay");
        Assert.True(open == BufferCounters.Rented - BufferCounters.Returned, $"Seed {seed}: {BufferCounters.Rented - BufferCounters.Returned - open} buffers stay");
        var fault = log.Lines.FirstOrDefault(static line => line.Level >= LogLevel.Error && !line.Text.Contains("on purpose", StringComparison.Ordinal));
        Assert.True(fault is null, $"Seed {seed}: {fault}");
        return app.Context.Metrics.Total.Received;
    }

    private static void Configure(SockeyeServer server)
    {
        server.On("ping", (EventContext e) => { e.Ack("pong"); });
        server.Of((name, auth) => name.StartsWith("/room-", StringComparison.Ordinal));
        foreach (var target in (SockeyeNamespace[])[server.Of("/"), server.Of("/chat")])
        {
            target.On("echo", (EventMessage e) => { e.Context.AckArgs(e.ToArray()); });
            target.On("later", async (EventContext e, int value) =>
            {
                await Task.Yield();
                e.Ack(value);
            });
            target.On("join", (SockeyeSocket socket, string room) => { socket.Join(room); });
            target.On("leave", (SockeyeSocket socket, string room) => { socket.Leave(room); });
            target.On("say", (SockeyeSocket socket, string text) => { socket.To("r").Emit("said", text); });
            target.On("fail", (SockeyeSocket socket) => throw new InvalidOperationException("on purpose"));
            target.On("typed", (SockeyeSocket socket, int value) => { });
            target.On("out", (SockeyeSocket socket) => { socket.Emit("big", new byte[70_000]); });
            target.On("bye", (SockeyeSocket socket) => { socket.Disconnect(); });
            target.On("byebye", (SockeyeSocket socket) => { socket.Disconnect(close: true); });
        }
    }

    private static void Play(SockeyeTestServer app, Random random, int loops)
    {
        List<Attacker> attackers = [];
        var steps = random.Next(30, 120);
        for (var i = 0; i < steps; i++)
        {
            if (attackers.Count == 0 || (attackers.Count < 12 && random.Next(5) == 0))
            {
                attackers.Add(new Attacker(app.Transport.Connect(loop: random.Next(loops)), random));
            }

            var attacker = attackers[random.Next(attackers.Count)];
            attacker.Step(attackers);
            if (random.Next(3) != 0)
            {
                app.Transport.RunUntilIdle();
            }

            if (random.Next(25) == 0)
            {
                app.Transport.Advance(TimeSpan.FromSeconds(random.Next(1, 30)));
            }
        }

        app.RunUntilIdle();
        foreach (var attacker in attackers)
        {
            attacker.Leave();
        }

        app.RunUntilIdle();
    }

    /// <summary>One connection that knows the protocols well enough to get far, and breaks them often.</summary>
    private sealed class Attacker(MemoryPeer peer, Random random)
    {
        private readonly StringBuilder _received = new();
        private bool _isWebSocket;
        private bool _hasEnded;
        private string? _sid;

        public void Step(List<Attacker> all)
        {
            if (!peer.StopReading)
            {
                Read();
            }

            switch (random.Next(20))
            {
                case 0:
                    peer.StopReading = !peer.StopReading;
                    break;
                case 1 when random.Next(3) == 0:
                    Leave();
                    break;
                case 2:
                    var noise = new byte[random.Next(1, 200)];
                    random.NextBytes(noise);
                    Send(noise);
                    break;
                default:
                    Send(Mutate(_isWebSocket ? Frames() : Request(all)));
                    break;
            }
        }

        public void Leave()
        {
            switch (random.Next(3))
            {
                case 0:
                    peer.Reset();
                    break;
                case 1:
                    peer.Close();
                    break;
                default:
                    _hasEnded = true;
                    peer.HalfClose();
                    peer.StopReading = false;
                    return;
            }

            _hasEnded = true;
        }

        private void Send(byte[] bytes)
        {
            if (_hasEnded || bytes.Length == 0)
            {
                return;
            }

            if (random.Next(4) != 0)
            {
                peer.Send(bytes);
                return;
            }

            for (var at = 0; at < bytes.Length;)
            {
                var length = Math.Min(bytes.Length - at, random.Next(1, 40));
                peer.Send(bytes.AsSpan(at, length));
                at += length;
            }
        }

        private void Read()
        {
            _received.Append(Encoding.Latin1.GetString(peer.Receive()));
            var text = _received.ToString();
            _isWebSocket |= text.Contains("101 Switching", StringComparison.Ordinal);
            var at = text.IndexOf("\"sid\":\"", StringComparison.Ordinal);
            if (at >= 0 && text.Length >= at + 27)
            {
                _sid = text.Substring(at + 7, 20);
            }

            if (_received.Length > 100_000)
            {
                _received.Clear();
            }
        }

        private byte[] Request(List<Attacker> all)
        {
            var sid = random.Next(3) == 0 ? all[random.Next(all.Count)]._sid : _sid;
            var session = sid is null || random.Next(6) == 0 ? "" : "&sid=" + sid;
            const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
            var (method, transport, headers, body) = random.Next(8) switch
            {
                0 or 1 => ("GET", "websocket", Upgrade, null),
                2 or 3 => ("GET", "polling", "", null),
                4 => ("OPTIONS", "polling", "Origin: http://x\r\n", null),
                5 => ("POST", "polling", "Content-Type: application/octet-stream\r\n", Payload()),
                _ => ("POST", "polling", "", Payload()),
            };
            var head = $"{method} /socket.io/?EIO={(random.Next(20) == 0 ? 3 : 4)}&transport={transport}{session} HTTP/1.1\r\nHost: x\r\n{headers}";
            if (body is null)
            {
                return Encoding.UTF8.GetBytes(head + "\r\n");
            }

            var bytes = Encoding.UTF8.GetBytes(body);
            return random.Next(3) == 0
                ? [.. Encoding.UTF8.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n{bytes.Length:x}\r\n"), .. bytes, .. "\r\n0\r\n\r\n"u8]
                : [.. Encoding.UTF8.GetBytes($"{head}Content-Length: {bytes.Length}\r\n\r\n"), .. bytes];
        }

        private string Payload() => string.Join('\x1e', Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(8) == 0 ? "bAQID" : Packet()));

        private string Packet() => random.Next(3) == 0 ? s_packets[random.Next(2)] : s_packets[random.Next(s_packets.Length)];

        private byte[] Frames()
        {
            List<byte> all = [];
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                switch (random.Next(10))
                {
                    case 0:
                        Frame(WebSocketFrames.Binary, new byte[random.Next(0, 300)], true);
                        break;
                    case 1:
                        Frame((byte)random.Next(8, 11), random.Next(4) == 0 ? [3, 232] : [], true);
                        break;
                    case 2:
                        var whole = Encoding.UTF8.GetBytes(Packet());
                        var cut = random.Next(whole.Length + 1);
                        Frame(WebSocketFrames.Text, whole[..cut], false);
                        Frame(0, whole[cut..], true);
                        break;
                    default:
                        Frame(WebSocketFrames.Text, Encoding.UTF8.GetBytes(Packet()), true);
                        break;
                }
            }

            return [.. all];

            void Frame(byte opcode, byte[] payload, bool fin)
            {
                var mask = (uint)random.Next();
                var header = new byte[WebSocketFrames.MaxHeaderBytes];
                var length = WebSocketFrames.WriteHeader(header, opcode, payload.Length, fin, mask);
                WebSocketFrames.Mask(payload, mask);
                all.AddRange(header.AsSpan(0, length));
                all.AddRange(payload);
            }
        }

        private byte[] Mutate(byte[] bytes)
        {
            switch (random.Next(16))
            {
                case 0 when bytes.Length > 0:
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    return bytes;
                case 1:
                    return bytes[..random.Next(bytes.Length + 1)];
                case 2:
                    return [.. bytes, .. bytes];
                case 3:
                    var at = random.Next(bytes.Length + 1);
                    return [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
                default:
                    return bytes;
            }
        }
    }
}
