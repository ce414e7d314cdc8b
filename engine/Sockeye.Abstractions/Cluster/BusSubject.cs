using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Cluster;

/// <summary>The grammar of subjects, which every bus has.</summary>
public static class BusSubject
{
    /// <summary>Characters of a subject at most: 512 (own; NATS keeps a protocol line below 4,096).</summary>
    public const int MaxLength = 512;

    /// <summary>What subjects of control begin with: membership, requests and answers, one node to another.</summary>
    public const string Control = "sockeye.control.";

    /// <summary>What the subjects begin with by which servers hand on what is for their clients.</summary>
    public const string Data = "sockeye.data.";

    /// <summary>The version of what servers say to each other. It stands behind <see cref="Control"/> and <see cref="Data"/>, in front of the cluster's name (<see cref="Token(string)"/>): servers of two versions do not hear each other.</summary>
    public const int WireVersion = 1;

    /// <summary>Characters of a name that is a token as it is (own).</summary>
    private const int PlainLength = 32;

    /// <summary>Whether it can be published to.</summary>
    /// <param name="subject">The subject.</param>
    public static bool IsValid(ReadOnlySpan<char> subject) => IsValid(subject, isPattern: false);

    /// <summary>Whether it can be subscribed: a subject, or one with <c>*</c> for tokens and a last <c>&gt;</c>.</summary>
    /// <param name="pattern">The pattern.</param>
    public static bool IsValidPattern(ReadOnlySpan<char> pattern) => IsValid(pattern, isPattern: true);

    /// <summary>Whether a valid subject belongs to a valid pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="subject">The subject.</param>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> subject)
    {
        while (true)
        {
            var wanted = Token(ref pattern);
            if (wanted is ">")
            {
                return !subject.IsEmpty;
            }

            if (subject.IsEmpty)
            {
                return false;
            }

            var found = Token(ref subject);
            if (wanted is not "*" && !wanted.SequenceEqual(found))
            {
                return false;
            }

            if (pattern.IsEmpty || subject.IsEmpty)
            {
                return pattern.IsEmpty && subject.IsEmpty;
            }
        }
    }

    /// <summary>Any name as one token: itself behind an underscore if it is 1 to 32 letters and digits of ASCII, <c>-</c> and <c>_</c>; else an <c>h</c> and 22 characters of base64url, the first 128 bits of the SHA-256 of its UTF-8.</summary>
    /// <param name="name">The name, such as that of a room.</param>
    public static string Token(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is > 0 and <= PlainLength && IsPlain(name))
        {
            return "_" + name;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return "h" + Base64Url.EncodeToString(hash[..16]);
    }

    private static bool IsPlain(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<char> Token(ref ReadOnlySpan<char> rest)
    {
        var dot = rest.IndexOf('.');
        var token = dot < 0 ? rest : rest[..dot];
        rest = dot < 0 ? default : rest[(dot + 1)..];
        return token;
    }

    private static bool IsValid(ReadOnlySpan<char> subject, bool isPattern)
    {
        if (subject.IsEmpty || subject.Length > MaxLength || subject[^1] == '.')
        {
            return false;
        }

        for (var rest = subject; !rest.IsEmpty;)
        {
            var token = Token(ref rest);
            if (token.IsEmpty || (isPattern && token is ">" && !rest.IsEmpty))
            {
                return false;
            }

            foreach (var c in token)
            {
                if (c is <= ' ' or > '~' || (c is '*' or '>' && !(isPattern && token.Length == 1)))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
