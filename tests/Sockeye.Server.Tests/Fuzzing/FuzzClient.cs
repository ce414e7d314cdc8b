using System.Text;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>One connection of a client that knows the protocols well enough to get far. A rude one breaks them often; a polite one says valid things only, but pipelines,
/// dawdles, cuts its bytes anywhere, stops reading and goes away at any time.</summary>
internal sealed class FuzzClient(IFuzzWire wire, Random random, List<(string Root, string Sid)> sessions)
{
    private static readonly string[] s_roots = ["/socket.io/", "/socket.io/", "/engine.io/"];

    private readonly bool _isRude = random.Next(2) == 0;
    private readonly StringBuilder _received = new();
    private readonly Queue<byte> _unsent = new();
    private readonly string _root = s_roots[random.Next(s_roots.Length)];
    private string? _sid;
    private Queue<string> _probe = [];

    public IFuzzWire Wire => wire;

    /// <summary>Whether the server has switched this connection to WebSocket.</summary>
    public bool IsWebSocket { get; private set; }

    public void Step()
    {
        if (!wire.StopReading)
        {
            Read();
        }

        if (_unsent.Count > 0)
        {
            SendSome();
            return;
        }

        switch (random.Next(24))
        {
            case 0:
                wire.StopReading = !wire.StopReading;
                break;
            case 1 when random.Next(3) == 0:
                Leave();
                break;
            case 2 when _isRude:
                var noise = new byte[random.Next(1, 200)];
                random.NextBytes(noise);
                Say(noise);
                break;
            default:
                Say(_isRude ? Mutate(Valid()) : Valid());
                break;
        }
    }

    public void Leave()
    {
        switch (random.Next(3))
        {
            case 0:
                wire.Reset();
                break;
            case 1:
                wire.Close();
                break;
            default:
                wire.StopReading = false;
                wire.HalfClose();
                break;
        }
    }

    /// <summary>Takes what has arrived.</summary>
    public void Read()
    {
        _received.Append(Encoding.Latin1.GetString(wire.Receive()));
        var text = _received.ToString();
        IsWebSocket |= text.Contains("101 Switching", StringComparison.Ordinal);
        var at = text.LastIndexOf("\"sid\":\"", StringComparison.Ordinal);
        var end = at < 0 ? -1 : text.IndexOf('"', at + 7);
        if (end > 0 && text[(at + 7)..end] is var sid && sid != _sid)
        {
            _sid = sid;
            sessions.Add((_root, sid));
        }

        // What is looked for is never longer than this.
        if (_received.Length > 300)
        {
            _received.Remove(0, _received.Length - 300);
        }
    }

    private void Say(byte[] bytes)
    {
        foreach (var b in bytes)
        {
            _unsent.Enqueue(b);
        }

        SendSome();
    }

    private void SendSome()
    {
        switch (random.Next(5))
        {
            case 0:
                Send(random.Next(_unsent.Count + 1));
                break;
            case 1:
                // Several segments, each small.
                for (var pieces = random.Next(1, 6); pieces > 0; pieces--)
                {
                    Send(Math.Min(_unsent.Count, random.Next(1, 40)));
                }

                break;
            default:
                Send(_unsent.Count);
                break;
        }
    }

    private void Send(int count)
    {
        if (count > 0)
        {
            var piece = new byte[count];
            for (var i = 0; i < count; i++)
            {
                piece[i] = _unsent.Dequeue();
            }

            wire.Send(piece);
        }
    }

    private byte[] Valid()
    {
        if (IsWebSocket)
        {
            if (_probe.TryDequeue(out var next))
            {
                List<byte> frame = [];
                FuzzSpeech.Text(frame, random, next);
                return [.. frame];
            }

            return FuzzSpeech.Frames(random, _isRude);
        }

        // Several requests in one go, the last of them perhaps an upgrade with frames behind it that do not wait for the answer.
        List<byte> all = [];
        for (var i = random.Next(3) == 0 ? random.Next(2, 5) : 1; i > 0; i--)
        {
            if (random.Next(4) != 0)
            {
                all.AddRange(Request());
                continue;
            }

            Upgrade(all);
            break;
        }

        return [.. all];
    }

    private byte[] Request()
    {
        var session = Session("polling");
        return random.Next(16) switch
        {
            0 => FuzzSpeech.Get("/small"),
            1 => FuzzSpeech.Get("/small", method: "HEAD"),
            2 => FuzzSpeech.Get("/files/a.txt", random.Next(2) == 0 ? "If-None-Match: *\r\n" : ""),
            3 => FuzzSpeech.Get("/files/big.bin"),
            4 or 5 => FuzzSpeech.Get("/later"),
            6 or 7 => FuzzSpeech.Post(random, "/body", new byte[random.Next(0, 4000)]),
            8 => FuzzSpeech.Get(session, "Origin: http://x\r\nAccess-Control-Request-Method: POST\r\n", "OPTIONS"),
            9 or 10 or 11 => FuzzSpeech.Post(random, session, Encoding.UTF8.GetBytes(FuzzSpeech.Payload(random, _isRude)), "Content-Type: text/plain\r\n"),
            _ => FuzzSpeech.Get(session, "Origin: http://x\r\n"),
        };
    }

    private void Upgrade(List<byte> all)
    {
        var target = random.Next(3) == 0 ? "/plain" : Session("websocket");
        all.AddRange(FuzzSpeech.Get(target, FuzzSpeech.Upgrade + (random.Next(3) == 0 ? "Sec-WebSocket-Protocol: a, b\r\n" : "")));
        var probes = target.Contains("sid", StringComparison.Ordinal);
        _probe = probes ? new Queue<string>(["2probe", "5"]) : [];
        if (random.Next(4) != 0)
        {
            return;
        }

        if (!probes)
        {
            all.AddRange(FuzzSpeech.Frames(random, _isRude));
        }

        while (_probe.TryDequeue(out var next))
        {
            FuzzSpeech.Text(all, random, next);
        }
    }

    /// <summary>The target of a session that is known, this client's or another's, or of a new one.</summary>
    private string Session(string transport)
    {
        var (root, sid) = random.Next(3) == 0 && sessions.Count > 0 ? sessions[random.Next(sessions.Count)] : (_root, _sid);
        return $"{root}?EIO={(_isRude && random.Next(20) == 0 ? 3 : 4)}&transport={transport}{(sid is null || random.Next(6) == 0 ? "" : "&sid=" + sid)}";
    }

    private byte[] Mutate(byte[] bytes)
    {
        switch (random.Next(12))
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
            case 4 when bytes.Length > 1:
                var from = random.Next(bytes.Length);
                return [.. bytes[..from], .. bytes[random.Next(from, bytes.Length)..]];
            default:
                return bytes;
        }
    }
}
