using System.Text;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Load;

/// <summary>What a received message means to the generator.</summary>
internal enum Signal : byte
{
    None,
    /// <summary>Send the hello.</summary>
    Open,
    /// <summary>The connection is ready for traffic.</summary>
    Joined,
    /// <summary>Send the pong.</summary>
    Ping,
    /// <summary>An answer or a delivery.</summary>
    Reply,
}

/// <summary>How one kind of server wants to be spoken to over WebSocket. All texts are encoded before a run.</summary>
internal abstract class Dialect
{
    public static Dialect SocketIO { get; } = new SocketIODialect();
    public static Dialect Raw { get; } = new RawDialect();
    public static Dialect SignalR { get; } = new SignalRDialect();

    /// <summary>As on the command line.</summary>
    public abstract string Name { get; }

    public abstract string Path { get; }

    public static Dialect Of(string name) => Array.Find([SocketIO, Raw, SignalR], dialect => dialect.Name == name) ?? throw new ArgumentException($"There is no dialect '{name}'.");

    /// <summary>What is sent on <see cref="Signal.Open"/>; for a server that does not speak first (<see cref="SpeaksFirst"/>) at once.</summary>
    public abstract byte[] Hello { get; }

    public virtual bool SpeaksFirst => false;

    public virtual byte[] Pong => [];

    /// <summary>True if a connection is ready with the WebSocket handshake.</summary>
    public virtual bool ReadyAtOnce => false;

    public virtual bool HasAcks => false;

    /// <summary>Reads one message; <paramref name="replies"/> counts those in it.</summary>
    public abstract Signal Read(ReadOnlySpan<byte> payload, out int replies);

    public abstract string Echo(string text);

    public virtual string EchoWithAck(string text) => throw new NotSupportedException();

    /// <summary>What the server sends for <see cref="Echo"/>, or null where it is not compared.</summary>
    public virtual string? EchoReply(string text) => null;

    public abstract string Join(string room);

    public abstract string Publish(string text);

    public abstract string Flood(int count, int size);

    /// <summary>A masked text frame, repeated. The mask is fixed: the generator spends nothing on what no server can see.</summary>
    public static byte[] Frame(string text, int times = 1)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        const uint key = 0x4D3C2B1A;
        var one = new byte[WebSocketFrames.HeaderLength(payload.Length, masked: true) + payload.Length];
        var header = WebSocketFrames.WriteHeader(one, WebSocketFrames.Text, payload.Length, fin: true, mask: key);
        WebSocketFrames.Mask(payload, key);
        payload.CopyTo(one, header);
        var all = new byte[one.Length * times];
        for (var i = 0; i < times; i++)
        {
            one.CopyTo(all, i * one.Length);
        }

        return all;
    }

    private sealed class SocketIODialect : Dialect
    {
        public override string Name => "socketio";
        public override string Path => "/socket.io/?EIO=4&transport=websocket";
        public override byte[] Hello { get; } = Frame("40");
        public override byte[] Pong { get; } = Frame("3");
        public override bool SpeaksFirst => true;
        public override bool HasAcks => true;

        public override Signal Read(ReadOnlySpan<byte> payload, out int replies)
        {
            replies = 0;
            if (payload.Length == 0)
            {
                return Signal.None;
            }

            if (payload[0] != (byte)'4')
            {
                return payload[0] switch { (byte)'0' => Signal.Open, (byte)'2' => Signal.Ping, _ => Signal.None };
            }

            if (payload.Length > 1 && payload[1] is (byte)'2' or (byte)'3')
            {
                replies = 1;
                return Signal.Reply;
            }

            return payload.Length > 1 && payload[1] == (byte)'0' ? Signal.Joined : Signal.None;
        }

        public override string Echo(string text) => $"42[\"echo\",\"{text}\"]";
        public override string EchoWithAck(string text) => $"421[\"echo\",\"{text}\"]";
        public override string EchoReply(string text) => Echo(text);
        public override string Join(string room) => $"421[\"join\",\"{room}\"]";
        public override string Publish(string text) => $"42[\"pub\",\"{text}\"]";
        public override string Flood(int count, int size) => $"42[\"flood\",{count},{size}]";
    }

    /// <summary>Plain WebSocket: the first character says what to do.</summary>
    private sealed class RawDialect : Dialect
    {
        public override string Name => "raw";
        public override string Path => "/raw";
        public override byte[] Hello { get; } = [];
        public override bool ReadyAtOnce => true;

        public override Signal Read(ReadOnlySpan<byte> payload, out int replies)
        {
            replies = 1;
            return Signal.Reply;
        }

        public override string Echo(string text) => "e" + text;
        public override string EchoReply(string text) => Echo(text);
        public override string Join(string room) => "j";
        public override string Publish(string text) => "p" + text;
        public override string Flood(int count, int size) => $"f{count},{size}";
    }

    private sealed class SignalRDialect : Dialect
    {
        public override string Name => "signalr";
        public override string Path => "/hub";
        public override byte[] Pong { get; } = Frame("{\"type\":6}\u001e");
        public override byte[] Hello { get; } = Frame("{\"protocol\":\"json\",\"version\":1}\u001e");

        public override Signal Read(ReadOnlySpan<byte> payload, out int replies)
        {
            replies = 0;
            if (payload.StartsWith("{}"u8))
            {
                return Signal.Joined;
            }

            if (payload.StartsWith("{\"type\":6}"u8))
            {
                return Signal.Ping;
            }

            for (int end; (end = payload.IndexOf((byte)0x1E)) >= 0; payload = payload[(end + 1)..])
            {
                if (payload.StartsWith("{\"type\":1,"u8))
                {
                    replies++;
                }
            }

            return replies > 0 ? Signal.Reply : Signal.None;
        }

        public override string Echo(string text) => Call("Echo", text);
        public override string Join(string room) => Call("Join", room);
        public override string Publish(string text) => Call("Pub", text);

        public override string Flood(int count, int size) => $"{{\"type\":1,\"target\":\"Flood\",\"arguments\":[{count},{size}]}}\u001e";

        private static string Call(string method, string argument) => $"{{\"type\":1,\"target\":\"{method}\",\"arguments\":[\"{argument}\"]}}\u001e";
    }
}
