using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sockeye.Server.Nodes;

/// <summary>Writes the body of an answer: numbers of 4 and 8 bytes, little-endian, and texts and bytes behind their length.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public int Length => _bytes.WrittenCount;

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public void Number(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
    }

    public void Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        _bytes.Write(value);
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Number(-1);
            return;
        }

        Bytes(Encoding.UTF8.GetBytes(value));
    }
}

/// <summary>Reads the body of an answer. What is not there is zero or empty, and <see cref="IsWhole"/> says so: nothing throws.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    /// <summary>Whether all that was asked for was there.</summary>
    public bool IsWhole { get; private set; } = true;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public int Number()
    {
        var bytes = Take(4);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long Long()
    {
        var bytes = Take(8);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>A number of things that follow, each of a byte at least.</summary>
    public int Count()
    {
        var count = Number();
        IsWhole &= (uint)count <= (uint)_rest.Length;
        return IsWhole ? count : 0;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Number();
        return length < 0 ? default : Take(length);
    }

    public string? Text()
    {
        var length = Number();
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        IsWhole &= length <= _rest.Length;
        if (!IsWhole)
        {
            return default;
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
