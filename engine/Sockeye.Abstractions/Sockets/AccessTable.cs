using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sockeye.Abstractions.Sockets;

/// <summary>The names and patterns of names of one verb in one namespace. Filled by one thread, then read by any.</summary>
/// <typeparam name="T">What names consist of.</typeparam>
/// <remarks>Each is filed by the hash of the plain characters with which it begins, all of them if it is a name. One pass over a name hashes it up to each length at which something is filed that goes on, and looks
/// there.</remarks>
internal sealed class AccessTable<T>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly List<Filed> _filed = [];
    private Filed?[] _buckets = new Filed?[1];
    private int[] _goesOn = []; // the lengths behind which something goes on, rising
    private ulong _lengths; // bit n: something of n characters is filed; the last one: of that many or more
    private bool _isAny;

    /// <summary>Adds a name or a pattern.</summary>
    /// <param name="pieces">Its pieces: characters, none for any run of them, null for the user.</param>
    public void Add(List<T[]?> pieces)
    {
        var plain = pieces[0] is { Length: > 0 } text ? text : [];
        var rest = plain.Length > 0 ? pieces[1..] : pieces;
        var filed = File(plain);
        if (rest.Count == 0)
        {
            filed.IsName = true;
            return;
        }

        if (Array.BinarySearch(_goesOn, plain.Length) is < 0 and var place)
        {
            _goesOn = [.. _goesOn.AsSpan(0, ~place), plain.Length, .. _goesOn.AsSpan(~place)];
        }

        if (!rest.TrueForAll(static piece => piece is { Length: 0 }))
        {
            filed.Patterns.Add(new AccessPattern<T>(rest));
            return;
        }

        filed.IsBeginning = true;
        _isAny |= plain.Length == 0;
    }

    public bool Allows(ReadOnlySpan<T> name, ReadOnlySpan<T> user)
    {
        if (_isAny)
        {
            return true;
        }

        // Tables with a few names, such as those for all namespaces, are passed over by most events.
        if (_goesOn.Length == 0 && (_lengths & BitOf(name.Length)) == 0)
        {
            return false;
        }

        var hash = new NameHash(MemoryMarshal.AsBytes(name));
        foreach (var length in _goesOn)
        {
            if (length >= name.Length)
            {
                break;
            }

            if (Find(name[..length], hash.UpTo(length * Unsafe.SizeOf<T>())) is { } filed && filed.Allows(name[length..], user))
            {
                return true;
            }
        }

        return Find(name, hash.UpTo(name.Length * Unsafe.SizeOf<T>())) is { } whole && (whole.IsName || whole.Allows([], user));
    }

    private Filed File(T[] plain)
    {
        var hash = NameHash.Of(MemoryMarshal.AsBytes<T>(plain));
        if (Find(plain, hash) is { } known)
        {
            return known;
        }

        if (_filed.Count == _buckets.Length)
        {
            _buckets = new Filed?[_buckets.Length * 2];
            foreach (var each in _filed)
            {
                Chain(each);
            }
        }

        _lengths |= BitOf(plain.Length);
        var filed = new Filed(plain, hash);
        _filed.Add(filed);
        Chain(filed);
        return filed;
    }

    private void Chain(Filed filed)
    {
        ref var bucket = ref _buckets[BucketOf(filed.Hash)];
        filed.Next = bucket;
        bucket = filed;
    }

    private static ulong BitOf(int length) => 1UL << Math.Min(length, 63);

    private uint BucketOf(uint hash) => hash & (uint)(_buckets.Length - 1);

    private Filed? Find(ReadOnlySpan<T> plain, uint hash)
    {
        for (var filed = _buckets[BucketOf(hash)]; filed is not null; filed = filed.Next)
        {
            if (filed.Hash == hash && plain.SequenceEqual(filed.Plain))
            {
                return filed;
            }
        }

        return null;
    }

    /// <summary>All that begins with the same plain characters.</summary>
    private sealed class Filed(T[] plain, uint hash)
    {
        public T[] Plain { get; } = plain;

        public uint Hash { get; } = hash;

        /// <summary>The next one in its bucket; null: none.</summary>
        public Filed? Next { get; set; }

        /// <summary>Whether the plain characters are a whole name.</summary>
        public bool IsName { get; set; }

        /// <summary>Whether anything may follow.</summary>
        public bool IsBeginning { get; set; }

        /// <summary>What may follow.</summary>
        public List<AccessPattern<T>> Patterns { get; } = [];

        public bool Allows(ReadOnlySpan<T> rest, ReadOnlySpan<T> user)
        {
            if (IsBeginning)
            {
                return true;
            }

            foreach (var pattern in Patterns)
            {
                if (pattern.Matches(rest, user))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
