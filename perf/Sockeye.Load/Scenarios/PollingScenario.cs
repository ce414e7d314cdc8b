using System.Diagnostics;
using System.Text;

namespace Sockeye.Load;

/// <summary>Each connection posts an event and then gets the answer: two HTTP requests on one connection are one unit.</summary>
internal sealed class PollingScenario(Target target, int connections, int payloadBytes) : Scenario(target)
{
    private enum Step : byte
    {
        Open, Connect, Connected, Post, Get
    }

    private readonly Step[] _steps = new Step[connections];
    private readonly byte[][] _posts = new byte[connections][];
    private readonly byte[][] _gets = new byte[connections][];
    private readonly string _event = target.Dialect.Echo(new string('x', payloadBytes));
    private int _ready;

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        var handshake = Encoding.ASCII.GetBytes("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        for (var i = 0; i < connections; i++)
        {
            Send(Open(), handshake);
        }

        while (_ready < connections)
        {
            Turn();
        }

        RunFor(warmUp);
        return Measure(length);
    }

    protected override void OnBytes(Connection connection, Span<byte> input)
    {
        while (connection.ReadResponse(ref input, out var body))
        {
            Advance(connection, body);
        }
    }

    private void Advance(Connection connection, ReadOnlySpan<byte> body)
    {
        var i = connection.Index;
        switch (_steps[i])
        {
            case Step.Open:
                var path = $"/socket.io/?EIO=4&transport=polling&sid={SessionId(body)}";
                _gets[i] = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
                _posts[i] = Post(path, _event);
                Send(connection, Post(path, "40"));
                _steps[i] = Step.Connect;
                break;
            case Step.Connect:
                Send(connection, _gets[i]);
                _steps[i] = Step.Connected;
                break;
            case Step.Connected:
                _ready++;
                StartRoundTrip(connection);
                break;
            case Step.Post:
                Send(connection, _gets[i]);
                _steps[i] = Step.Get;
                break;
            case Step.Get:
                if (body.StartsWith("42"u8))
                {
                    Units++;
                    Latency.Add((long)((Now - connection.Since.Dequeue()) * (1e9 / Stopwatch.Frequency)));
                    StartRoundTrip(connection);
                }
                else
                {
                    Send(connection, _gets[i]); // a ping came alone; its pong is not owed within a run
                }

                break;
        }
    }

    private static string SessionId(ReadOnlySpan<byte> open)
    {
        var rest = open[(open.IndexOf("\"sid\":\""u8) + 7)..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)'"')]);
    }

    private static byte[] Post(string path, string body) =>
        Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private void StartRoundTrip(Connection connection)
    {
        connection.Since.Enqueue(Now);
        Send(connection, _posts[connection.Index]);
        _steps[connection.Index] = Step.Post;
    }
}
