using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sockeye.Host.Config;
using Sockeye.Plugin.Auth;

namespace Sockeye.Host.Token;

/// <summary>Says what is in a token, and what the plugin auth of the settings says of it.</summary>
internal static class TokenInspection
{
    /// <summary>The server would refuse it.</summary>
    public const int Refused = 1;

    private static readonly (string Claim, string Word)[] s_times = [("iat", "issued"), ("nbf", "good from"), ("exp", "expires")];

    // A name that comes twice, or has half of a character, would fail later, where a claim is looked for.
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <param name="args">What follows <c>inspect</c>.</param>
    /// <param name="input">Where <c>-</c> reads from.</param>
    /// <param name="output">Where the report goes.</param>
    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output)
    {
        if (args is not [var given, .. var rest] || given.StartsWith("--", StringComparison.Ordinal))
        {
            throw new HostConfigurationException($"the token is missing, which comes before all options: {TokenCommand.InspectUsage}");
        }

        var (nsp, settings) = Options(rest);
        var token = (given == "-" ? await input.ReadToEndAsync() : given).Trim();
        if (token.Length == 0)
        {
            throw new HostConfigurationException($"the token is empty: {TokenCommand.InspectUsage}");
        }

        var isJwt = Describe(token, output);
        var configuration = HostConfiguration.ReadSources(settings);
        if (!BuiltInPlugins.In(configuration).Contains(BuiltInPlugins.Ids[0]))
        {
            output.WriteLine("the signature was not checked: the settings have no plugin auth (--config FILE names others)");
            return isJwt ? 0 : HostFailure.Configuration;
        }

        var section = configuration.GetSection(BuiltInPlugins.Section).GetSection(BuiltInPlugins.Ids[0]);
        try
        {
            var (isLetIn, lines) = await AuthTrial.Load(section).AskAsync(token, nsp);
            foreach (var line in lines)
            {
                output.WriteLine(line);
            }

            return isLetIn ? 0 : Refused;
        }
        catch (FormatException fault)
        {
            var places = new Settings.SettingPlaces(configuration);
            throw new HostConfigurationException([.. fault.Message.Split('\n').Select(places.Of)]);
        }
    }

    private static (string Namespace, string[] Settings) Options(string[] args)
    {
        var nsp = "/";
        List<string> settings = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--namespace" || args[i].StartsWith("--namespace=", StringComparison.Ordinal))
            {
                nsp = CommandOption.Take(args, ref i, TokenCommand.InspectUsage).Value;
            }
            else
            {
                settings.Add(args[i]);
            }
        }

        return (nsp, [.. settings]);
    }

    /// <summary>Writes header, claims and times.</summary>
    /// <returns>Whether it is a JSON Web Token.</returns>
    private static bool Describe(string token, TextWriter output)
    {
        if (token.Split('.') is not [var head, var body, _] || Part(head) is not { } header || Part(body) is not { } claims)
        {
            output.WriteLine("this is no JSON Web Token: header.claims.signature, of which the first two are JSON objects as base64url");
            return false;
        }

        output.WriteLine($"header {ConfigCommand.Text(header)}");
        output.WriteLine($"claims {ConfigCommand.Text(claims)}");
        var now = DateTimeOffset.UtcNow;
        foreach (var (claim, word) in s_times)
        {
            if (claims[claim] is JsonValue value && value.TryGetValue<double>(out var seconds) && seconds is > 0 and < 253_402_300_800)
            {
                var moment = DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word,-9} {moment:yyyy-MM-dd'T'HH:mm:ss'Z'}, {Relative(moment - now)}"));
            }
            else if (claim == "exp")
            {
                output.WriteLine("expires   never: it has no exp, and the server refuses it unless RequireExpiry is false");
            }
        }

        return true;
    }

    private static JsonObject? Part(string text)
    {
        try
        {
            return JsonNode.Parse(Base64Url.DecodeFromChars(text), documentOptions: s_strict) as JsonObject;
        }
        catch (Exception fault) when (fault is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>How far away a moment is.</summary>
    internal static string Relative(TimeSpan away)
    {
        var far = away.Duration();
        var text = far.TotalDays >= 2 ? FormattableString.Invariant($"{far.TotalDays:0} days")
            : far.TotalHours >= 2 ? FormattableString.Invariant($"{far.TotalHours:0} h")
            : far.TotalMinutes >= 2 ? FormattableString.Invariant($"{far.TotalMinutes:0} min")
            : FormattableString.Invariant($"{far.TotalSeconds:0} s");
        return away < TimeSpan.Zero ? text + " ago" : "in " + text;
    }
}
