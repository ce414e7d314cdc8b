using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Transport;

/// <summary>The id of a session or of a socket: 24 bits node, 8 bits loop, 88 random bits; on the wire 20 characters of base64url (RFC 4648, section 5). Of a session it is the secret.
/// Kept as bits: a lookup allocates nothing, and two spellings of one id cannot exist.</summary>
/// <remarks>Random bits come from the generator of the operating system. Any thread.</remarks>
public readonly record struct RandomId
{
    /// <summary>Characters on the wire.</summary>
    public const int TextLength = 20;

    private const int Bytes = 15;

    // The decoder skips white space, which would give one id several spellings.
    private static readonly SearchValues<byte> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    private readonly ulong _high;
    private readonly ulong _low;        // 56 bits

    private RandomId(ReadOnlySpan<byte> bytes)
    {
        _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[7..]) & 0x00FF_FFFF_FFFF_FFFF;
    }

    /// <summary>The node that holds what the id stands for.</summary>
    public int Node => (int)(_high >> 40);

    /// <summary>The loop that holds it, within its node.</summary>
    public int Loop => (int)(_high >> 32 & 0xff);

    /// <summary>32 of the bits that are always random: as good as a hash.</summary>
    internal int Hash => (int)_low;

    /// <summary>A new id, unguessable.</summary>
    /// <param name="node">The node, 0 to 2^24 - 1.</param>
    /// <param name="loop">The loop, 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of both does not fit.</exception>
    public static RandomId Create(int node, int loop)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(node, 1 << 24);
        ArgumentOutOfRangeException.ThrowIfNegative(loop);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(loop, 1 << 8);
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(node << 8 | loop));
        RandomNumberGenerator.Fill(bytes[4..]);
        return new RandomId(bytes);
    }

    /// <summary>Reads an id; false if length or alphabet are wrong. Allocates nothing.</summary>
    /// <param name="text">The id as it stands on the wire.</param>
    /// <param name="id">The id; the one of zeros if it is none.</param>
    public static bool TryParse(string text, out RandomId id)
    {
        ArgumentNullException.ThrowIfNull(text);
        id = default;
        if (text.Length != TextLength)
        {
            return false;
        }

        Span<byte> ascii = stackalloc byte[TextLength];
        Span<byte> bytes = stackalloc byte[Bytes];
        if (Encoding.ASCII.GetBytes(text, ascii) != TextLength
            || ascii.IndexOfAnyExcept(Alphabet) >= 0
            || Base64Url.DecodeFromUtf8(ascii, bytes, out _, out var written) != OperationStatus.Done
            || written != Bytes)
        {
            return false;
        }

        id = new RandomId(bytes);
        return true;
    }

    /// <summary>The id as it stands on the wire. Allocates.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes[7..], _low);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        return Base64Url.EncodeToString(bytes);
    }

    /// <inheritdoc />
    public override int GetHashCode() => Hash;
}
