using System.Buffers.Text;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>A key with the one algorithm that it is good for, whatever a token says. Does not change; any thread.</summary>
internal sealed class JwtKey
{
    private const byte SequenceTag = 0x30;
    private const byte IntegerTag = 0x02;

    private static readonly string[] s_algorithms = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

    private readonly HeldProvider _provider;

    private JwtKey(string? id, string algorithm, SecurityKey key)
    {
        Id = id;
        Algorithm = algorithm;
        _provider = new HeldProvider(key, algorithm);
        key.CryptoProviderFactory = _provider;
    }

    /// <summary>Its id; null: it is tried whatever id a token names.</summary>
    public string? Id { get; }

    /// <summary>The algorithm.</summary>
    public string Algorithm { get; }

    /// <summary>Whether it is an algorithm that is supported, letter by letter.</summary>
    /// <param name="algorithm">The algorithm.</param>
    public static bool IsAlgorithm(string algorithm) => Array.IndexOf(s_algorithms, algorithm) >= 0;

    /// <summary>A shared secret.</summary>
    /// <param name="id">Its id, or null.</param>
    /// <param name="algorithm">HS256, HS384 or HS512.</param>
    /// <param name="secret">At least as many bytes as the algorithm's hash has.</param>
    /// <exception cref="ArgumentException">It does not fit; the message has nothing of it.</exception>
    public static JwtKey OfSecret(string? id, string algorithm, byte[] secret)
    {
        var least = algorithm switch
        {
            "HS256" => 32,
            "HS384" => 48,
            "HS512" => 64,
            _ => throw new ArgumentException($"a secret is for HS256, HS384 or HS512, not for {LogText.Escape(algorithm)}"),
        };
        if (secret.Length < least)
        {
            throw new ArgumentException($"a secret for {algorithm} has at least {least} bytes");
        }

        if (IsPublicKey(secret))
        {
            throw new ArgumentException("this is a public key or a certificate, which everybody knows, and no secret: name it as PemFile, with its own algorithm");
        }

        return new JwtKey(id, algorithm, new SymmetricSecurityKey(secret));
    }

    /// <summary>An RSA key.</summary>
    /// <param name="id">Its id, or null.</param>
    /// <param name="algorithm">RS256 to RS512, or PS256 to PS512.</param>
    /// <param name="key">2,048 to 8,192 bits.</param>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public static JwtKey OfRsa(string? id, string algorithm, RSAParameters key)
    {
        if (!IsAlgorithm(algorithm) || algorithm[0] is not ('R' or 'P'))
        {
            throw new ArgumentException($"an RSA key is for RS256, RS384, RS512, PS256, PS384 or PS512, not for {LogText.Escape(algorithm)}");
        }

        var modulus = (key.Modulus ?? []).AsSpan().TrimStart((byte)0);
        var exponent = (key.Exponent ?? []).AsSpan().TrimStart((byte)0);
        if (modulus.Length is < 256 or > 1024 || (modulus.Length == 256 && modulus[0] < 0x80))
        {
            throw new ArgumentException("an RSA key has 2,048 to 8,192 bits");
        }

        if (exponent.Length is < 1 or > 4 || (exponent[^1] & 1) == 0 || exponent is [1])
        {
            throw new ArgumentException("the exponent of the RSA key is none");
        }

        return new JwtKey(id, algorithm, new RsaSecurityKey(new RSAParameters { Modulus = modulus.ToArray(), Exponent = exponent.ToArray() }));
    }

    /// <summary>A key on an elliptic curve.</summary>
    /// <param name="id">Its id, or null.</param>
    /// <param name="algorithm">ES256, ES384 or ES512; null: that of its curve.</param>
    /// <param name="key">On P-256, P-384 or P-521, as the algorithm has it.</param>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public static JwtKey OfCurve(string? id, string? algorithm, ECParameters key)
    {
        // Systems name curves by number, by name, or by both.
        var fitting = (key.Curve.Oid?.Value, key.Curve.Oid?.FriendlyName) switch
        {
            ("1.2.840.10045.3.1.7", _) or (_, "nistP256" or "ECDSA_P256") => "ES256",
            ("1.3.132.0.34", _) or (_, "nistP384" or "ECDSA_P384") => "ES384",
            ("1.3.132.0.35", _) or (_, "nistP521" or "ECDSA_P521") => "ES512",
            _ => throw new ArgumentException("the curve of the key is none of P-256, P-384 and P-521"),
        };
        if (algorithm is not null && algorithm != fitting)
        {
            throw new ArgumentException($"a key on this curve is for {fitting}, not for {LogText.Escape(algorithm)}");
        }

        try
        {
            return new JwtKey(id, fitting, new ECDsaSecurityKey(ECDsa.Create(key)));
        }
        catch (CryptographicException)
        {
            throw new ArgumentException("the key is no point of its curve");
        }
    }

