using System.Text;
using System.Text.Unicode;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>What somebody may do, compiled once from permissions in words; one object may serve any number of identities. Does not change; any thread.</summary>
/// <remarks>
/// <para>A permission is <c>verb namespace target</c>, divided by single blanks: <c>emit /chat message</c> lets a client send the event, <c>join /chat room-{user}</c> lets it into the room, and
/// <c>* * *</c> lets it do all. In namespace and target <c>*</c> stands for any run of characters, none included, and <c>{user}</c> for the subject of the identity, character by character: what a subject
/// contains has no meaning of its own. The target is the rest and may have blanks within; a number as event is its digits. What no permission names is not allowed.</para>
/// <para>The engine holds each event of a client against <c>emit</c> before anybody sees it; <c>join</c> is for those who put sockets into rooms at a client's wish (<see cref="SockeyeSocket.CanJoin"/>), since
/// rooms are the server's.</para>
/// <para><b>Cost.</b> Asking allocates nothing. Names, and patterns by what stands before their first <c>*</c> or <c>{user}</c>, are found by hash, whatever their number; patterns that begin with either are tried one
/// by one. No pattern is ever gone back in: the time is at most that of its length times that of the name.</para>
/// </remarks>
public sealed class AccessRules
{
    /// <summary>Permissions at most: 10,000 (own).</summary>
    public const int MaxPermissions = 10_000;

    /// <summary>Characters of a permission at most: 1,024 (own: a namespace and a name of 255 bytes each, with room to spare).</summary>
    public const int MaxPermissionLength = 1024;

    private readonly AccessSpaces<byte> _emit = new();
    private readonly AccessSpaces<char> _join = new();

    private AccessRules(IReadOnlyList<string> permissions)
    {
        Permissions = permissions;
        foreach (var permission in permissions)
        {
            Add(permission);
        }
    }

    /// <summary>The permissions, as they were written.</summary>
    public IReadOnlyList<string> Permissions { get; }

    /// <summary>Compiles permissions.</summary>
    /// <param name="permissions">At most <see cref="MaxPermissions"/>, each of at most <see cref="MaxPermissionLength"/> characters.</param>
    /// <exception cref="FormatException">One is malformed, or there are too many; the message quotes it and says what is wrong.</exception>
    public static AccessRules Parse(IEnumerable<string> permissions)
    {
        ArgumentNullException.ThrowIfNull(permissions);
        var list = new List<string>();
        foreach (var permission in permissions)
        {
            if (list.Count == MaxPermissions)
            {
                throw new FormatException($"There are more than {MaxPermissions} permissions.");
            }

            list.Add(permission ?? throw new FormatException("A permission is null."));
        }

        return new AccessRules(list.AsReadOnly());
    }

    /// <summary>Whether an event may be sent.</summary>
    /// <param name="nsp">The namespace.</param>
    /// <param name="eventUtf8">The name of the event; digits if it is a number.</param>
    /// <param name="subject">Who wants to; an empty one is nobody, whom <c>{user}</c> never names.</param>
    public bool MayEmit(string nsp, ReadOnlySpan<byte> eventUtf8, string subject)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        ArgumentNullException.ThrowIfNull(subject);
        if (!_emit.NamesUser)
        {
            return _emit.Allows(nsp, subject, eventUtf8, default);
        }

        var buffer = subject.Length <= SocketIdentity.MaxSubjectLength ? stackalloc byte[subject.Length * 3] : new byte[subject.Length * 3];
        return _emit.Allows(nsp, subject, eventUtf8, buffer[..BytesOf(subject, buffer)]);
    }

    /// <summary>The bytes of a subject. One that is no valid UTF-16 has none that an event could have, so it is nobody there.</summary>
    internal static int BytesOf(string subject, Span<byte> buffer) =>
        Utf8.FromUtf16(subject, buffer, out _, out var length, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done ? length : 0;

    /// <summary>As <see cref="MayEmit(string, ReadOnlySpan{byte}, string)"/>, for the subject of an identity, whose bytes are made once.</summary>
    internal bool MayEmit(string nsp, ReadOnlySpan<byte> eventUtf8, SocketIdentity identity) =>
        _emit.Allows(nsp, identity.Subject, eventUtf8, _emit.NamesUser ? identity.SubjectUtf8 : default);

    /// <summary>Whether a room may be joined.</summary>
    /// <param name="nsp">The namespace.</param>
    /// <param name="room">The room.</param>
    /// <param name="subject">Who wants to; an empty one is nobody, whom <c>{user}</c> never names.</param>
    public bool MayJoin(string nsp, string room, string subject)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        ArgumentNullException.ThrowIfNull(room);
        ArgumentNullException.ThrowIfNull(subject);
        return _join.Allows(nsp, subject, room, subject);
    }

    private void Add(string permission)
    {
        if (permission.Length > MaxPermissionLength)
        {
            throw Malformed(permission, $"it has more than {MaxPermissionLength} characters");
        }

        foreach (var character in permission)
        {
            if (char.IsControl(character))
            {
                throw Malformed(permission, "it has a control character");
            }
        }

        var first = permission.IndexOf(' ', StringComparison.Ordinal);
        var second = first < 0 ? -1 : permission.IndexOf(' ', first + 1);
        if (second < 0)
        {
            throw Malformed(permission, "it is to be a verb, a namespace and a target, divided by single blanks");
        }

        var verb = permission.AsSpan(0, first);
        var nsp = permission[(first + 1)..second];
        var target = permission[(second + 1)..];
        if (verb is not ("emit" or "join" or "*"))
        {
            throw Malformed(permission, "its verb is to be emit, join or *");
        }

        if (nsp.Length == 0 || target.Length == 0 || target[0] == ' ' || target[^1] == ' ')
        {
            throw Malformed(permission, "it has a blank too many, or a part is missing");
        }

        if (nsp[0] is not ('/' or '*'))
        {
            throw Malformed(permission, "its namespace is to begin with / or *");
        }

        var nspPattern = Parse(permission, nsp);
        var targetPattern = Parse(permission, target);
        if (verb is not "join")
        {
            _emit.Add(nsp, nspPattern, targetPattern.Select(static piece => piece?.Length > 0 ? Encoding.UTF8.GetBytes(piece) : piece is null ? null : []));
        }

        if (verb is not "emit")
        {
            _join.Add(nsp, nspPattern, targetPattern.Select(static piece => piece?.ToCharArray()));
        }
    }

    /// <summary>The pieces of a pattern: a text, an empty text for <c>*</c>, null for <c>{user}</c>.</summary>
    private static List<string?> Parse(string permission, string text)
    {
        var pieces = new List<string?>();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '*')
            {
                pieces.Add("");
                i++;
            }
            else if (text.AsSpan(i).StartsWith("{user}"))
            {
                pieces.Add(null);
                i += "{user}".Length;
            }
            else
            {
                var end = text.AsSpan(i).IndexOfAny('*', '{', '}');
                if (end == 0)
                {
                    throw Malformed(permission, "braces are for {user} alone");
                }

                var piece = end < 0 ? text[i..] : text.Substring(i, end);
                if (!IsText(piece))
                {
                    throw Malformed(permission, "it has half of a character");
                }

                pieces.Add(piece);
                i += piece.Length;
            }
        }

        return pieces;
    }

    private static bool IsText(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var used) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[used..];
        }

        return true;
    }

    private static FormatException Malformed(string permission, string why) => new($"The permission \"{LogText.Escape(permission)}\" is malformed: {why}.");
}
