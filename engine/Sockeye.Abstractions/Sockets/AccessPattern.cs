using System.Numerics;

namespace Sockeye.Abstractions.Sockets;

/// <summary>A pattern of names. Does not change; any thread.</summary>
/// <typeparam name="T">What names consist of.</typeparam>
/// <remarks>It is cut where any run of characters may stand. The first section is held against the beginning and the last one against the end; each between is looked for from the left, behind the one
/// before. The leftmost place is the best one for all that follows, so nothing is ever tried twice.</remarks>
internal sealed class AccessPattern<T>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly Section[] _sections;

    /// <summary>A pattern.</summary>
    /// <param name="pieces">Its pieces: characters, none for any run of them, null for the user.</param>
    public AccessPattern(IReadOnlyList<T[]?> pieces)
    {
        var sections = new List<Section>();
        var section = new List<T[]?>();
        foreach (var piece in pieces)
        {
            if (piece is not { Length: 0 })
            {
                section.Add(piece);
            }
            else if (section.Count > 0 || sections.Count == 0)
            {
                // Several stars in a row are one, so that no section between is empty.
                sections.Add(new Section(section));
                section.Clear();
            }
        }

        sections.Add(new Section(section));
        _sections = [.. sections];
    }

    public bool Matches(ReadOnlySpan<T> name, ReadOnlySpan<T> user)
    {
        var first = _sections[0];
        if (_sections.Length == 1)
        {
            return first.LengthWith(user) == name.Length && first.Matches(name, user);
        }

        var last = _sections[^1];
        var lengthOfFirst = first.LengthWith(user);
        var lengthOfLast = last.LengthWith(user);
        if (lengthOfFirst + lengthOfLast > name.Length || !first.Matches(name, user) || !last.Matches(name[(name.Length - lengthOfLast)..], user))
        {
            return false;
        }

        var rest = name[lengthOfFirst..(name.Length - lengthOfLast)];
        foreach (var section in _sections.AsSpan(1, _sections.Length - 2))
        {
            var length = section.LengthWith(user);
            var at = 0;
            while (at + length <= rest.Length && !section.Matches(rest[at..], user))
            {
                at++;
            }

            if (at + length > rest.Length)
            {
                return false;
            }

            rest = rest[(at + length)..];
        }

        return true;
    }

    /// <summary>What stands between two stars, or between one and an end.</summary>
    private readonly struct Section(List<T[]?> pieces)
    {
        private readonly T[]?[] _pieces = [.. pieces];
        private readonly int _length = pieces.Sum(static piece => piece?.Length ?? 0);
        private readonly int _users = pieces.Count(static piece => piece is null);

        public int LengthWith(ReadOnlySpan<T> user) => _length + (_users * user.Length);

        /// <summary>Whether a text that is long enough begins with it. Nobody has no name, so a section with a user is then in no text.</summary>
        public bool Matches(ReadOnlySpan<T> text, ReadOnlySpan<T> user)
        {
            if (_users > 0 && user.IsEmpty)
            {
                return false;
            }

            foreach (var piece in _pieces)
            {
                var wanted = piece is null ? user : piece;
                if (!text.StartsWith(wanted))
                {
                    return false;
                }

                text = text[wanted.Length..];
            }

            return true;
        }
    }
}
