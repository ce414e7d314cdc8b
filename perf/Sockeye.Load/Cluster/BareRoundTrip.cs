using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Load;

/// <summary>What the way over NATS takes by itself: a message to another process and one back, both with a raw socket and one thread that sleeps in between, as long as those of a relayed poll.</summary>
/// <remarks>It owns its socket and the process, which is this program once more.</remarks>
internal sealed class BareRoundTrip : IDisposable
{
    private const string Question = "bare.question", Answer = "bare.answer";

    /// <summary>Bytes of a question and of an answer.</summary>
    private const int QuestionBytes = 270, AnswerBytes = 200;

    private readonly Process _process;
    private readonly Link _link;

    public BareRoundTrip(string url, Dictionary<string, string> environment)
    {
        string[] command = [.. Affinity.OwnCommand(), "answer", url];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new IOException("The bare answerer did not start.");
        _link = _process.StandardOutput.ReadLine() == "ready" ? new Link(url, Answer) : throw new IOException("The bare answerer did not become ready.");
    }

    /// <summary>The process: answers until its input ends.</summary>
    public static void Serve(string url)
    {
        var link = new Link(url, Question);
        var answering = new Thread(() =>
        {
            while (true)
            {
                link.Wait(QuestionBytes);
                link.Say(Answer, AnswerBytes);
            }
        });
        answering.IsBackground = true;
        answering.Start();
        Console.WriteLine("ready");
        Console.ReadLine();
    }

    public TimeSpan Run()
    {
        var since = Stopwatch.GetTimestamp();
        _link.Say(Question, QuestionBytes);
        _link.Wait(AnswerBytes);
        return Stopwatch.GetElapsedTime(since);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }

        _process.Dispose();
        _link.Dispose();
    }

    private sealed class Link : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _buffer = new byte[64 * 1024];
        private readonly string _hears;

        public Link(string url, string hears)
        {
            _hears = hears;
            _socket.Connect("127.0.0.1", new Uri(url).Port);
            _socket.Send(Encoding.ASCII.GetBytes($"CONNECT {{\"verbose\":false}}\r\nSUB {hears} 1\r\nPING\r\n"));
            for (var length = 0; !_buffer.AsSpan(0, length).EndsWith("PONG\r\n"u8);)
            {
                length += _socket.Receive(_buffer, length, _buffer.Length - length, SocketFlags.None);
            }
        }

        public void Say(string subject, int bytes) =>
            _socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"PUB {subject} {bytes}\r\n{new string('x', bytes)}\r\n")));

        /// <summary>Waits for one message.</summary>
        public void Wait(int bytes)
        {
            var whole = string.Create(CultureInfo.InvariantCulture, $"MSG {_hears} 1 {bytes}\r\n").Length + bytes + 2;
            for (var length = 0; length < whole;)
            {
                var received = _socket.Receive(_buffer, length, _buffer.Length - length, SocketFlags.None);
                length += received > 0 ? received : throw new IOException("NATS has closed the connection.");
                if (_buffer.AsSpan(0, length).IndexOf("PING\r\n"u8) is >= 0 and var ping)
                {
                    _buffer.AsSpan((ping + 6)..length).CopyTo(_buffer.AsSpan(ping));
                    length -= 6;
                    _socket.Send("PONG\r\n"u8);
                }
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
