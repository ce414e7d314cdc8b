using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>What somebody outside has answered about a client. Does not change.</summary>
/// <param name="Kind">What was decided.</param>
/// <param name="Facts">Who the client is, if it is let in.</param>
/// <param name="Code">Why it is not.</param>
internal sealed record CalloutAnswer(CalloutKind Kind, GrantFacts? Facts = null, string Code = AuthCode.Denied)
{
    /// <summary>Characters of a code at most: 64 (own).</summary>
    public const int MaxCodeLength = 64;

    /// <summary>Reads an answer.</summary>
    /// <param name="utf8">The answer.</param>
    /// <exception cref="OutboundException">It is none; the message has nothing of it.</exception>
    public static CalloutAnswer Read(ReadOnlySpan<byte> utf8)
    {
        if (!StrictJson.TryParse(utf8, out var root))
        {
            throw new OutboundException("its answer is no JSON");
        }

        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("result", out var result) || !JwtReader.TryText(result, out var kind))
        {
            throw new OutboundException("its answer has no result");
        }

        return kind switch
        {
            "allow" => new CalloutAnswer(CalloutKind.Allow, ReadFacts(root)),
            "deny" => new CalloutAnswer(CalloutKind.Deny, Code: CodeOf(root)),
            "next" => new CalloutAnswer(CalloutKind.Next),
            _ => throw new OutboundException("its answer is none of allow, deny and next"),
        };
    }

    private static string CodeOf(JsonElement root) =>
        root.TryGetProperty("code", out var code) && JwtReader.TryText(code, out var text) && text.Length is > 0 and <= MaxCodeLength && text.All(static character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_')
            ? text
            : AuthCode.Denied;

    private static GrantFacts ReadFacts(JsonElement root)
    {
        if (!root.TryGetProperty("subject", out var subject) || !JwtReader.TryText(subject, out var text) || text.Length is 0 or > SocketIdentity.MaxSubjectLength)
        {
            throw new OutboundException($"its answer has no subject of 1 to {SocketIdentity.MaxSubjectLength} characters");
        }

        if (!JwtClaims.TryMoment(root, "expires", out var expiry))
        {
            throw new OutboundException("in its answer expires is no number of seconds from 1970 to 9999");
        }

        if (!JwtClaims.TryTexts(root, "permissions", isCutAtBlanks: false, out var permissions) || !JwtClaims.TryTexts(root, "roles", isCutAtBlanks: false, out var roles)
            || !JwtClaims.TryTexts(root, "rooms", isCutAtBlanks: false, out var rooms) || !JwtClaims.TryTexts(root, "rateClass", isCutAtBlanks: false, out var rateClass) || rateClass?.Count > 1)
        {
            throw new OutboundException("in its answer permissions, roles, rooms or rateClass is of another shape");
        }

        var claims = root.TryGetProperty("claims", out var said)
            ? said.ValueKind == JsonValueKind.Object ? JwtClaims.All(said) : throw new OutboundException("in its answer claims is no object")
            : [];
        return new GrantFacts(text)
        {
            ExpiresAt = expiry,
            Claims = claims,
            Permissions = permissions,
            Roles = roles,
            Rooms = rooms ?? [],
            RateClass = rateClass is [{ Length: > 0 } only] ? only : null,
        };
    }
}

/// <summary>What somebody outside may decide.</summary>
internal enum CalloutKind
{
    /// <summary>The client is let in.</summary>
    Allow,

    /// <summary>It is not.</summary>
    Deny,

    /// <summary>The next source is asked.</summary>
    Next,
}
