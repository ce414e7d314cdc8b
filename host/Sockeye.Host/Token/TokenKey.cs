using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Sockeye.Host.Token;

/// <summary>A key to sign tokens with. Nothing of it is ever shown.</summary>
internal static class TokenKey
{
    private const int MaxFileBytes = 65_536;
    private const string Base64Mark = "base64:";

    /// <summary>Reads a file with a private key as PEM, or with a secret.</summary>
    /// <param name="path">The file.</param>
    /// <param name="algorithm">The algorithm; null: that of the key.</param>
    /// <exception cref="HostConfigurationException">It cannot be read, or is not good for the algorithm.</exception>
    public static SigningCredentials OfFile(string path, string? algorithm)
    {
        string text;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes })
            {
                throw new HostConfigurationException($"--key: '{path}' has more than {MaxFileBytes} bytes");
            }

            text = File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or DecoderFallbackException)
        {
            throw new HostConfigurationException(Directory.Exists(path) ? $"--key: '{path}' is a folder" : $"--key: '{path}' cannot be read: {LogText.Escape(failure.Message)}");
        }

        return text.Contains("-----BEGIN", StringComparison.Ordinal) ? OfPem(path, text, algorithm) : OfSecret("--key", text.TrimEnd('\n', '\r'), algorithm);
    }

    /// <summary>A secret.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="text">The text; behind <c>base64:</c> what that stands for.</param>
    /// <param name="algorithm">The algorithm; null: HS256.</param>
    /// <exception cref="HostConfigurationException">It is not good for the algorithm.</exception>
    public static SigningCredentials OfSecret(string option, string text, string? algorithm)
    {
        byte[] secret;
        try
        {
            secret = text.StartsWith(Base64Mark, StringComparison.Ordinal) ? Convert.FromBase64String(text[Base64Mark.Length..]) : Encoding.UTF8.GetBytes(text);
        }
        catch (FormatException)
        {
            throw new HostConfigurationException($"{option}: begins with base64: and is none");
        }

        var chosen = algorithm ?? "HS256";
        var least = chosen switch
        {
            "HS256" => 32,
            "HS384" => 48,
            "HS512" => 64,
            _ => throw new HostConfigurationException($"--alg: a secret is for HS256, HS384 or HS512, not for {chosen}"),
        };
        return secret.Length >= least ? new SigningCredentials(new SymmetricSecurityKey(secret), chosen) : throw new HostConfigurationException($"{option}: a secret for {chosen} has at least {least} bytes, and this one has {secret.Length}");
    }

    private static SigningCredentials OfPem(string path, string pem, string? algorithm)
    {
        if (!pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw new HostConfigurationException($"--key: '{path}' has a public key or a certificate; tokens are signed with the private key");
        }

        var curve = ECDsa.Create();
        try
        {
            curve.ImportFromPem(pem);
            var fitting = curve.KeySize switch { 256 => "ES256", 384 => "ES384", _ => "ES512" };
            return algorithm is null || algorithm == fitting ? new SigningCredentials(new ECDsaSecurityKey(curve), fitting) : throw new HostConfigurationException($"--alg: the key in '{path}' is for {fitting}, not for {algorithm}");
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            // It is of another kind, or damaged.
            curve.Dispose();
        }

        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new HostConfigurationException($"--key: '{path}' has no private key for RSA or an elliptic curve as PEM, without a password");
        }

        var chosen = algorithm ?? "RS256";
        return chosen is not ("RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512") ? throw new HostConfigurationException($"--alg: the key in '{path}' is for RS256 to RS512 or PS256 to PS512, not for {chosen}")
            : rsa.KeySize < 2048 ? throw new HostConfigurationException($"--key: the RSA key in '{path}' has {rsa.KeySize} bits, and the server takes 2,048 to 8,192")
            : new SigningCredentials(new RsaSecurityKey(rsa), chosen);
    }
}
