using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>The keys of one issuer at one moment, by id and algorithm. Does not change; any thread.</summary>
internal sealed class JwtKeySet
{
    /// <summary>Keys at most: 64 (own).</summary>
    public const int MaxKeys = 64;

    /// <summary>Keys that are tried for a token at most: 4 (own). More come into question only for a token without <c>kid</c>.</summary>
    public const int MaxTries = 4;

    private readonly Dictionary<(string Id, string Algorithm), JwtKey> _named = [];
    private readonly List<JwtKey> _all = [];

    /// <summary>A set of keys.</summary>
    /// <param name="keys">At most <see cref="MaxKeys"/>; of two with one id and one algorithm the first counts.</param>
    public JwtKeySet(IEnumerable<JwtKey> keys)
    {
        foreach (var key in keys.Take(MaxKeys))
        {
            if (key.Id is null || _named.TryAdd((key.Id, key.Algorithm), key))
            {
                _all.Add(key);
            }
        }
    }

    /// <summary>No key.</summary>
    public static JwtKeySet Empty { get; } = new([]);

    /// <summary>How many there are.</summary>
    public int Count => _all.Count;

    /// <summary>Whether a key has an id, whatever it is good for.</summary>
    /// <param name="id">The id.</param>
    public bool Knows(string id) => _all.Exists(key => key.Id == id);

    /// <summary>Makes all of them ready for the first token.</summary>
    public void Warm() => _all.ForEach(static key => key.Warm());

    /// <summary>The keys that a token may be signed with: that of its id and algorithm, then those without an id; of a token without an id all of its algorithm.</summary>
    /// <param name="header">The header of the token.</param>
    public IEnumerable<JwtKey> For(JwtHeader header) => _all
        .Where(key => key.Algorithm == header.Algorithm && (key.Id is null || header.KeyId is null || key.Id == header.KeyId))
        .OrderBy(key => key.Id is null && header.KeyId is not null)
        .Take(MaxTries);

    /// <summary>Reads a JSON Web Key Set. A key in it that is of another use or kind, or does not fit, is left out.</summary>
    /// <param name="utf8">The set.</param>
    /// <param name="allowsSecrets">Whether it may have keys of the kind <c>oct</c>: never, if it comes over a network.</param>
    /// <exception cref="FormatException">It is none, or has no key that can be used; the message has nothing of it.</exception>
    public static JwtKeySet Parse(ReadOnlySpan<byte> utf8, bool allowsSecrets)
    {
        if (!StrictJson.TryParse(utf8, out var root))
        {
            throw new FormatException("it is no JSON");
        }

        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("it has no list of keys");
        }

        var (keys, leftOut) = (new List<JwtKey>(), 0);
        foreach (var item in list.EnumerateArray())
        {
            try
            {
                if (item.ValueKind == JsonValueKind.Object && keys.Count < MaxKeys && Read(item, allowsSecrets) is { } key)
                {
                    keys.Add(key);
                    continue;
                }
            }
            catch (Exception failure) when (failure is ArgumentException or FormatException or CryptographicException)
            {
                // It is left out, as one of an unknown kind is: the others are still good.
            }

            leftOut++;
        }

        return keys.Count > 0 ? new JwtKeySet(keys) : throw new FormatException($"it has no key that can be used, and {leftOut} that cannot");
    }

    private static JwtKey? Read(JsonElement key, bool allowsSecrets)
    {
        if ((key.TryGetProperty("use", out var use) && !(JwtReader.TryText(use, out var useText) && useText == "sig"))
            || (key.TryGetProperty("key_ops", out var operations) && !AllowsVerifying(operations)))
        {
            return null;
        }

        var (id, algorithm) = (Text(key, "kid"), Text(key, "alg"));
        if (id is { Length: > JwtReader.MaxKeyIdLength })
        {
            return null;
        }

        return Text(key, "kty") switch
        {
            // A key without alg is good for what nearly all of its kind are used for, and for nothing else.
            "RSA" => JwtKey.OfRsa(id, algorithm ?? "RS256", new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") }),
            "EC" => JwtKey.OfCurve(id, algorithm, new ECParameters { Curve = CurveOf(Text(key, "crv")), Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") } }),
            "oct" when allowsSecrets && algorithm is not null => JwtKey.OfSecret(id, algorithm, Bytes(key, "k")),
            _ => null,
        };
    }

    private static bool AllowsVerifying(JsonElement operations)
    {
        if (operations.ValueKind == JsonValueKind.Array)
        {
            foreach (var operation in operations.EnumerateArray())
            {
                if (JwtReader.TryText(operation, out var text) && text == "verify")
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static ECCurve CurveOf(string? name) => name switch
    {
        "P-256" => ECCurve.NamedCurves.nistP256,
        "P-384" => ECCurve.NamedCurves.nistP384,
        "P-521" => ECCurve.NamedCurves.nistP521,
        _ => throw new FormatException("the curve is unknown"),
    };

    private static string? Text(JsonElement key, string name) =>
        !key.TryGetProperty(name, out var value) ? null : JwtReader.TryText(value, out var text) ? text : throw new FormatException($"{name} is no text");

    private static byte[] Bytes(JsonElement key, string name) =>
        Text(key, name) is { Length: > 0 } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : throw new FormatException($"{name} is no base64url");
}
