using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Plugin.Auth.Common;

/// <summary>A name for a token by which it cannot be found: the first 128 bits of a SHA-256, in base64url. Tokens have more bits than can be tried, so the tag tells nothing.</summary>
internal static class TokenTag
{
    /// <summary>Bytes of a header that are looked at for its beginning: 96 (own).</summary>
    private const int MaxBlanks = 96;

    /// <summary>The tag of a token.</summary>
    /// <param name="token">The token.</param>
    /// <remarks>Of a JSON Web Token the signature does not count: whoever has one of ECDSA can make another one that holds as well, and would slip by a revocation.</remarks>
    public static string Of(string token)
    {
        var end = IsSigned(token) ? token.LastIndexOf('.') : token.Length;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token[..end]), hash);
        return Base64Url.EncodeToString(hash[..16]);
    }

    /// <summary>Whether it is a JSON Web Token by its form: three parts, of which the first is an object, whatever blanks whoever made it has put there.</summary>
    private static bool IsSigned(string token)
    {
        if (token.AsSpan().Count('.') != 2)
        {
            return false;
        }

        var header = token.AsSpan(0, token.IndexOf('.', StringComparison.Ordinal));
        Span<byte> bytes = stackalloc byte[MaxBlanks];
        return Base64Url.IsValid(header) && Base64Url.DecodeFromChars(header[..Math.Min(header.Length, MaxBlanks / 3 * 4)], bytes, out _, out var length, isFinalBlock: header.Length <= MaxBlanks / 3 * 4) is OperationStatus.Done or OperationStatus.NeedMoreData
            && bytes[..length].TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }
}
