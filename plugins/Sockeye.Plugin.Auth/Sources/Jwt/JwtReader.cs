using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Takes a JSON Web Token apart, strictly: a signed one in the compact form (RFC 7515) and nothing else. It trusts nothing of it.</summary>
internal static class JwtReader
{
    /// <summary>Characters of a key id at most: 128 (own).</summary>
    public const int MaxKeyIdLength = 128;

    private static readonly SearchValues<char> s_alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Whether somebody means it as a JSON Web Token: it begins as the JSON object of a header does, or has the two dots.</summary>
    /// <param name="token">The token.</param>
    public static bool IsMeant(string token) => token.StartsWith("eyJ", StringComparison.Ordinal) || token.AsSpan().Count('.') == 2;

    /// <summary>Reads a token.</summary>
    /// <param name="token">The token, not longer than is allowed.</param>
    /// <param name="header">Its header.</param>
    /// <param name="payload">Its claims, which nobody has confirmed.</param>
    /// <returns>What is wrong with it, without anything of it; null: nothing, so far.</returns>
    public static string? Read(string token, out JwtHeader header, out JsonElement payload)
    {
        header = default;
        payload = default;
        // The dots are counted before anything is split: a token of dots alone costs nothing.
        if (token.AsSpan().Count('.') != 2)
        {
            return "it has not exactly three parts";
        }

        var first = token.IndexOf('.', StringComparison.Ordinal);
        var second = token.IndexOf('.', first + 1);
        if (!TryDecode(token.AsSpan(0, first), out var headerBytes) || !TryDecode(token.AsSpan(first + 1, second - first - 1), out var payloadBytes) || !TryDecode(token.AsSpan(second + 1), out _))
        {
            return "a part is empty or no base64url";
        }

        if (!TryParse(headerBytes, out var head) || !TryParse(payloadBytes, out payload))
        {
            return "header or claims are no JSON object with distinct names";
        }

        return ReadHeader(head, out header);
    }

    /// <summary>A text, unless it is none, or half of a character stands in it.</summary>
    /// <param name="element">Any JSON.</param>
    /// <param name="text">The text.</param>
    public static bool TryText(JsonElement element, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (element.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = element.GetString();
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        return text is not null;
    }

    private static string? ReadHeader(JsonElement head, out JwtHeader header)
    {
        header = default;
        if (!head.TryGetProperty("alg", out var alg) || !TryText(alg, out var algorithm))
        {
            return "its header has no alg";
        }

        if (!JwtKey.IsAlgorithm(algorithm))
        {
            return "its alg is none that is accepted";
        }

        foreach (var name in (ReadOnlySpan<string>)["crit", "zip", "enc", "b64"])
        {
            if (head.TryGetProperty(name, out _))
            {
                return $"its header has {name}, which is not supported";
            }
        }

        string? keyId = null, type = null;
        if (head.TryGetProperty("kid", out var kid) && (!TryText(kid, out keyId) || keyId.Length > MaxKeyIdLength))
        {
            return $"its kid is no text of at most {MaxKeyIdLength} characters";
        }

        if (head.TryGetProperty("typ", out var typ) && !TryText(typ, out type))
        {
            return "its typ is no text";
        }

        header = new JwtHeader(algorithm, keyId, type);
        return null;
    }

    private static bool TryParse(byte[] utf8, out JsonElement element) => StrictJson.TryParse(utf8, out element) && element.ValueKind == JsonValueKind.Object;

    /// <summary>Base64url without padding, blanks or bits that are left over.</summary>
    private static bool TryDecode(ReadOnlySpan<char> part, out byte[] bytes)
    {
        bytes = [];
        // .NET skips blanks and takes padding, which RFC 7515 does not.
        if (part.IsEmpty || part.Length % 4 == 1 || part.ContainsAnyExcept(s_alphabet))
        {
            return false;
        }

        var decoded = new byte[Base64Url.GetMaxDecodedLength(part.Length)];
        if (Base64Url.DecodeFromChars(part, decoded, out _, out var length) != OperationStatus.Done)
        {
            return false;
        }

        // The last character alone can have bits too many: what it stands for is written again.
        var last = (part.Length - 1) / 4 * 4;
        Span<char> again = stackalloc char[4];
        if (!Base64Url.TryEncodeToChars(decoded.AsSpan(last / 4 * 3, length - (last / 4 * 3)), again, out var written) || !part[last..].SequenceEqual(again[..written]))
        {
            return false;
        }

        bytes = decoded.AsSpan(0, length).ToArray();
        return true;
    }
}

/// <summary>What counts of a token's header; the rest is not looked at, addresses and keys least of all.</summary>
/// <param name="Algorithm">Its <c>alg</c>, one that is known.</param>
/// <param name="KeyId">Its <c>kid</c>; null: it has none.</param>
/// <param name="Type">Its <c>typ</c>; null: it has none.</param>
internal readonly record struct JwtHeader(string Algorithm, string? KeyId, string? Type);
