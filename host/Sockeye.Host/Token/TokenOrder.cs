using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sockeye.Hosting;

namespace Sockeye.Host.Token;

/// <summary>A token that is to be made. It holds a key, and is used once.</summary>
internal sealed class TokenOrder
{
    private static readonly string[] s_options = ["--key", "--secret-env", "--sub", "--alg", "--expires", "--claim", "--issuer", "--audience", "--kid"];

    // They have options of their own.
    private static readonly string[] s_own = ["sub", "iss", "aud", "exp", "iat"];

    private readonly SigningCredentials _credentials;
    private readonly TimeSpan _life;
    private readonly JsonObject _claims;

    private TokenOrder(SigningCredentials credentials, TimeSpan life, JsonObject claims)
    {
        _credentials = credentials;
        _life = life;
        _claims = claims;
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="HostConfigurationException">One is missing, unknown or at fault.</exception>
    public static TokenOrder Parse(IReadOnlyList<string> args)
    {
        Dictionary<string, string> single = new(StringComparer.Ordinal);
        JsonObject claims = [];
        for (var i = 0; i < args.Count; i++)
        {
            var (key, value) = CommandOption.Take(args, ref i, TokenCommand.IssueUsage);
            if (!s_options.Contains(key))
            {
                throw new HostConfigurationException($"'{key}' is no option of token issue; {OptionSuggestion.For(key, s_options, [], TokenCommand.IssueUsage)}");
            }

            if (key == "--claim")
            {
                AddClaim(claims, value);
            }
            else if (!single.TryAdd(key, value))
            {
                throw new HostConfigurationException($"{key} comes twice");
            }
        }

        claims.Insert(0, "sub", single.GetValueOrDefault("--sub") is { Length: > 0 } subject ? subject : throw new HostConfigurationException($"--sub is missing: {TokenCommand.IssueUsage}"));
        if (single.TryGetValue("--issuer", out var issuer))
        {
            claims["iss"] = issuer;
        }

        if (single.TryGetValue("--audience", out var audience))
        {
            claims["aud"] = audience;
        }

        var credentials = Credentials(single);
        credentials.Key.KeyId = single.GetValueOrDefault("--kid");
        return new TokenOrder(credentials, Life(single.GetValueOrDefault("--expires", "1h")), claims);
    }

    /// <summary>The token.</summary>
    /// <param name="now">When it begins to hold.</param>
    public string Sign(DateTimeOffset now)
    {
        _claims["iat"] = now.ToUnixTimeSeconds();
        _claims["exp"] = (now + _life).ToUnixTimeSeconds();
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            _claims.WriteTo(json);
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(Encoding.UTF8.GetString(stream.ToArray()), _credentials);
    }

    private static SigningCredentials Credentials(Dictionary<string, string> options)
    {
        var algorithm = options.GetValueOrDefault("--alg");
        return (options.GetValueOrDefault("--key"), options.GetValueOrDefault("--secret-env")) switch
        {
            ({ } file, null) => TokenKey.OfFile(file, algorithm),
            (null, { } variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } secret
                ? TokenKey.OfSecret("--secret-env", secret, algorithm)
                : throw new HostConfigurationException($"--secret-env: there is no environment variable '{variable}'"),
            (null, null) => throw new HostConfigurationException($"--key or --secret-env is missing: {TokenCommand.IssueUsage}"),
            _ => throw new HostConfigurationException("--key and --secret-env exclude each other"),
        };
    }

    private static void AddClaim(JsonObject claims, string text)
    {
        if (text.Split('=', 2) is not [{ Length: > 0 } name, var written])
        {
            throw new HostConfigurationException($"--claim: '{text}' is not of the form NAME=VALUE");
        }

        if (s_own.Contains(name))
        {
            throw new HostConfigurationException($"--claim: {name} has an option of its own: {TokenCommand.IssueUsage}");
        }

        var value = Value(written);
        switch (claims[name])
        {
            case null when !claims.ContainsKey(name):
                claims[name] = value;
                break;
            case JsonArray list:
                list.Add(value);
                break;
            case var one:
                claims[name] = new JsonArray(one?.DeepClone(), value);
                break;
        }
    }

    /// <summary>What reads as JSON is JSON, all else a text.</summary>
    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    /// <summary>90s, 30m, 1h, 7d or 00:30:00; with a minus in front it has expired already.</summary>
    internal static TimeSpan Life(string text)
    {
        var unit = text.Length > 1 ? text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 } : 0;
        var life = unit > 0 && double.TryParse(text[..^1], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && Math.Abs(number * unit) < 1e10 ? TimeSpan.FromSeconds(number * unit)
            : DurationText.TryParse(text, out var time) ? time
            : (TimeSpan?)null;
        return life is { } found && found.Duration() <= TimeSpan.FromDays(3650) ? found : throw new HostConfigurationException($"--expires: '{text}' is no time of up to ten years, such as 90s, 30m, 1h, 7d or 00:30:00");
    }
}
