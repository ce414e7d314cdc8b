using System.Text.Unicode;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// Checks UTF-8 that arrives in pieces and fails in the piece with the first impossible byte, even when more bytes of the same
/// character are still to come. Whole stretches are checked by the vectorised check of the runtime; only a character that is cut
/// by the end of a piece is followed byte by byte. A mutable value: keep it in a field. One thread at a time.
/// </summary>
public struct Utf8Validator : IEquatable<Utf8Validator>
{
    // What the cut character still needs, and the range of its next byte (narrower after E0, ED, F0 and F4: overlong forms, surrogates, > U+10FFFF).
    private byte _needed;
    private byte _lowest;
    private byte _highest;

    /// <summary>True when the text so far does not end inside a character.</summary>
    public readonly bool IsComplete => _needed == 0;

    /// <summary>Adds a piece; false as soon as the text cannot become valid any more, and for every piece after that.</summary>
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        while (_needed != 0)
        {
            if (bytes.IsEmpty)
            {
                return true;
            }

            if (!Continue(bytes[0]))
            {
                return Fail();
            }

            bytes = bytes[1..];
        }

        var cut = bytes[(bytes.Length - CutLength(bytes))..];
        if (!Utf8.IsValid(bytes[..(bytes.Length - cut.Length)]) || (!cut.IsEmpty && !Start(cut[0])))
        {
            return Fail();
        }

        for (var i = 1; i < cut.Length; i++)
        {
            if (!Continue(cut[i]))
            {
                return Fail();
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public readonly bool Equals(Utf8Validator other) => (_needed, _lowest, _highest) == (other._needed, other._lowest, other._highest);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Utf8Validator other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(_needed, _lowest, _highest);

    /// <summary>Same state.</summary>
    public static bool operator ==(Utf8Validator left, Utf8Validator right) => left.Equals(right);

    /// <summary>Another state.</summary>
    public static bool operator !=(Utf8Validator left, Utf8Validator right) => !left.Equals(right);

    // The bytes at the end that begin a character and do not finish it: 0 to 3.
    private static int CutLength(ReadOnlySpan<byte> bytes)
    {
        var most = Math.Min(3, bytes.Length);
        for (var n = 1; n <= most; n++)
        {
            var b = bytes[^n];
            if (b < 0x80)
            {
                return 0;
            }

            if (b >= 0xC0)
            {
                var length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                return n < length ? n : 0;
            }
        }

        return 0;
    }

    private bool Start(byte lead)
    {
        (_needed, _lowest, _highest) = lead switch
        {
            >= 0xC2 and <= 0xDF => ((byte)1, (byte)0x80, (byte)0xBF),
            0xE0 => ((byte)2, (byte)0xA0, (byte)0xBF),
            0xED => ((byte)2, (byte)0x80, (byte)0x9F),
            >= 0xE1 and <= 0xEF => ((byte)2, (byte)0x80, (byte)0xBF),
            0xF0 => ((byte)3, (byte)0x90, (byte)0xBF),
            >= 0xF1 and <= 0xF3 => ((byte)3, (byte)0x80, (byte)0xBF),
            0xF4 => ((byte)3, (byte)0x80, (byte)0x8F),
            _ => default,
        };
        return _needed != 0;
    }

    private bool Continue(byte next)
    {
        var fits = next >= _lowest && next <= _highest;
        _needed--;
        (_lowest, _highest) = (0x80, 0xBF);
        return fits;
    }

    // A range that no byte is in: every later piece fails too.
    private bool Fail()
    {
        (_needed, _lowest, _highest) = (1, 1, 0);
        return false;
    }
}
