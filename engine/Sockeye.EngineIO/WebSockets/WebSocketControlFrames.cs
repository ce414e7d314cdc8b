using DotNetty.Buffers;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>What leaves before the next message of a WebSocket: the response to its upgrade, then control frames and packets of the session's own.</summary>
/// <remarks>
/// <para>It owns one buffer, and none while nothing waits: an idle connection keeps a reference.</para>
/// <para><b>Thread.</b> The connection's loop.</para>
/// <para><b>Lifetime.</b> That of its handler, which calls <see cref="Release"/> at its end.</para>
/// <para><b>Limits.</b> <see cref="MaxBytes"/>, apart from the response and the first frame behind it: how long the headers are is the application's choice.</para>
/// </remarks>
internal struct WebSocketControlFrames
{
    /// <summary>The most that waits: far more than an honest peer's pings in one read. Own choice.</summary>
    public const int MaxBytes = 4096;

    private const int SmallestBuffer = 128;

    private IByteBuffer? _buffer;

    public readonly bool IsEmpty => _buffer is null;

    public readonly int Bytes => _buffer?.ReadableBytes ?? 0;

    /// <summary>Bytes that leave before any frame. Takes the reference.</summary>
    public void Begin(IByteBuffer response) => _buffer = response;

    /// <summary>Adds a frame. False, with nothing done, over <see cref="MaxBytes"/>.</summary>
    public bool TryAdd(ITransportLoop loop, byte opcode, ReadOnlySpan<byte> payload)
    {
        if (Bytes > 0 && Bytes + payload.Length + WebSocketFrames.MaxServerHeaderBytes > MaxBytes)
        {
            return false;
        }

        Add(loop, opcode, payload);
        return true;
    }

    /// <summary>Adds a frame, whatever waits before it.</summary>
    public void Add(ITransportLoop loop, byte opcode, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[WebSocketFrames.MaxHeaderBytes];
        header = header[..WebSocketFrames.WriteHeader(header, opcode, payload.Length)];
        var buffer = Reserve(loop, header.Length + payload.Length);
        Append(buffer, header);
        Append(buffer, payload);
    }

    /// <summary>Takes out as much as there is room for. False: the room is used up.</summary>
    public bool CopyTo(Span<byte> room, ref int written)
    {
        var buffer = _buffer!;
        var bytes = Readable(buffer);
        var length = Math.Min(room.Length - written, bytes.Length);
        bytes[..length].CopyTo(room[written..]);
        written += length;
        if (length < bytes.Length)
        {
            _ = buffer.SetReaderIndex(buffer.ReaderIndex + length);
            return false;
        }

        Release();
        return true;
    }

    public void Release()
    {
        _ = _buffer?.Release();
        _buffer = null;
    }

    private IByteBuffer Reserve(ITransportLoop loop, int length)
    {
        if (_buffer is null)
        {
            _buffer = loop.RentBuffer(Math.Max(length, SmallestBuffer));
        }
        else if (_buffer.WritableBytes < length)
        {
            var larger = loop.RentBuffer(2 * (_buffer.ReadableBytes + length));
            Append(larger, Readable(_buffer));
            _ = _buffer.Release();
            _buffer = larger;
        }

        return _buffer;
    }

    private static void Append(IByteBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer.Array.AsSpan(buffer.ArrayOffset + buffer.WriterIndex, buffer.WritableBytes));
        _ = buffer.SetWriterIndex(buffer.WriterIndex + bytes.Length);
    }

    private static ReadOnlySpan<byte> Readable(IByteBuffer buffer) => buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes);
}
