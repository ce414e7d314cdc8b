using System.Buffers;
using Sockeye.Protocol.EngineIO;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Builds the body of one poll answer at a time: packets joined by the separator.</summary>
/// <remarks>It owns the bytes of the answer, from <see cref="Begin"/> to <see cref="End"/>. Loop thread only; one for all sessions of a loop, as long as their table. An answer has as many packets and
/// bytes as the options say, its first packet aside.</remarks>
internal sealed class PollAnswer(int maxPackets, int maxBytes)
{
    /// <summary>What is kept between two answers; larger ones borrow from the pool.</summary>
    private const int KeptBytes = 16 << 10;

    private readonly byte[] _kept = new byte[KeptBytes];
    private byte[] _bytes = [];
    private int _length;

    public int Packets { get; private set; }

    public ReadOnlySpan<byte> Body => _bytes.AsSpan(0, _length);

    public void Begin()
    {
        _bytes = _kept;
        _length = 0;
        Packets = 0;
    }

    /// <summary>Adds a packet; false if it must wait for the next answer. The first packet always fits.</summary>
    public bool TryAdd(EnginePacketType type, ReadOnlySpan<byte> data, bool isBinary = false)
    {
        var separator = Packets == 0 ? 0 : 1;
        var room = EnginePayloadWriter.MaxEncodedLength(data.Length, isBinary) + separator;
        if (Packets > 0 && (Packets >= maxPackets || _length + room > maxBytes))
        {
            return false;
        }

        Reserve(room);
        if (separator == 1)
        {
            _bytes[_length++] = EnginePayloadWriter.Separator;
        }

        _length += EnginePayloadWriter.WritePacket(_bytes.AsSpan(_length), type, data, isBinary);
        Packets++;
        return true;
    }

    /// <summary>The answer is given: gives back what was borrowed.</summary>
    public void End()
    {
        if (_bytes != _kept)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = [];
        _length = 0;
    }

    private void Reserve(int room)
    {
        if (_bytes.Length - _length >= room)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + room, Math.Min(2 * _bytes.Length, maxBytes)));
        Body.CopyTo(larger);
        if (_bytes != _kept)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
