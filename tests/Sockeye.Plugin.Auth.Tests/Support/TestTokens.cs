using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Sockeye.Plugin.Auth.Tests.Support;

/// <summary>Makes tokens, good ones and all others, with keys of its own.</summary>
internal static class TestTokens
{
    public const string Secret = "the-secret-of-the-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCD";

    public static RSA Rsa { get; } = RSA.Create(2048);

    public static RSA OtherRsa { get; } = RSA.Create(2048);

    public static ECDsa Curve256 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static ECDsa Curve384 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public static ECDsa Curve521 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP521);

    public static long At(this DateTimeOffset now, double seconds) => now.AddSeconds(seconds).ToUnixTimeSeconds();

    /// <summary>A token of HS256 with the secret of the tests, of ann, for an hour.</summary>
    public static string Good(DateTimeOffset now, string sub = "ann") => Hmac($$"""{"alg":"HS256","typ":"JWT"}""", $$"""{"sub":"{{sub}}","exp":{{now.At(3600)}}}""");

    public static string Hmac(string header, string payload, string secret = Secret) => Make(header, payload, input => HashOf(header, Encoding.UTF8.GetBytes(secret), input));

    public static string Signed(string header, string payload, AsymmetricAlgorithm key) => Make(header, payload, input => (key, AlgOf(header)) switch
    {
        (RSA rsa, "PS256") => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        (RSA rsa, "PS384") => rsa.SignData(input, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
        (RSA rsa, "PS512") => rsa.SignData(input, HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
        (RSA rsa, "RS384") => rsa.SignData(input, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
        (RSA rsa, "RS512") => rsa.SignData(input, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        (RSA rsa, _) => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        (ECDsa curve, "ES384") => curve.SignData(input, HashAlgorithmName.SHA384),
        (ECDsa curve, "ES512") => curve.SignData(input, HashAlgorithmName.SHA512),
        (ECDsa curve, _) => curve.SignData(input, HashAlgorithmName.SHA256),
        _ => throw new NotSupportedException(),
    });

    public static string Make(string header, string payload, Func<byte[], byte[]> sign)
    {
        var input = Part(header) + "." + Part(payload);
        return input + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)));
    }

    public static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    public static string PublicPem(AsymmetricAlgorithm key) => key.ExportSubjectPublicKeyInfoPem();

    /// <summary>The public half of a key as an entry of a JWKS.</summary>
    public static string Jwk(AsymmetricAlgorithm key, string? kid, string? alg = null, string more = "")
    {
        var common = (kid is null ? "" : $",\"kid\":\"{kid}\"") + (alg is null ? "" : $",\"alg\":\"{alg}\"") + more;
        if (key is RSA rsa)
        {
            var parameters = rsa.ExportParameters(false);
            return $$"""{"kty":"RSA","n":"{{Base64Url.EncodeToString(parameters.Modulus)}}","e":"{{Base64Url.EncodeToString(parameters.Exponent)}}"{{common}}}""";
        }

        var point = ((ECDsa)key).ExportParameters(false);
        var curve = point.Q.X!.Length switch { 32 => "P-256", 48 => "P-384", _ => "P-521" };
        return $$"""{"kty":"EC","crv":"{{curve}}","x":"{{Base64Url.EncodeToString(point.Q.X)}}","y":"{{Base64Url.EncodeToString(point.Q.Y)}}"{{common}}}""";
    }

    public static string Jwks(params string[] keys) => $$"""{"keys":[{{string.Join(',', keys)}}]}""";

    private static string AlgOf(string header)
    {
        try
        {
            return JsonDocument.Parse(header).RootElement.GetProperty("alg").GetString() ?? "";
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }

    private static byte[] HashOf(string header, byte[] secret, byte[] input) => AlgOf(header) switch
    {
        "HS384" => HMACSHA384.HashData(secret, input),
        "HS512" => HMACSHA512.HashData(secret, input),
        _ => HMACSHA256.HashData(secret, input),
    };
}
