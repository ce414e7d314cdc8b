using System.Security.Cryptography;
using System.Text.Json;
using Sockeye.Host.Administration;
using Sockeye.Host.Tests.Administration;
using Sockeye.Host.Token;

namespace Sockeye.Host.Tests.Token;

public sealed class TokenCommandTests : IDisposable
{
    private const string Secret = "hidden-4711-0123456789-0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-token-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"alg":"HS256","\ud800":1}""", "{}")]
    [InlineData("""{"alg":"HS256"}""", """{"sub":"ann","\udc00":1}""")]
    [InlineData("""{"alg":"HS256"}""", """{"sub":"ann","exp":1,"exp":2}""")]
    [InlineData("""{"alg":"HS256"}""", "[]")]
    public async Task What_has_a_name_twice_or_one_that_is_no_text_is_no_token(string header, string claims)
    {
        var (code, report) = await RunAsync("inspect", $"{Part(header)}.{Part(claims)}.AAAA", "--config", Empty());
        Assert.NotEqual(0, code);
        Assert.StartsWith("this is no JSON Web Token", report, StringComparison.Ordinal);

        static string Part(string json) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(json));
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task A_token_that_is_issued_is_let_in_by_the_plugin_that_has_its_key_and_no_key_is_shown(string algorithm)
    {
        var (key, settings) = Keys(algorithm);
        var (_, issued) = await RunAsync("issue", "--key", key, "--sub", "ann", "--issuer", "me", "--claim", "roles=[\"member\"]", "--claim", "plan=paid", "--claim", "plan=more", "--kid", "k1");
        var (code, report) = await RunAsync("inspect", issued.Trim(), "--config", settings);
        Assert.Equal(0, code);
        foreach (var part in new[] { $"\"alg\": \"{algorithm}\"", "\"kid\": \"k1\"", "\"sub\": \"ann\"", "\"member\"", "\"more\"", "expires   ", ", in 60 min", "source jwt: good, let in as \"ann\" until " })
        {
            Assert.Contains(part, report, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("4711", issued + report, StringComparison.Ordinal);
        Assert.DoesNotContain(issued.Trim().Split('.')[2], report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--issuer me --expires -1h", "source jwt: refused, expired_token: its exp is over")]
    [InlineData("--issuer you", "its iss is another one than me")]
    [InlineData("", "its iss is another one than me")]
    [InlineData("--issuer me --alg HS512", "source jwt: refused, invalid_token: no key has its kid and alg")]
    public async Task What_the_plugin_refuses_ends_with_1_and_why(string options, string why)
    {
        var (key, settings) = Keys("HS256");
        File.WriteAllText(key, Secret + Secret);
        File.WriteAllText(settings, (await File.ReadAllTextAsync(settings)).Replace(Secret, Secret + Secret, StringComparison.Ordinal));
        var (_, issued) = await RunAsync(["issue", "--key", key, "--sub", "ann", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        var (code, report) = await RunAsync("inspect", issued.Trim(), "--config", settings);
        Assert.Equal(1, code);
        Assert.Contains(why, report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_key_is_told_from_standard_input_too()
    {
        var (key, settings) = Keys("HS256");
        File.WriteAllText(key, Secret + "x");
        var (_, issued) = await RunAsync("issue", "--key", key, "--sub", "ann", "--issuer", "me");
        using StringWriter output = new();
        Assert.Equal(1, await TokenCommand.RunAsync(["inspect", "-", "--config", settings], new StringReader(issued), output));
        Assert.Contains("source jwt: refused, invalid_token: its signature is not one of the keys", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_token_is_said_to_be_none_and_is_not_repeated()
    {
        var (code, report) = await RunAsync("inspect", "hidden-4711.hidden", "--config", Empty());
        Assert.Equal(2, code);
        Assert.StartsWith("this is no JSON Web Token", report, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("issue --sub ann", "--key or --secret-env is missing")]
    [InlineData("issue --key KEY", "--sub is missing")]
    [InlineData("issue --key /nowhere --sub ann", "--key: '/nowhere' cannot be read")]
    [InlineData("issue --key / --sub ann", "--key: '/' is a folder")]
    [InlineData("issue --secret-env SOCKEYE_NO_SUCH_VARIABLE --sub ann", "there is no environment variable 'SOCKEYE_NO_SUCH_VARIABLE'")]
    [InlineData("issue --key KEY --sub ann --alg RS256", "--alg: a secret is for HS256, HS384 or HS512, not for RS256")]
    [InlineData("issue --key KEY --sub ann --alg HS512", "--key: a secret for HS512 has at least 64 bytes, and this one has 33")]
    [InlineData("issue --key KEY --sub ann --expires soon", "--expires: 'soon' is no time of up to ten years")]
    [InlineData("issue --key KEY --sub ann --claim plan", "--claim: 'plan' is not of the form NAME=VALUE")]
    [InlineData("issue --key KEY --sub ann --claim exp=5", "--claim: exp has an option of its own")]
    [InlineData("issue --key KEY --sub ann --isuer me", "'--isuer' is no option of token issue; did you mean --issuer?")]
    [InlineData("issue --key", "'--key' has no value")]
    [InlineData("isue", "'token isue' is no command; did you mean issue?")]
    [InlineData("inspect", "the token is missing")]
    [InlineData("hash hidden-4711", "token hash reads the secret from standard input, and not from an argument")]
    [InlineData("hash --pasword x", "'--pasword' is no option of token hash; did you mean --password?")]
    [InlineData("hash --password --cost 9", "--cost: '9' is not a number of 10 to 14")]
    [InlineData("hash --cost 12", "--cost is for --password")]
    [InlineData("hash", "there is no secret on standard input")]
    public async Task A_faulty_call_says_what_is_wrong(string line, string message)
    {
        var (key, _) = Keys("HS256");
        var e = await Assert.ThrowsAsync<HostConfigurationException>(() => RunAsync([.. line.Split(' ').Select(word => word == "KEY" ? key : word)]));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("1.5h", 5400)]
    [InlineData("3650d", 315_360_000)]
    [InlineData("00:00:10", 10)]
    [InlineData("-1h", -3600)]
    public void Times_are_written_with_a_unit_or_as_everywhere(string text, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), TokenOrder.Life(text));

    [Theory]
    [InlineData("3651d")]
    [InlineData("25")]
    [InlineData("h")]
    [InlineData("1e400d")]
    [InlineData("NaNs")]
    public void Other_times_are_none(string text) => Assert.Throws<HostConfigurationException>(() => TokenOrder.Life(text));

    [Theory]
    [InlineData("hidden-4711")]
    [InlineData("hidden-4711\n")]
    [InlineData("hidden-4711\r\n")]
    public async Task A_token_is_hashed_as_settings_have_it_whether_its_line_has_an_end_or_not(string input)
    {
        var hash = await HashAsync(input);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("hidden-4711"u8)), hash);
        Assert.NotNull(AdministrationSettingsTests.Read(("Tokens:one", hash)));
    }

    [Fact]
    public async Task A_password_is_hashed_as_settings_have_it()
    {
        var hash = await HashAsync("hidden \u00fc 4711\n", "--password", "--cost", "10");
        Assert.NotNull(AdministrationSettingsTests.Read(("Users:ops", hash)));
        Assert.True(PasswordHash.Verify("hidden \u00fc 4711", hash));
        Assert.False(PasswordHash.Verify("hidden \u00fc 4711\n", hash));
    }

    [Theory]
    [InlineData(TokenHash.MaxLength, "", null)]
    [InlineData(TokenHash.MaxLength + 1, "", "has more than 4096 characters")]
    [InlineData(72, "--password --cost 10", null)]
    [InlineData(73, "--password --cost 10", "the password has 73 bytes, and bcrypt looks at the first 72 alone")]
    public async Task A_secret_that_is_too_long_is_refused(int length, string options, string? fault)
    {
        var hash = HashAsync(new string('x', length) + "\n", options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (fault is null)
        {
            Assert.NotEmpty(await hash);
        }
        else
        {
            Assert.Contains(fault, (await Assert.ThrowsAsync<HostConfigurationException>(() => hash)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("hidden\n4711", "has several lines")]
    [InlineData("hidden\ufffd4711", "is no text in UTF-8")]
    [InlineData("\n", "there is no secret")]
    public async Task What_is_no_secret_is_refused_and_not_repeated(string input, string fault)
    {
        var e = await Assert.ThrowsAsync<HostConfigurationException>(() => HashAsync(input));
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", e.Message, StringComparison.Ordinal);
    }

    private static async Task<string> HashAsync(string input, params string[] options)
    {
        using StringWriter output = new();
        Assert.Equal(0, await TokenCommand.RunAsync(["hash", .. options], new StringReader(input), output));
        return output.ToString().TrimEnd();
    }

    private (string Key, string Settings) Keys(string algorithm)
    {
        var (key, settings, other) = (Path.Combine(_folder, "key"), Path.Combine(_folder, "settings.json"), Path.Combine(_folder, "public.pem"));
        var named = $"\"PemFile\": {JsonSerializer.Serialize(other)}";
        switch (algorithm)
        {
            case "RS256":
                using (var rsa = RSA.Create(2048))
                {
                    File.WriteAllText(key, rsa.ExportPkcs8PrivateKeyPem());
                    File.WriteAllText(other, rsa.ExportSubjectPublicKeyInfoPem());
                }

                break;
            case "ES256":
                using (var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    File.WriteAllText(key, curve.ExportPkcs8PrivateKeyPem());
                    File.WriteAllText(other, curve.ExportSubjectPublicKeyInfoPem());
                }

                break;
            default:
                File.WriteAllText(key, Secret + "\n");
                named = $"\"Secret\": \"{Secret}\"";
                break;
        }

        File.WriteAllText(settings, $$"""{ "Plugins": { "auth": { "Sources": [ { "Type": "Jwt", "Issuer": "me", "Keys": [ { "Algorithm": "{{algorithm}}", {{named}} } ] } ] } } }""");
        return (key, settings);
    }

    private string Empty()
    {
        var path = Path.Combine(_folder, "empty.json");
        File.WriteAllText(path, "{}");
        return path;
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        return (await TokenCommand.RunAsync(args, TextReader.Null, output), output.ToString());
    }
}
