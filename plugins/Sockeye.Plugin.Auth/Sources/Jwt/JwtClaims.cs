using System.Globalization;
using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Reads the claims of a token whose signature has been confirmed. Any thread.</summary>
internal static class JwtClaims
{
    /// <summary>The largest number of seconds that is taken: the last one of the year 9999.</summary>
    private const double LastSecond = 253_402_300_799;

    /// <summary>A moment, in seconds since 1970.</summary>
    /// <param name="payload">The claims.</param>
    /// <param name="name">The claim.</param>
    /// <param name="moment">The moment; null: there is no such claim.</param>
    /// <returns>False: it is no number, or one that no moment has.</returns>
    public static bool TryMoment(JsonElement payload, string name, out DateTimeOffset? moment)
    {
        moment = null;
        if (!payload.TryGetProperty(name, out var value))
        {
            return true;
        }

        // A number that is too large becomes infinite, which is out of range as well.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var seconds) || !(seconds >= 0 && seconds <= LastSecond))
        {
            return false;
        }

        moment = DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
        return true;
    }

    /// <summary>Whether the token is meant for one of some audiences: its <c>aud</c>, a text or a list of texts, names one of them.</summary>
    /// <param name="payload">The claims.</param>
    /// <param name="audiences">The audiences.</param>
    public static bool IsFor(JsonElement payload, IReadOnlyList<string> audiences)
    {
        if (!payload.TryGetProperty("aud", out var value))
        {
            return false;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return JwtReader.TryText(value, out var one) && audiences.Contains(one, StringComparer.Ordinal);
        }

        var isFor = false;
        foreach (var item in value.EnumerateArray())
        {
            if (!JwtReader.TryText(item, out var text))
            {
                return false;
            }

            isFor |= audiences.Contains(text, StringComparer.Ordinal);
        }

        return isFor;
    }

    /// <summary>The texts of a claim: a list of texts, or one text, cut at its blanks if that is how the claim is written.</summary>
    /// <param name="payload">The claims.</param>
    /// <param name="name">The claim; null: none.</param>
    /// <param name="isCutAtBlanks">Whether one text is a list, as <c>scope</c> is.</param>
    /// <param name="texts">The texts; null: there is no such claim.</param>
    /// <returns>False: it is something else.</returns>
    public static bool TryTexts(JsonElement payload, string? name, bool isCutAtBlanks, out IReadOnlyList<string>? texts)
    {
        texts = null;
        if (name is null || !payload.TryGetProperty(name, out var value))
        {
            return true;
        }

        if (JwtReader.TryText(value, out var one))
        {
            texts = isCutAtBlanks ? one.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [one];
            return true;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        var list = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (!JwtReader.TryText(item, out var text))
            {
                return false;
            }

            list.Add(text);
        }

        texts = list;
        return true;
    }

    /// <summary>All claims as texts: of a list one for each item, of an object its JSON. What the plugin itself says, and what is no text, is left out.</summary>
    /// <param name="payload">The claims.</param>
    public static List<SocketClaim> All(JsonElement payload)
    {
        var claims = new List<SocketClaim>();
        foreach (var property in payload.EnumerateObject())
        {
            if (property.Name.StartsWith(AuthClaims.Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in property.Value.EnumerateArray())
                {
                    Add(claims, property.Name, item);
                }
            }
            else
            {
                Add(claims, property.Name, property.Value);
            }
        }

        return claims;
    }

    private static void Add(List<SocketClaim> claims, string name, JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => JwtReader.TryText(value, out var read) ? read : null,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number when value.TryGetInt64(out var number) => number.ToString(CultureInfo.InvariantCulture),
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            _ => value.GetRawText(),
        };
        if (text is not null)
        {
            claims.Add(new SocketClaim(name, text));
        }
    }
}
