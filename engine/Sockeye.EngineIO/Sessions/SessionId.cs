using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A session id: 24 bits node, 8 bits loop, 88 random bits; on the wire 20 characters of base64url. It is the session's secret.</summary>
/// <remarks>The 120 bits are the key of the session tables, so a lookup allocates nothing and two spellings of one id cannot exist.</remarks>
internal readonly record struct SessionId
{
    /// <summary>Characters on the wire.</summary>
    public const int TextLength = 20;

    private const int Bytes = 15;

    private readonly uint _owner;
    private readonly ulong _high;
    private readonly uint _low;

    private SessionId(ReadOnlySpan<byte> bytes)
    {
        _owner = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        _high = BinaryPrimitives.ReadUInt64BigEndian(bytes[4..]);
        _low = (uint)(bytes[12] << 16 | bytes[13] << 8 | bytes[14]);
    }

    /// <summary>The node that holds the session.</summary>
    public int Node => (int)(_owner >> 8);

    /// <summary>The loop that holds the session, within its node.</summary>
    public int Loop => (int)(_owner & 0xff);

    /// <summary>A new id, unguessable.</summary>
    public static SessionId Create(int node, int loop, out string text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(node << 8 | loop));
        RandomNumberGenerator.Fill(bytes[4..]);
        text = Base64Url.EncodeToString(bytes);
        return new SessionId(bytes);
    }

    /// <summary>Reads an id; false if length or alphabet are wrong.</summary>
    public static bool TryParse(string text, out SessionId id)
    {
        Span<byte> ascii = stackalloc byte[TextLength];
        Span<byte> bytes = stackalloc byte[Bytes];
        id = default;
        if (text.Length != TextLength
            || Encoding.ASCII.GetBytes(text, ascii) != TextLength
            || ascii.IndexOfAnyExcept(Alphabet) >= 0
            || Base64Url.DecodeFromUtf8(ascii, bytes, out _, out int written) != System.Buffers.OperationStatus.Done
            || written != Bytes)
        {
            return false;
        }

        id = new SessionId(bytes);
        return true;
    }

    /// <inheritdoc />
    public override int GetHashCode() => (int)(_low ^ _high);

    // The decoder skips white space, which would give one id several spellings.
    private static readonly System.Buffers.SearchValues<byte> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);
}