    /// <summary>A public key or a certificate as PEM.</summary>
    /// <param name="id">Its id, or null.</param>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="pem">The PEM.</param>
    /// <exception cref="ArgumentException">It is none, or does not fit.</exception>
    public static JwtKey OfPem(string? id, string algorithm, string pem)
    {
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw new ArgumentException("this is a private key, which belongs to whoever makes tokens: the server needs the public key alone");
        }

        try
        {
            if (pem.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            {
                using var certificate = X509Certificate2.CreateFromPem(pem);
                pem = PemEncoding.WriteString("PUBLIC KEY", certificate.PublicKey.ExportSubjectPublicKeyInfo());
            }

            if (algorithm.StartsWith("ES", StringComparison.Ordinal))
            {
                using var curve = ECDsa.Create();
                curve.ImportFromPem(pem);
                return OfCurve(id, algorithm, curve.ExportParameters(includePrivateParameters: false));
            }

            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return OfRsa(id, algorithm, rsa.ExportParameters(includePrivateParameters: false));
        }
        catch (Exception failure) when (failure is CryptographicException || (failure is ArgumentException && failure.Message.Contains("PEM", StringComparison.Ordinal)))
        {
            throw new ArgumentException($"this is no public key or certificate in PEM that is good for {LogText.Escape(algorithm)}");
        }
    }

    /// <summary>Whether the signature of a token is one of this key.</summary>
    /// <remarks>The library is asked for the signature alone: all else of the token has been read already, more strictly than it does, and claims are held against the server's clock.</remarks>
    /// <param name="token">The token, which <see cref="JwtReader"/> has read, and whose header names the algorithm of this key.</param>
    public bool HasSigned(string token)
    {
        var dot = token.LastIndexOf('.');
        var signature = Base64Url.DecodeFromChars(token.AsSpan(dot + 1));

        // A hash that is cut short is none.
        if (Algorithm[0] == 'H' && signature.Length != HashBytes(Algorithm))
        {
            return false;
        }

        try
        {
            return _provider.Verify(Encoding.ASCII.GetBytes(token, 0, dot), signature);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            // Some systems throw where a signature has a length that none of the key has.
            return false;
        }
    }

    /// <summary>Has the libraries loaded and the key taken in, which takes longer than an event loop should be held by the first token.</summary>
    public void Warm()
    {
        try
        {
            _provider.Verify([0], new byte[64]);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            // It is no signature, as was to be expected.
        }
    }

    private static int HashBytes(string algorithm) => algorithm switch { "HS256" => 32, "HS384" => 48, _ => 64 };

    /// <summary>Whether bytes that are to be a secret are something that is published: PEM, an OpenSSH key, or a key or certificate in DER, also written as base64.</summary>
    private static bool IsPublicKey(byte[] secret)
    {
        var text = Encoding.Latin1.GetString(secret);
        if (text.Contains("-----BEGIN", StringComparison.OrdinalIgnoreCase) || text.Contains("ssh-rsa", StringComparison.Ordinal) || text.Contains("ecdsa-sha2-", StringComparison.Ordinal) || IsDer(secret))
        {
            return true;
        }

        var plain = string.Concat(text.Where(static character => !char.IsWhiteSpace(character))).Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var bytes = new byte[plain.Length];
        return Convert.TryFromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='), bytes, out var length)
            && (IsDer(bytes.AsSpan(0, length)) || Encoding.Latin1.GetString(bytes, 0, length).Contains("-----BEGIN", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>One sequence of ASN.1 that ends where the bytes do, of parts that end there too and begin as those of a key or a certificate do. Random bytes are one with a chance below 1 in 2^28.</summary>
    private static bool IsDer(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (bytes.IsEmpty || bytes[0] != SequenceTag)
            {
                return false;
            }

            AsnDecoder.ReadSequence(bytes, AsnEncodingRules.DER, out var start, out var length, out var used);
            if (used != bytes.Length || length == 0 || bytes[start] is not (SequenceTag or IntegerTag))
            {
                return false;
            }

            // Each part has a length of its own, and the last one ends with the whole.
            for (var parts = bytes.Slice(start, length); !parts.IsEmpty; parts = parts[used..])
            {
                AsnDecoder.ReadEncodedValue(parts, AsnEncodingRules.DER, out _, out _, out used);
            }

            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>Hands out the one provider of a key: the library's own cache runs a task that would keep the plugin in memory.</summary>
    private sealed class HeldProvider : CryptoProviderFactory
    {
        private readonly SignatureProvider _provider;

        public HeldProvider(SecurityKey key, string algorithm)
        {
            CacheSignatureProviders = false;
            _provider = base.CreateForVerifying(key, algorithm, cacheProvider: false);
        }

        public bool Verify(byte[] input, byte[] signature) => _provider.Verify(input, signature);

        public override SignatureProvider CreateForVerifying(SecurityKey key, string algorithm) => _provider;

        public override SignatureProvider CreateForVerifying(SecurityKey key, string algorithm, bool cacheProvider) => _provider;

        public override void ReleaseSignatureProvider(SignatureProvider signatureProvider)
        {
            // It serves the next token.
        }
    }
}
