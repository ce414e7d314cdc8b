using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Load;

/// <summary>How long a poll takes whose answer is there already, at the server of its session and by way of another one, and a message over NATS and back by itself, in turn, with pauses in which everything falls asleep, the deeper the longer they are.</summary>
internal sealed class PollTimes(int ownerPort, int entryPort, BareRoundTrip bare, TimeSpan pause) : IDisposable
{
    private readonly Client _owner = new(ownerPort);
    private readonly Client _entry = new(entryPort);

    private string _session = "";

    /// <summary>Opens a session and polls without rests for so long, so that what is measured is compiled as it stays.</summary>
    public void Settle(TimeSpan length)
    {
        _session = Open();
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < length;)
        {
            Measure(100, TimeSpan.Zero);
        }
    }

    /// <returns>Of each: at the owner, by way of the other, over NATS alone.</returns>
    public (Histogram Direct, Histogram Relayed, Histogram Bare) Run(int polls) => Measure(polls, pause);

    private string Open()
    {
        const string path = "/socket.io/?EIO=4&transport=polling";
        var open = _owner.Get(path);
        var at = open.IndexOf("\"sid\":\"", StringComparison.Ordinal) + 7;
        var session = $"{path}&sid={open[at..open.IndexOf('"', at)]}";
        _owner.Post(session, "40");
        _owner.Get(session);
        return session;
    }

    private (Histogram Direct, Histogram Relayed, Histogram Bare) Measure(int polls, TimeSpan rest)
    {
        Histogram direct = new(), relayed = new(), over = new();

        // The first ones make the rest what it is for those that count.
        for (var i = -polls / 4; i < polls; i++)
        {
            foreach (var (client, times) in new[] { (_owner, direct), (_entry, relayed) })
            {
                _owner.Post(_session, "42[\"echo\",\"0123456789\"]");
                Rest(rest);
                var since = Stopwatch.GetTimestamp();
                var answer = client.Get(_session);
                var took = Stopwatch.GetElapsedTime(since);
                if (answer.StartsWith('4') && i >= 0)
                {
                    times.Add((long)took.TotalNanoseconds);
                }
                else if (answer == "2")
                {
                    _owner.Post(_session, "3");
                    client.Get(_session); // the echo comes behind the ping
                }
            }

            Rest(rest);
            var alone = bare.Run();
            if (i >= 0)
            {
                over.Add((long)alone.TotalNanoseconds);
            }
        }

        return (direct, relayed, over);
    }

    private static void Rest(TimeSpan rest)
    {
        if (rest > TimeSpan.Zero)
        {
            Thread.Sleep(rest);
        }
    }

    public void Dispose()
    {
        _owner.Dispose();
        _entry.Dispose();
    }

    /// <summary>One connection that sleeps until an answer is there.</summary>
    private sealed class Client : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _buffer = new byte[64 * 1024];

        public Client(int port) => _socket.Connect("127.0.0.1", port);

        public string Get(string path) => Ask($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

        public void Post(string path, string body) => Ask($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        public void Dispose() => _socket.Dispose();

        private string Ask(string request)
        {
            _socket.Send(Encoding.ASCII.GetBytes(request));
            for (var length = 0; ;)
            {
                var received = _socket.Receive(_buffer, length, _buffer.Length - length, SocketFlags.None);
                length += received > 0 ? received : throw new IOException("The server has closed the connection.");
                var head = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
                if (head >= 0 && Text(0, head) is var lines && length == head + 4 + LengthIn(lines))
                {
                    return lines.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) ? Text(head + 4, length) : throw new IOException($"The server answered: {Text(0, length)}");
                }
            }
        }

        private string Text(int from, int to) => Encoding.UTF8.GetString(_buffer, from, to - from);

        private static int LengthIn(string head)
        {
            const string name = "content-length:";
            var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
            return at < 0 ? 0 : int.Parse(head[(at + name.Length)..].Split('\r')[0], CultureInfo.InvariantCulture);
        }
    }
}
