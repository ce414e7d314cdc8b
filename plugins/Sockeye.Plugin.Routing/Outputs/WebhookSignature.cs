using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>Signatures of the Standard Webhooks specification: HMAC-SHA256 over <c>id.timestamp.body</c>, as <c>v1,</c> and base64, several separated by blanks. Any thread.</summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";

    public const string TimestampHeader = "webhook-timestamp";

    public const string SignatureHeader = "webhook-signature";

    /// <summary>Characters of an id at most: 128 (own).</summary>
    public const int MaxIdLength = 128;

    /// <summary>Signatures of one request that are looked at: 4 (own: two keys on either side while they change).</summary>
    public const int MaxSignatures = 4;

    /// <summary>Bytes of a key at least: 24 (Standard Webhooks).</summary>
    public const int MinKeyBytes = 24;

    /// <summary>Bytes of a key at most: 64 (Standard Webhooks; the block of the hash).</summary>
    public const int MaxKeyBytes = 64;

    private const string Prefix = "whsec_";

    /// <summary>Reads a key as it stands in the configuration.</summary>
    /// <param name="text"><c>whsec_</c> and base64, or base64 alone.</param>
    /// <param name="key">The key.</param>
    /// <returns>What is wrong with it, never the key itself; null: nothing.</returns>
    public static string? TryReadKey(string? text, out byte[] key)
    {
        key = [];
        var encoded = text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) ? text.AsSpan(Prefix.Length) : text;
        var bytes = new byte[MaxKeyBytes + 3];
        if (encoded.IsEmpty || encoded.Length > 256 || !Convert.TryFromBase64Chars(encoded, bytes, out var count))
        {
            return !encoded.IsEmpty && encoded.Length > 88 ? TooLong : "a secret is \"whsec_\" and base64: openssl rand -base64 32 makes the second part";
        }

        if (count < MinKeyBytes)
        {
            return $"a secret has at least {MinKeyBytes} bytes, this one has {count}";
        }

        if (count > MaxKeyBytes)
        {
            return TooLong;
        }

        key = bytes[..count];
        CryptographicOperations.ZeroMemory(bytes);
        return null;
    }

    private static string TooLong => $"a secret has at most {MaxKeyBytes} bytes";

    /// <summary>The value of the signature header, with one signature for each key.</summary>
    public static string Sign(IReadOnlyList<byte[]> keys, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var text = new StringBuilder();
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in keys)
        {
            Hash(key, id, timestamp, body, hash);
            text.Append(text.Length == 0 ? "v1," : " v1,").Append(Convert.ToBase64String(hash));
        }

        return text.ToString();
    }

    /// <summary>Whether one of the signatures is that of one of the keys. How long it takes does not depend on which.</summary>
    public static bool Verify(IReadOnlyList<byte[]> keys, string id, long timestamp, ReadOnlySpan<byte> body, string signatures)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes + 3];
        var valid = false;
        foreach (var key in keys)
        {
            Hash(key, id, timestamp, body, expected);
            var looked = 0;
            foreach (var range in signatures.AsSpan().Split(' '))
            {
                var one = signatures.AsSpan()[range];
                if (looked++ == MaxSignatures)
                {
                    break;
                }

                if (one.StartsWith("v1,", StringComparison.Ordinal) && one.Length == 3 + 44 && Convert.TryFromBase64Chars(one[3..], given, out var length))
                {
                    valid |= CryptographicOperations.FixedTimeEquals(given[..length], expected);
                }
            }
        }

        return valid;
    }

    private static void Hash(byte[] key, string id, long timestamp, ReadOnlySpan<byte> body, Span<byte> hash)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        hmac.GetHashAndReset(hash);
    }
}
