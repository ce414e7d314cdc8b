using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Sources;
using Sockeye.Plugin.Auth.Tests.Support;

namespace Sockeye.Plugin.Auth.Tests;

/// <summary>What went wrong in other libraries of JSON Web Tokens, a test for each.</summary>
public sealed class JwtAdvisoryTests
{
    private const string Invalid = AuthCode.InvalidToken;

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("nOnE")]
    [InlineData("NONE")]
    [InlineData("")]
    [InlineData(" HS256")]
    [InlineData("hs256")]
    [InlineData("HS256 ")]
    [InlineData("EdDSA")]
    [InlineData("A128KW")]
    public async Task An_alg_of_none_in_any_case_or_of_another_spelling_is_refused_signed_or_not(string alg)
    {
        await using var chain = await TestChain.JwtAsync();
        var (header, payload) = ($$"""{"alg":"{{alg}}"}""", $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""");
        await chain.RefusedAsync(TestTokens.Hmac(header, payload), Invalid);
        await chain.RefusedAsync(TestTokens.Part(header) + "." + TestTokens.Part(payload) + ".", Invalid);
        await chain.RefusedAsync(TestTokens.Part(header) + "." + TestTokens.Part(payload), Invalid);
    }

    [Fact]
    public async Task A_missing_alg_an_empty_signature_and_a_wrong_one_are_refused()
    {
        await using var chain = await TestChain.JwtAsync();
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""";
        await chain.RefusedAsync(TestTokens.Hmac("""{"typ":"JWT"}""", payload), Invalid, "no alg");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":null}""", payload), Invalid, "no alg");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":["HS256"]}""", payload), Invalid, "no alg");
        var good = TestTokens.Good(chain.Now);
        await chain.AllowedAsync(good);
        await chain.RefusedAsync(good[..(good.LastIndexOf('.') + 1)], Invalid, "empty");
        await chain.RefusedAsync(good[..^4] + "AAAA", Invalid, "signature");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256"}""", payload, TestTokens.Secret + "x"), Invalid, "signature");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS512"}""", payload), Invalid, "no key");
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    public async Task CVE_2026_22817_and_CVE_2026_22818_and_CVE_2023_48223_and_CVE_2022_29217_the_public_key_is_no_secret_of_an_HMAC(string alg)
    {
        using var pem = TempFile.With(TestTokens.PublicPem(TestTokens.Rsa));
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"{{alg}}","PemFile":"{{pem.JsonPath}}"}]}]}""");
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""";
        await chain.AllowedAsync(TestTokens.Signed($$"""{"alg":"{{alg}}"}""", payload, TestTokens.Rsa));
        foreach (var secret in new[] { TestTokens.PublicPem(TestTokens.Rsa), TestTokens.PublicPem(TestTokens.Rsa) + "\n", TestTokens.Rsa.ExportRSAPublicKeyPem(), Convert.ToBase64String(TestTokens.Rsa.ExportSubjectPublicKeyInfo()) })
        {
            await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256"}""", payload, secret), Invalid, "no key");
        }

        foreach (var other in new[] { "RS384", "PS384", "RS512", "ES256", alg == "RS256" ? "PS256" : "RS256" })
        {
            await chain.RefusedAsync(TestTokens.Signed($$"""{"alg":"{{other}}"}""", payload, TestTokens.Rsa), Invalid, "no key");
        }
    }

    [Fact]
    public void GHSA_4xw9_cx39_r355_a_public_key_in_any_spelling_is_refused_as_a_secret()
    {
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=test", TestTokens.Curve256, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        var spki = TestTokens.Rsa.ExportSubjectPublicKeyInfo();
        byte[][] spellings =
        [
            Encoding.UTF8.GetBytes(TestTokens.PublicPem(TestTokens.Rsa)),
            Encoding.UTF8.GetBytes("\uFEFF\r\n  " + TestTokens.PublicPem(TestTokens.Rsa).Replace("\n", "\r\n", StringComparison.Ordinal)),
            Encoding.UTF8.GetBytes(TestTokens.PublicPem(TestTokens.Rsa).Replace("\n", "", StringComparison.Ordinal)),
            Encoding.UTF8.GetBytes(TestTokens.PublicPem(TestTokens.Rsa).ToLowerInvariant()),
            Encoding.UTF8.GetBytes(TestTokens.Rsa.ExportRSAPublicKeyPem()),
            Encoding.UTF8.GetBytes(TestTokens.PublicPem(TestTokens.Curve256)),
            Encoding.UTF8.GetBytes(certificate.ExportCertificatePem()),
            Encoding.UTF8.GetBytes("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 somebody@example"),
            spki,
            TestTokens.Rsa.ExportRSAPublicKey(),
            certificate.RawData,
            Encoding.ASCII.GetBytes(Convert.ToBase64String(spki)),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(spki, Base64FormattingOptions.InsertLineBreaks)),
            Encoding.ASCII.GetBytes(Base64Url.EncodeToString(spki)),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(TestTokens.PublicPem(TestTokens.Rsa)))),
        ];
        Assert.All(spellings, secret => Assert.Contains("public key", Assert.Throws<ArgumentException>(() => JwtKey.OfSecret(null, "HS256", secret)).Message, StringComparison.Ordinal));

        // A secret is random bytes: one in 65,536 begins as a sequence of its length does, and is a secret all the same.
        var random = new Random(20261129);
        for (var i = 0; i < 1000; i++)
        {
            var secret = new byte[34 + (i % 64)];
            random.NextBytes(secret);
            (secret[0], secret[1]) = (0x30, (byte)(secret.Length - 2));
            JwtKey.OfSecret(null, "HS256", secret);
            JwtKey.OfSecret(null, "HS256", Encoding.ASCII.GetBytes(Convert.ToBase64String(secret)));
        }
    }

    [Fact]
    public void CVE_2026_44699_a_secret_shorter_than_its_hash_is_refused_and_kty_and_alg_must_fit()
    {
        Assert.Contains("32 bytes", Assert.Throws<ArgumentException>(() => JwtKey.OfSecret(null, "HS256", new byte[31])).Message, StringComparison.Ordinal);
        Assert.Contains("48 bytes", Assert.Throws<ArgumentException>(() => JwtKey.OfSecret(null, "HS384", new byte[47])).Message, StringComparison.Ordinal);
        Assert.Contains("64 bytes", Assert.Throws<ArgumentException>(() => JwtKey.OfSecret(null, "HS512", new byte[63])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => JwtKey.OfSecret(null, "HS256", []));
        Assert.Throws<ArgumentException>(() => JwtKey.OfSecret(null, "RS256", new byte[64]));
        JwtKey.OfSecret(null, "HS256", new byte[32]);
        JwtKey.OfSecret(null, "HS384", new byte[48]);
        JwtKey.OfSecret(null, "HS512", new byte[64]);
        foreach (var jwk in new[]
        {
            TestTokens.Jwk(TestTokens.Rsa, "a", "HS256"), TestTokens.Jwk(TestTokens.Rsa, "a", "ES256"), TestTokens.Jwk(TestTokens.Rsa, "a", "none"), TestTokens.Jwk(TestTokens.Curve256, "a", "RS256"),
            TestTokens.Jwk(TestTokens.Curve256, "a", "ES384"), """{"kty":"oct","k":"","alg":"HS256","kid":"a"}""", """{"kty":"oct","alg":"HS256","kid":"a"}""",
            $$"""{"kty":"oct","k":"{{Base64Url.EncodeToString(new byte[64])}}","kid":"a"}""", $$"""{"kty":"oct","k":"{{Base64Url.EncodeToString(new byte[64])}}","kid":"a","alg":"RS256"}""",
        })
        {
            Assert.Contains("no key", Assert.Throws<FormatException>(() => JwtKeySet.Parse(Encoding.UTF8.GetBytes(TestTokens.Jwks(jwk)), allowsSecrets: true)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_RSA_key_below_2048_bits_or_beyond_8192_or_without_an_exponent_is_refused()
    {
        using var small = RSA.Create(1024);
        Assert.Contains("2,048", Assert.Throws<ArgumentException>(() => JwtKey.OfRsa(null, "RS256", small.ExportParameters(false))).Message, StringComparison.Ordinal);
        Assert.Contains("2,048", Assert.Throws<ArgumentException>(() => JwtKey.OfPem(null, "RS256", TestTokens.PublicPem(small))).Message, StringComparison.Ordinal);
        var modulus = TestTokens.Rsa.ExportParameters(false).Modulus!;
        Assert.Throws<ArgumentException>(() => JwtKey.OfRsa(null, "RS256", new RSAParameters { Modulus = [.. modulus, .. new byte[1024]], Exponent = [1, 0, 1] }));
        foreach (var exponent in new byte[][] { [], [0], [1], [2], [0, 0, 1], [1, 0, 0, 0, 1] })
        {
            Assert.Throws<ArgumentException>(() => JwtKey.OfRsa(null, "RS256", new RSAParameters { Modulus = modulus, Exponent = exponent }));
        }
    }

    [Fact]
    public async Task GHSA_5739_39v2_5754_the_JSON_form_of_a_signature_is_refused()
    {
        await using var chain = await TestChain.JwtAsync();
        var parts = TestTokens.Good(chain.Now).Split('.');
        await chain.RefusedAsync($$"""{"protected":"{{parts[0]}}","payload":"{{parts[1]}}","signature":"{{parts[2]}}"}""", Invalid);
        await chain.RefusedAsync($$"""{"header":{"alg":"HS256"},"payload":"{{parts[1]}}","signature":"{{parts[2]}}"}""", Invalid);
    }

    [Theory]
    [InlineData("../../../../dev/null")]
    [InlineData("' OR 1=1 --")]
    [InlineData("http://127.0.0.1:1/key")]
    [InlineData("known\\u0000")]
    [InlineData("__proto__")]
    public async Task CVE_2026_81829_a_kid_is_looked_up_and_nothing_else(string kid)
    {
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Id":"known","Algorithm":"HS256","Secret":"{{TestTokens.Secret}}"}]}]}""");
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""";
        await chain.RefusedAsync(TestTokens.Hmac($$"""{"alg":"HS256","kid":"{{kid}}"}""", payload, ""), Invalid);
        await chain.RefusedAsync(TestTokens.Hmac($$"""{"alg":"HS256","kid":"{{kid}}"}""", payload), Invalid);
        await chain.AllowedAsync(TestTokens.Hmac("""{"alg":"HS256","kid":"known"}""", payload));
    }

    [Fact]
    public async Task A_kid_of_128_characters_is_looked_up_and_one_more_or_no_text_is_refused()
    {
        var longest = new string('k', 128);
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Id":"{{longest}}","Algorithm":"HS256","Secret":"{{TestTokens.Secret}}"}]}]}""");
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""";
        await chain.AllowedAsync(TestTokens.Hmac($$"""{"alg":"HS256","kid":"{{longest}}"}""", payload));
        await chain.RefusedAsync(TestTokens.Hmac($$"""{"alg":"HS256","kid":"{{longest}}k"}""", payload), Invalid, "kid");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256","kid":5}""", payload), Invalid, "kid");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256","kid":null}""", payload), Invalid, "kid");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256","kid":"\ud800"}""", payload), Invalid, "kid");
    }

    [Fact]
    public async Task Keys_and_addresses_that_a_token_brings_along_are_not_looked_at_and_what_is_critical_or_compressed_is_refused()
    {
        await using var chain = await TestChain.JwtAsync();
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""";
        using var server = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        var url = $"http://{server.LocalEndpoint}/jwks";
        foreach (var brought in new[] { $"\"jku\":\"{url}\"", $"\"x5u\":\"{url}\"", $"\"jwk\":{TestTokens.Jwk(TestTokens.OtherRsa, "x")}", "\"x5c\":[\"AAAA\"]" })
        {
            await chain.RefusedAsync(TestTokens.Signed($$"""{"alg":"RS256",{{brought}}}""", payload, TestTokens.OtherRsa), Invalid);
            await chain.AllowedAsync(TestTokens.Hmac($$"""{"alg":"HS256",{{brought}}}""", payload));
        }

        Assert.False(server.Pending());
        foreach (var refused in new[] { "\"crit\":[\"exp\"],\"exp\":1", "\"crit\":[]", "\"zip\":\"DEF\"", "\"enc\":\"A128GCM\"", "\"b64\":false" })
        {
            await chain.RefusedAsync(TestTokens.Hmac($$"""{"alg":"HS256",{{refused}}}""", payload), Invalid, "not supported");
        }
    }

    [Fact]
    public async Task CVE_2023_49290_CVE_2023_50658_CVE_2024_21319_CVE_2024_28122_CVE_2024_28180_CVE_2024_29371_CVE_2025_63811_an_encrypted_token_is_refused_by_its_parts()
    {
        await using var chain = await TestChain.JwtAsync();
        var bomb = """{"alg":"PBES2-HS256+A128KW","enc":"A128CBC-HS256","p2c":2147483647,"p2s":"AAAA","zip":"DEF"}""";
        await chain.RefusedAsync(TestTokens.Part(bomb) + ".AAAA.AAAA.AAAA.AAAA", Invalid, "three parts");
        await chain.RefusedAsync(TestTokens.Part(bomb) + "....", Invalid, "three parts");
        await chain.RefusedAsync(TestTokens.Part(bomb) + ".AAAA.AAAA", Invalid);
    }

    [Fact]
    public async Task CVE_2025_30204_and_CVE_2025_27144_a_token_of_dots_costs_nothing()
    {
        await using var chain = await TestChain.JwtAsync();
        await chain.RefusedAsync("eyJ" + new string('.', 8000), Invalid, "three parts");
        await chain.RefusedAsync(new string('.', 8000), Invalid);
        await chain.RefusedAsync("..", Invalid, "empty");
        await chain.RefusedAsync(new string('.', 1_000_000), Invalid, "8192");
        var dots = "eyJ" + new string('.', 8000);
        Assert.Equal(0, Shared.Allocated.Least(() => JwtReader.Read(dots, out _, out _)));
    }

    [Fact]
    public async Task A_token_of_8_KiB_is_taken_and_one_of_a_character_more_or_of_a_megabyte_is_refused()
    {
        await using var chain = await TestChain.JwtAsync();
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}},"x":"#"}""";
        var token = "";
        for (var length = 0; token.Length < TokenReader.MaxTokenLength; length++)
        {
            token = TestTokens.Hmac("""{"alg":"HS256"}""", payload.Replace("#", new string('x', 5980 + length), StringComparison.Ordinal));
        }

        // The length of base64 leaves out every fourth; padding of the header fills it.
        Assert.InRange(token.Length, TokenReader.MaxTokenLength, TokenReader.MaxTokenLength + 1);
        if (token.Length == TokenReader.MaxTokenLength)
        {
            await chain.AllowedAsync(token);
        }

        await chain.RefusedAsync(token + new string('A', TokenReader.MaxTokenLength + 1 - Math.Min(token.Length, TokenReader.MaxTokenLength)), Invalid);
        await chain.RefusedAsync("eyJ" + new string('A', 1_000_000), Invalid, "8192");
    }

    [Fact]
    public async Task CVE_2024_51744_there_are_no_claims_unless_the_token_is_good()
    {
        await using var chain = await TestChain.JwtAsync();
        var outcome = await chain.DecideAsync(TestTokens.Hmac("""{"alg":"HS256"}""", $$"""{"sub":"ann","exp":{{chain.Now.At(-3600)}}}""", TestTokens.Secret + "x"));
        Assert.Equal(Invalid, outcome.Code);
        Assert.Null(outcome.Identity);
        outcome = await chain.DecideAsync(TestTokens.Hmac("""{"alg":"HS256"}""", $$"""{"sub":"ann","exp":{{chain.Now.At(-3600)}}}"""));
        Assert.Equal(AuthCode.ExpiredToken, outcome.Code);
        Assert.Null(outcome.Identity);
    }

    [Theory]
    [InlineData("\"aud\":\"chat\"", true)]
    [InlineData("\"aud\":[\"chat\"]", true)]
    [InlineData("\"aud\":[\"mail\",\"chat\"]", true)]
    [InlineData("\"aud\":\"game\"", true)]
    [InlineData("\"aud\":\"mail\"", false)]
    [InlineData("\"aud\":[\"mail\"]", false)]
    [InlineData("\"aud\":[]", false)]
    [InlineData("\"aud\":[\"chat\",5]", false)]
    [InlineData("\"aud\":null", false)]
    [InlineData("\"aud\":\"\"", false)]
    [InlineData("\"aud\":\"CHAT\"", false)]
    [InlineData("\"aud\":{\"chat\":true}", false)]
    [InlineData("\"x\":1", false)]
    public async Task CVE_2020_26160_the_audience_is_checked_whether_it_is_a_text_or_a_list(string aud, bool holds)
    {
        await using var chain = await TestChain.JwtAsync(",\"Audiences\":[\"chat\",\"game\"]");
        var token = TestTokens.Hmac("""{"alg":"HS256"}""", $$"""{"sub":"ann","exp":{{chain.Now.At(60)}},{{aud}}}""");
        if (holds)
        {
            await chain.AllowedAsync(token);
        }
        else
        {
            await chain.RefusedAsync(token, Invalid);
        }
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-9007199254740993")]
    [InlineData("9007199254740993")]
    [InlineData("1e300")]
    [InlineData("1e400")]
    [InlineData("253402300800")]
    [InlineData("\"4000000000\"")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[4000000000]")]
    [InlineData("{}")]
    public async Task Time_that_is_no_number_of_a_moment_is_refused(string value)
    {
        await using var chain = await TestChain.JwtAsync();
        foreach (var name in new[] { "exp", "nbf", "iat" })
        {
            var exp = name == "exp" ? "" : $"\"exp\":{chain.Now.At(60)},";
            await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256"}""", $$"""{"sub":"ann",{{exp}}"{{name}}":{{value}}}"""), Invalid);
        }
    }

    [Fact]
    public async Task Time_has_a_skew_of_60_seconds_on_both_sides_and_exp_is_needed()
    {
        await using var chain = await TestChain.JwtAsync();
        string Token(string claims) => TestTokens.Hmac("""{"alg":"HS256"}""", $$"""{"sub":"ann",{{claims}}}""");
        await chain.RefusedAsync(Token("\"x\":1"), Invalid, "no exp");
        await chain.AllowedAsync(Token($"\"exp\":{chain.Now.At(-59)}"));
        await chain.RefusedAsync(Token($"\"exp\":{chain.Now.At(-60)}"), AuthCode.ExpiredToken);
        await chain.AllowedAsync(Token($"\"exp\":{chain.Now.At(3600)},\"nbf\":{chain.Now.At(60)}"));
        await chain.RefusedAsync(Token($"\"exp\":{chain.Now.At(3600)},\"nbf\":{chain.Now.At(61)}"), AuthCode.EarlyToken);
        await chain.RefusedAsync(Token($"\"exp\":{chain.Now.At(3600)},\"iat\":{chain.Now.At(61)}"), AuthCode.EarlyToken);
        await chain.AllowedAsync(Token($"\"exp\":{chain.Now.At(3600)}.75,\"iat\":{chain.Now.At(-10)}.5"));
        await chain.AllowedAsync(Token("\"exp\":253402300799"));
        await using var endless = await TestChain.JwtAsync(",\"RequireExpiry\":false");
        Assert.Null((await endless.AllowedAsync(Token("\"x\":1"))).ExpiresAt);
        await using var strict = await TestChain.JwtAsync(",\"ClockSkew\":\"0\"");
        await strict.RefusedAsync(Token($"\"exp\":{strict.Now.At(0)}"), AuthCode.ExpiredToken);
        await strict.AllowedAsync(Token($"\"exp\":{strict.Now.At(1)}"));
    }

    [Fact]
    public async Task CVE_2020_26892_a_token_expires_by_the_clock_of_the_server()
    {
        await using var chain = await TestChain.JwtAsync();
        var token = TestTokens.Good(chain.Now);
        Assert.Equal(chain.Now.AddHours(1), (await chain.AllowedAsync(token)).ExpiresAt);
        chain.Time.Advance(TimeSpan.FromSeconds(3659));
        await chain.AllowedAsync(token);
        chain.Time.Advance(TimeSpan.FromSeconds(1));
        await chain.RefusedAsync(token, AuthCode.ExpiredToken);
    }

    [Theory]
    [InlineData("\"x\":1")]
    [InlineData("\"sub\":\"\"")]
    [InlineData("\"sub\":null")]
    [InlineData("\"sub\":5")]
    [InlineData("\"sub\":[\"ann\"]")]
    [InlineData("\"sub\":\"\\ud800\"")]
    [InlineData("\"sub\":\"ann\",\"sub\":\"bob\"")]
    public async Task A_subject_is_needed_and_is_one_text(string claims)
    {
        await using var chain = await TestChain.JwtAsync();
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256"}""", $$"""{"exp":{{chain.Now.At(60)}},{{claims}}}"""), Invalid);
    }

    [Fact]
    public async Task A_subject_of_255_characters_is_taken_and_one_more_is_refused()
    {
        await using var chain = await TestChain.JwtAsync();
        Assert.Equal(new string('ü', 255), (await chain.AllowedAsync(TestTokens.Good(chain.Now, new string('ü', 255)))).Subject);
        await chain.RefusedAsync(TestTokens.Good(chain.Now, new string('ü', 256)), Invalid, "subject");
    }

    [Fact]
    public async Task CVE_2026_49998_two_issuers_with_one_kid_do_not_sign_for_each_other()
    {
        using var first = TempFile.With(TestTokens.Jwks(TestTokens.Jwk(TestTokens.Rsa, "one", "RS256")));
        using var second = TempFile.With(TestTokens.Jwks(TestTokens.Jwk(TestTokens.OtherRsa, "one", "RS256")));
        await using var chain = await TestChain.StartAsync($$"""
            {"Sources":[
                {"Name":"a","Type":"Jwt","Issuer":"https://a.example","Jwks":{"File":"{{first.JsonPath}}"} },
                {"Name":"b","Type":"Jwt","Issuer":"https://b.example","Jwks":{"File":"{{second.JsonPath}}"} }]}
            """);
        string Token(string iss, RSA key) => TestTokens.Signed("""{"alg":"RS256","kid":"one"}""", $$"""{"iss":"{{iss}}","sub":"ann","exp":{{chain.Now.At(60)}}}""", key);
        Assert.Equal("a", (await chain.AllowedAsync(Token("https://a.example", TestTokens.Rsa))).Source);
        Assert.Equal("b", (await chain.AllowedAsync(Token("https://b.example", TestTokens.OtherRsa))).Source);
        await chain.RefusedAsync(Token("https://a.example", TestTokens.OtherRsa), Invalid, "signature");
        await chain.RefusedAsync(Token("https://b.example", TestTokens.Rsa), Invalid, "signature");
        await chain.RefusedAsync(Token("https://c.example", TestTokens.Rsa), Invalid, "no source");
        await chain.RefusedAsync(Token("https://a.example/", TestTokens.Rsa), Invalid, "no source");
    }

    [Fact]
    public async Task GHSA_g33f_6538_grxh_and_CVE_2020_26521_and_CVE_2026_34986_no_bytes_whatever_make_the_reader_throw()
    {
        await using var chain = await TestChain.JwtAsync();
        var random = new Random(11);
        var good = TestTokens.Good(chain.Now);
        const string Alphabet = "ABCDEFabcdef0123456789-_.+/= \0\u00ff{}\"eyJ";
        for (var round = 0; round < 20_000; round++)
        {
            var token = (round % 4) switch
            {
                // A good one with a few characters changed, cut or doubled.
                0 => Mutate(good),
                1 => Mutate(Mutate(Mutate(good))),
                // Three parts of anything.
                2 => $"{Noise(40)}.{Noise(40)}.{Noise(40)}",
                // A signed one of JSON that is nearly right.
                _ => TestTokens.Hmac(Mutate("""{"alg":"HS256","typ":"JWT"}"""), Mutate($$"""{"sub":"ann","exp":{{chain.Now.At(3600)}},"aud":["x"]}""")),
            };
            var fault = JwtReader.Read(token, out var header, out var payload);
            Assert.True(fault is not null || (JwtKey.IsAlgorithm(header.Algorithm) && payload.ValueKind == System.Text.Json.JsonValueKind.Object));
            if (round % 10 == 0 && token != good)
            {
                var outcome = await chain.DecideAsync(token);
                // The one that is signed after it was changed may be good.
                Assert.True(outcome.IsAllowed ? round % 4 == 3 && fault is null : outcome.Code is not null);
            }
        }

        string Mutate(string text)
        {
            if (text.Length == 0)
            {
                return "x";
            }

            var at = random.Next(text.Length);
            return random.Next(4) switch
            {
                0 => text[..at] + Alphabet[random.Next(Alphabet.Length)] + text[(at + 1)..],
                1 => text[..at] + text[(at + 1)..],
                2 => text[..at] + text[at] + text[at..],
                _ => text[..at],
            };
        }

        string Noise(int most) => string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
    }

    /// <summary>What is no text cannot be read as the name of a field either, and .NET throws something else there than at JSON that is broken.</summary>
    [Theory]
    [InlineData("""{"alg":"HS256","\ud800":1}""", """{"sub":"ann"}""")]
    [InlineData("""{"alg":"HS256"}""", """{"sub":"ann","\udc00x":1}""")]
    [InlineData("""{"alg":"HS256"}""", """{"sub":"ann","x":[{"\ud800":1}]}""")]
    public async Task A_name_with_half_of_a_character_is_refused_as_any_other_bad_token(string header, string payload)
    {
        await using var chain = await TestChain.JwtAsync();
        await chain.RefusedAsync(TestTokens.Hmac(header, payload), Invalid, "no JSON object");
        Assert.DoesNotContain(chain.Lines, static line => line.StartsWith("3004 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_has_one_spelling_alone_so_that_a_revoked_one_does_not_come_back_in_another()
    {
        await using var chain = await TestChain.JwtAsync();
        var good = TestTokens.Good(chain.Now);
        await chain.AllowedAsync(good);
        var last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var next = last[last.IndexOf(good[^1], StringComparison.Ordinal) ^ 1];
        await chain.RefusedAsync(good[..^1] + next, Invalid, "base64url");
        await chain.RefusedAsync(good + "=", Invalid);
        await chain.RefusedAsync(good + " ", Invalid);
        await chain.RefusedAsync(good[..10] + " " + good[10..], Invalid);
        await chain.RefusedAsync(good + "\n", Invalid);

        // Of ECDSA anybody can make a second signature: the tag by which tokens are revoked does not look at it.
        Assert.Equal(TokenTag.Of(good), TokenTag.Of(good[..^4] + "AAAA"));
        Assert.NotEqual(TokenTag.Of(good), TokenTag.Of(TestTokens.Good(chain.Now, "bob")));
        Assert.NotEqual(TokenTag.Of("key.secret-one"), TokenTag.Of("key.secret-two"));
        Assert.NotEqual(TokenTag.Of("opaque.token.one"), TokenTag.Of("opaque.token.two"));
    }

    [Theory]
    [InlineData("""{ "alg":"HS256"}""")]
    [InlineData(" {\"alg\":\"HS256\"}")]
    [InlineData("\r\n\t{\n \"alg\" : \"HS256\" }")]
    public void The_tag_of_a_token_does_not_look_at_its_signature_whatever_blanks_its_header_begins_with(string header)
    {
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.e30.";
        Assert.Equal(TokenTag.Of(signed + "AAAA"), TokenTag.Of(signed + "BBBB"));
        Assert.NotEqual(TokenTag.Of(signed + "AAAA"), TokenTag.Of(signed.Replace(".e30.", ".e31.", StringComparison.Ordinal) + "AAAA"));
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    public async Task Each_algorithm_is_accepted_with_its_own_key_and_no_other(string alg)
    {
        AsymmetricAlgorithm? key = alg switch { ['H', ..] => null, "ES256" => TestTokens.Curve256, "ES384" => TestTokens.Curve384, "ES512" => TestTokens.Curve521, _ => TestTokens.Rsa };
        using var pem = key is null ? null : TempFile.With(TestTokens.PublicPem(key));
        var setting = pem is null ? $"\"Secret\":\"{TestTokens.Secret}\"" : $"\"PemFile\":\"{pem.JsonPath}\"";
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"{{alg}}",{{setting}}}]}]}""");
        var (header, payload) = ($$"""{"alg":"{{alg}}"}""", $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""");
        var token = key is null ? TestTokens.Hmac(header, payload) : TestTokens.Signed(header, payload, key);
        await chain.AllowedAsync(token);
        await chain.AllowedAsync(token);
        await chain.RefusedAsync(token[..^6] + "AAAAAA", Invalid);
        foreach (var other in new[] { "HS256", "RS256", "ES256", "PS256" }.Where(other => other != alg))
        {
            var changed = $$"""{"alg":"{{other}}"}""";
            await chain.RefusedAsync(key is null ? TestTokens.Hmac(changed, payload) : TestTokens.Signed(changed, payload, key), Invalid);
        }
    }
}
