namespace Sockeye.Plugin.Auth.Live;

/// <summary>Something that holds no more, until a moment by which nobody can come with it again.</summary>
/// <remarks>Two about the same thing become one that holds for both, whichever comes first: so nodes that have heard the same ones in any order agree.</remarks>
/// <param name="Kind">What it names.</param>
/// <param name="Value">Its name: the subject, the tag of the token, its <c>jti</c>, or the id of the socket.</param>
/// <param name="Until">Until when it is kept, in milliseconds since 1970.</param>
/// <param name="Before">Of a user: tokens made in this second or before it hold no more, and those without <c>iat</c>; <see cref="long.MaxValue"/>: none does. Seconds since 1970.</param>
internal readonly record struct Revocation(RevocationKind Kind, string Value, long Until, long Before = long.MaxValue)
{
    /// <summary>Characters of a value at most, as of a subject.</summary>
    public const int MaxValueLength = SocketIdentity.MaxSubjectLength;

    /// <summary>Its name in the set.</summary>
    public string Key => KeyOf(Kind, Value);

    public static string KeyOf(RevocationKind kind, string value) => string.Concat(Letter(kind), ":", value);

    /// <summary>What a key of the set names.</summary>
    public static bool TryParse(string key, long until, long before, out Revocation revocation)
    {
        revocation = default;
        if (key.Length is < 3 or > MaxValueLength + 2 || key[1] != ':')
        {
            return false;
        }

        RevocationKind? kind = key[0] switch
        {
            'u' => RevocationKind.User,
            't' => RevocationKind.Token,
            'j' => RevocationKind.TokenId,
            's' => RevocationKind.Session,
            _ => null,
        };
        if (kind is { } known)
        {
            revocation = new Revocation(known, key[2..], until, before);
        }

        return kind is not null;
    }

    private static string Letter(RevocationKind kind) => kind switch
    {
        RevocationKind.User => "u",
        RevocationKind.Token => "t",
        RevocationKind.TokenId => "j",
        RevocationKind.Session => "s",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

/// <summary>What a revocation names.</summary>
internal enum RevocationKind
{
    /// <summary>All tokens of a user that were made before a moment, or all.</summary>
    User,

    /// <summary>One token, by its tag.</summary>
    Token,

    /// <summary>One token, by its <c>jti</c>.</summary>
    TokenId,

    /// <summary>The connection of one socket, by the socket's id.</summary>
    Session,
}
