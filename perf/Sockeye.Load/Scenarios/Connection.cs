using System.Text;
using Sockeye.Protocol;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Load;

/// <summary>One client connection: a socket, and over it either WebSocket messages or HTTP responses.</summary>
internal sealed class Connection(int index, int fd)
{
    private static readonly WebSocketLimits Limits = new() { MaxMessageBytes = 64 * 1024 * 1024 };

    private ByteAccumulator? _text;
    private byte[]? _unsent;
    private int _unsentFrom;

    public int Index { get; } = index;

    public int Fd { get; } = fd;

    /// <summary>Null until the upgrade, and always on a polling connection.</summary>
    public WebSocketDecoder? Decoder { get; private set; }

    public bool IsReady { get; set; }

    /// <summary>Messages sent and not answered.</summary>
    public int InFlight { get; set; }

    /// <summary>Messages received since the scenario began.</summary>
    public long Received { get; set; }

    /// <summary>The moments from which the messages in flight are timed, oldest first.</summary>
    public Queue<long> Since { get; } = new(1);

    public bool HasUnsent => _unsent is not null;

    public static string UpgradeRequest(string path) =>
        $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    /// <summary>Sends what the kernel takes; the rest goes with <see cref="SendRest"/>. Only one rest at a time.</summary>
    public void Send(byte[] bytes)
    {
        var sent = Libc.Send(Fd, bytes);
        if (sent < bytes.Length)
        {
            if (_unsent is not null)
            {
                throw new InvalidOperationException("The server does not take what the generator sends.");
            }

            (_unsent, _unsentFrom) = (bytes, sent);
        }
    }

    public void SendRest()
    {
        _unsentFrom += Libc.Send(Fd, _unsent.AsSpan(_unsentFrom));
        if (_unsentFrom == _unsent!.Length)
        {
            _unsent = null;
        }
    }

    /// <summary>Reads the answer to the upgrade; false while it is not complete. <paramref name="input"/> moves behind it.</summary>
    public bool ReadUpgrade(ref Span<byte> input)
    {
        var end = input.IndexOf("\r\n\r\n"u8);
        if (_text is null && end >= 0)
        {
            return Accept(input[..end], ref input, end + 4);
        }

        _text ??= new ByteAccumulator();
        var before = _text.Length;
        _text.Append(input);
        end = _text.Written.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            input = default;
            return false;
        }

        var head = _text.Written[..end];
        _text = null;
        return Accept(head, ref input, end + 4 - before);
    }

    /// <summary>Reads one HTTP response; false while it is not complete. The body is valid until the next read.</summary>
    public bool ReadResponse(ref Span<byte> input, out Span<byte> body)
    {
        var all = input;
        if (_text is { Length: > 0 })
        {
            _text.Append(input);
            all = _text.Written;
        }

        body = default;
        var end = all.IndexOf("\r\n\r\n"u8);
        var length = end < 0 ? 0 : ContentLength(all[..end]);
        if (end < 0 || all.Length < end + 4 + length)
        {
            if (_text is not { Length: > 0 })
            {
                (_text ??= new ByteAccumulator()).Append(input);
            }

            input = default;
            return false;
        }

        if (!all.StartsWith("HTTP/1.1 200"u8))
        {
            throw new IOException($"The server answered: {Encoding.UTF8.GetString(all[..end])}");
        }

        body = all.Slice(end + 4, length);
        input = all[(end + 4 + length)..];
        _text?.Clear();
        return true;
    }

    private bool Accept(ReadOnlySpan<byte> head, ref Span<byte> input, int used)
    {
        if (!head.StartsWith("HTTP/1.1 101"u8))
        {
            throw new IOException($"The server refused the upgrade: {Encoding.UTF8.GetString(head)}");
        }

        input = input[used..];
        Decoder = new WebSocketDecoder(WebSocketRole.Client, Limits);
        return true;
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        // Header names in any case: node writes Content-Length, others content-length.
        var at = Encoding.ASCII.GetString(head).IndexOf("content-length:", StringComparison.OrdinalIgnoreCase);
        var length = 0;
        if (at >= 0)
        {
            foreach (var b in head[(at + 15)..])
            {
                if (b == '\r')
                {
                    break;
                }

                length = b == ' ' ? length : length * 10 + b - '0';
            }
        }

        return length;
    }
}
