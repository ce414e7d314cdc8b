using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>Input that arrived while it cannot be handled.</summary>
/// <remarks>It owns an array, none while empty. The channel's loop. Lives as long as the handler that it is a part of. Reading is paused meanwhile, so it is at most what one turn has
/// read.</remarks>
internal struct HeldInput
{
    private byte[]? _bytes;
    private int _start;
    private int _end;

    public readonly bool IsEmpty => _start == _end;

    /// <summary>Bytes of memory that it takes. Any thread.</summary>
    public readonly int Cost => _bytes?.Length ?? 0;

    public void Append(ReadOnlySpan<byte> input)
    {
        if (IsEmpty)
        {
            Set(input.ToArray());
            return;
        }

        ReadOnlySpan<byte> old = _bytes.AsSpan(_start, _end - _start);
        var joined = new byte[old.Length + input.Length];
        old.CopyTo(joined);
        input.CopyTo(joined.AsSpan(old.Length));
        Set(joined);
    }

    /// <summary>Hands out all of it, writable; <see cref="PutBack"/> takes the rest.</summary>
    public Span<byte> Take()
    {
        var all = _bytes.AsSpan(_start, _end - _start);
        _start = _end;
        return all;
    }

    /// <summary>Takes back the end of what <see cref="Take"/> handed out, in front of what was appended meanwhile.</summary>
    public void PutBack(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            if (IsEmpty)
            {
                Clear();
            }
        }
        else if (IsEmpty && _bytes is not null && _end >= rest.Length && rest.Overlaps(_bytes))
        {
            _start = _end - rest.Length;
        }
        else
        {
            byte[] joined = [.. rest, .. _bytes.AsSpan(_start, _end - _start)];
            Set(joined);
        }
    }

    public void Clear()
    {
        Count(0);
        _bytes = null;
        _start = _end = 0;
    }

    private void Set(byte[] bytes)
    {
        Count(bytes.Length);
        _bytes = bytes;
        _start = 0;
        _end = bytes.Length;
    }

    private readonly void Count(int length)
    {
        var change = length - (_bytes?.Length ?? 0);
        if (change != 0)
        {
            BufferCounters.Hold(change);
        }
    }
}
