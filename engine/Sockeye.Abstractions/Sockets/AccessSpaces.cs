using System.Numerics;
using System.Runtime.InteropServices;

namespace Sockeye.Abstractions.Sockets;

/// <summary>The permissions of one verb, by namespace. Filled by one thread, then read by any.</summary>
/// <typeparam name="T">What names consist of: bytes of UTF-8, or UTF-16.</typeparam>
internal sealed class AccessSpaces<T>
    where T : unmanaged, IBinaryInteger<T>
{
    /// <summary>From so many namespaces on a dictionary is quicker than comparing one after the other.</summary>
    private const int FewSpaces = 6;

    private readonly List<(string Name, AccessTable<T> Table)> _named = [];
    private readonly List<(string Text, AccessPattern<char> Pattern, AccessTable<T> Table)> _patterns = [];
    private Dictionary<string, AccessTable<T>>? _byName;
    private AccessTable<T>? _everywhere;

    /// <summary>Whether a target has <c>{user}</c> in it.</summary>
    public bool NamesUser { get; private set; }

    /// <summary>Adds a permission.</summary>
    /// <param name="text">The namespace as it is written, by which it is told from others.</param>
    /// <param name="nsp">Its pieces: a text, an empty text for any run of characters, null for the user.</param>
    /// <param name="target">The pieces of the target.</param>
    public void Add(string text, List<string?> nsp, IEnumerable<T[]?> target)
    {
        var pieces = target.ToList();
        NamesUser |= pieces.Contains(null);
        TableOf(text, nsp).Add(pieces);
    }

    public bool Allows(string nsp, ReadOnlySpan<char> user, ReadOnlySpan<T> name, ReadOnlySpan<T> nameOfUser)
    {
        if ((_everywhere is { } everywhere && everywhere.Allows(name, nameOfUser)) || (Find(nsp) is { } table && table.Allows(name, nameOfUser)))
        {
            return true;
        }

        foreach (var (_, pattern, patternTable) in CollectionsMarshal.AsSpan(_patterns))
        {
            if (pattern.Matches(nsp, user) && patternTable.Allows(name, nameOfUser))
            {
                return true;
            }
        }

        return false;
    }

    private AccessTable<T>? Find(string nsp)
    {
        if (_byName is { } byName)
        {
            return byName.GetValueOrDefault(nsp);
        }

        foreach (var (name, table) in CollectionsMarshal.AsSpan(_named))
        {
            if (name == nsp)
            {
                return table;
            }
        }

        return null;
    }

    private AccessTable<T> TableOf(string text, List<string?> nsp)
    {
        if (nsp.TrueForAll(static piece => piece is { Length: 0 }))
        {
            return _everywhere ??= new AccessTable<T>();
        }

        if (nsp is [{ Length: > 0 }])
        {
            return NamedTable(text);
        }

        foreach (var (known, _, table) in _patterns)
        {
            if (known == text)
            {
                return table;
            }
        }

        var made = new AccessTable<T>();
        _patterns.Add((text, new AccessPattern<char>([.. nsp.Select(static piece => piece?.ToCharArray())]), made));
        return made;
    }

    private AccessTable<T> NamedTable(string text)
    {
        if (Find(text) is { } table)
        {
            return table;
        }

        table = new AccessTable<T>();
        _named.Add((text, table));
        if (_named.Count == FewSpaces)
        {
            _byName = _named.ToDictionary(static space => space.Name, static space => space.Table, StringComparer.Ordinal);
        }
        else
        {
            _byName?.Add(text, table);
        }

        return table;
    }
}
