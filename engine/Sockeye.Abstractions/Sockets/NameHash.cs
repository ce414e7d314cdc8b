using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Sockeye.Abstractions.Sockets;

/// <summary>Hashes of a name up to several of its lengths, in one pass. Lives on the stack of a lookup.</summary>
/// <remarks>Eight bytes at a time, with a seed of this process: clients choose names. A hash depends on the bytes up to its length alone, not on which lengths were asked for before.</remarks>
internal ref struct NameHash(ReadOnlySpan<byte> name)
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private static readonly ulong s_seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));

    private readonly ReadOnlySpan<byte> _name = name;
    private ulong _hash = s_seed;
    private int _at;

    /// <summary>The hash of a whole name.</summary>
    public static uint Of(ReadOnlySpan<byte> name)
    {
        var hash = s_seed;
        var rest = name;
        while (rest.Length > 8)
        {
            hash = Mix(hash, rest);
            rest = rest[8..];
        }

        return End(hash ^ (ulong)name.Length, Rest(rest));
    }

    /// <summary>The hash of a name that is a number, which is another one than that of its digits.</summary>
    public static uint Of(int number) => End(s_seed, ~(ulong)(uint)number);

    /// <summary>The hash of the first bytes.</summary>
    /// <param name="length">How many; not fewer than at the call before.</param>
    public uint UpTo(int length)
    {
        while (length - _at > 8)
        {
            _hash = Mix(_hash, _name[_at..]);
            _at += 8;
        }

        return End(_hash ^ (ulong)length, Rest(_name[_at..length]));
    }

    private static ulong Mix(ulong hash, ReadOnlySpan<byte> bytes) => BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Multiplier, 29);

    // A product carries upwards only: folded between two of them, each bit of the name is in the lowest bits, by which tables are indexed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint End(ulong hash, ulong rest)
    {
        hash = (hash ^ rest) * Multiplier;
        return (uint)(((hash ^ (hash >> 32)) * Multiplier) >> 32);
    }

    /// <summary>At most eight bytes as a number. Of one length no two have the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Rest(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32),
        > 0 => bytes[0] | ((ulong)bytes[bytes.Length >> 1] << 8) | ((ulong)bytes[^1] << 16),
        _ => 0,
    };
}
