using System.Buffers.Text;
using System.Text;

namespace Sockeye.Cluster.Nats;

/// <summary>Messages as NATS reads them, one behind the other, for one send.</summary>
/// <remarks>It owns its buffer, of which <see cref="KeptBytes"/> are kept. One thread at a time. Whoever fills it sends it when it has <see cref="FullBytes"/>, so it is at most one message longer.</remarks>
internal sealed class NatsBatch
{
    /// <summary>Bytes with which it is sent, whatever else is to come (own: what one write of a loop has).</summary>
    public const int FullBytes = 64 * 1024;

    private const int KeptBytes = 2 * FullBytes;

    /// <summary>PUB, spaces, a length and two ends of lines.</summary>
    private const int MostFraming = 24;

    private readonly List<Message> _messages = [];
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Bytes of it that the kernel has taken.</summary>
    public int Sent { get; set; }

    public int Count => _messages.Count;

    public bool IsEmpty => _length == 0;

    public bool IsFull => _length >= FullBytes;

    /// <summary>What the kernel has not taken.</summary>
    public ReadOnlyMemory<byte> Rest => _bytes.AsMemory(Sent, _length - Sent);

    public void Add(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int length, string? replyTo, long now)
    {
        Grow(_length + MostFraming + subject.Length + (replyTo?.Length ?? 0) + length);
        Put("PUB "u8);
        Put(subject);
        if (replyTo is not null)
        {
            Put(replyTo);
        }

        Utf8Formatter.TryFormat(length, _bytes.AsSpan(_length), out var digits);
        _length += digits;
        Put("\r\n"u8);
        var at = _length;
        Put(head);
        foreach (var part in parts)
        {
            Put(part.Span);
        }

        Put("\r\n"u8);
        _messages.Add(new Message(subject, replyTo, at, length, _length, now));
    }

    /// <summary>Messages of which the kernel has not taken everything, in their order.</summary>
    public IEnumerable<NatsItem> Unsent() =>
        _messages.Where(message => message.End > Sent).Select(message => new NatsItem(message.Subject, _bytes.AsSpan(message.At, message.Length).ToArray(), message.ReplyTo, message.Since));

    public void Clear()
    {
        _messages.Clear();
        (_length, Sent) = (0, 0);
        if (_bytes.Length > KeptBytes)
        {
            _bytes = [];
        }
    }

    private void Grow(int length)
    {
        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(4096, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)));
        }
    }

    private void Put(string token)
    {
        _length += Encoding.ASCII.GetBytes(token, _bytes.AsSpan(_length));
        _bytes[_length++] = (byte)' ';
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    private readonly record struct Message(string Subject, string? ReplyTo, int At, int Length, int End, long Since);
}
