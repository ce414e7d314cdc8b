using System.Text;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>What valid clients say, in bytes: requests, packets, frames.</summary>
internal static class FuzzSpeech
{
    public const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

    /// <summary>Engine.IO packets of a Socket.IO client that knows what its server offers.</summary>
    private static readonly string[] s_packets =
    [
        "40", "40{\"token\":\"x\"}", "40/chat,", "40/room-7,{}", "41", "41/chat,", "42[\"echo\",1]", "420[\"echo\",{\"a\":[1,2,3]}]", "42/chat,7[\"echo\",\"\\u00e9\"]",
        "42[\"later\",1]", "42[\"gate\"]", "42[\"gate\"]", "421[\"ask\"]", "422[\"wait\"]", "42[\"join\",\"r\"]", "42[\"leave\",\"r\"]", "42[\"say\",\"hello\"]", "42/room-7,[\"join\",\"r\"]",
        "42[\"all\"]", "42[\"fail\"]", "42[\"typed\",\"no number\"]", "42[\"big\"]", "42[\"many\"]", "42[\"bye\"]", "42[\"move\"]", "42[\"move\"]", "42[\"moving\"]", "42/chat,[\"moving\"]", "42[\"retire\"]", "42[\"byebye\"]", "430[1]", "431[1]", "3", "3", "1",
        "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", "452-[\"echo\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]",
    ];

    /// <summary>What no client should say.</summary>
    private static readonly string[] s_brokenPackets =
    [
        "43/chat,99[]", "461-0[{\"_placeholder\":true,\"num\":0}]", "44{\"message\":\"x\"}", "2", "5", "6", "2probe", "0{}", "4", "", "42[\"connect\"]", "42[]", "42{}", "450-[\"x\"]",
        "4599-[\"x\"]", "42[\"x\"," + "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "42[\"\\ud800\"]", "421.5[\"x\"]", "4\u00e9", "42[\"echo\",1e400]",
    ];

    public static string Packet(Random random, bool isRude) => random.Next(4) == 0
        ? s_packets[random.Next(4)]
        : isRude && random.Next(3) == 0 ? s_brokenPackets[random.Next(s_brokenPackets.Length)] : s_packets[random.Next(s_packets.Length)];

    /// <summary>A POST's body of packets.</summary>
    public static string Payload(Random random, bool isRude) =>
        string.Join('\x1e', Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(8) == 0 ? "bAQID" : Packet(random, isRude)));

    public static byte[] Get(string target, string headers = "", string method = "GET") => Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");

    public static byte[] Post(Random random, string target, byte[] body, string headers = "")
    {
        var head = $"POST {target} HTTP/1.1\r\nHost: x\r\n{headers}";
        if (random.Next(6) == 0)
        {
            head += "Expect: 100-continue\r\n";
        }

        if (random.Next(3) != 0)
        {
            return [.. Encoding.UTF8.GetBytes($"{head}Content-Length: {body.Length}\r\n\r\n"), .. body];
        }

        List<byte> all = [.. Encoding.UTF8.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n")];
        for (var at = 0; at < body.Length;)
        {
            var length = random.Next(1, body.Length - at + 1);
            all.AddRange(Encoding.ASCII.GetBytes($"{length:x}{(random.Next(4) == 0 ? ";x=y" : "")}\r\n"));
            all.AddRange(body.AsSpan(at, length));
            all.AddRange("\r\n"u8);
            at += length;
        }

        all.AddRange("0\r\n\r\n"u8);
        return [.. all];
    }

    /// <summary>A few frames: packets, and what else a WebSocket client says.</summary>
    public static byte[] Frames(Random random, bool isRude)
    {
        List<byte> all = [];
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            switch (random.Next(12))
            {
                case 0:
                    Frame(all, random, WebSocketFrames.Binary, new byte[random.Next(0, 300)]);
                    break;
                case 1:
                    Frame(all, random, WebSocketFrames.Ping, new byte[random.Next(0, 20)]);
                    break;
                case 2:
                    Frame(all, random, random.Next(4) == 0 ? WebSocketFrames.Close : WebSocketFrames.Pong, random.Next(4) == 0 ? [3, 232] : []);
                    break;
                case 3:
                    var whole = Encoding.UTF8.GetBytes(Packet(random, isRude));
                    var cut = random.Next(whole.Length + 1);
                    Frame(all, random, WebSocketFrames.Text, whole[..cut], fin: false);
                    Frame(all, random, 0, whole[cut..]);
                    break;
                default:
                    Text(all, random, Packet(random, isRude));
                    break;
            }
        }

        return [.. all];
    }

    public static void Text(List<byte> all, Random random, string text) => Frame(all, random, WebSocketFrames.Text, Encoding.UTF8.GetBytes(text));

    private static void Frame(List<byte> all, Random random, byte opcode, byte[] payload, bool fin = true)
    {
        var mask = (uint)random.Next();
        var header = new byte[WebSocketFrames.MaxHeaderBytes];
        var length = WebSocketFrames.WriteHeader(header, opcode, payload.Length, fin, mask);
        WebSocketFrames.Mask(payload, mask);
        all.AddRange(header.AsSpan(0, length));
        all.AddRange(payload);
    }
}
