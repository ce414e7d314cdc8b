using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>The wish to revoke something, as an administrator or a program writes it: <c>{"user": "alice", "forSeconds": 3600}</c>.</summary>
internal static class RevokeRequest
{
    /// <summary>Reads a wish.</summary>
    /// <param name="root">Exactly one of <c>user</c>, <c>token</c>, <c>tokenHash</c>, <c>jti</c> and <c>session</c>; <c>forSeconds</c>; of a user <c>ban</c>, with which also tokens that are made later do not hold.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="options">How long it is kept otherwise.</param>
    /// <param name="takesTokens">Whether the token itself may stand there: it must not on the bus.</param>
    /// <param name="revocation">What is revoked.</param>
    /// <returns>What is wrong, without any of its values; null: nothing.</returns>
    public static string? Read(JsonElement root, long now, LiveOptions options, bool takesTokens, out Revocation revocation)
    {
        revocation = default;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "an object is expected";
        }

        (string Name, RevocationKind Kind)[] names =
        [
            ("user", RevocationKind.User), ("token", RevocationKind.Token), ("tokenHash", RevocationKind.Token), ("jti", RevocationKind.TokenId), ("session", RevocationKind.Session),
        ];
        (string Name, RevocationKind Kind)? named = null;
        foreach (var name in names)
        {
            if (root.TryGetProperty(name.Name, out _))
            {
                if (named is not null)
                {
                    return "one of user, token, tokenHash, jti and session is expected, not several";
                }

                named = name;
            }
        }

        if (named is not { } found)
        {
            return "one of user, token, tokenHash, jti and session is expected";
        }

        var isToken = found.Name == "token";
        if (isToken && !takesTokens)
        {
            return "tokens do not travel on the bus: send tokenHash";
        }

        if (!BusWords.Text(root, found.Name, isToken ? BusWords.MaxBytes : Revocation.MaxValueLength, out var value) || value.Length == 0)
        {
            return $"{found.Name} has to be a text of 1 to {Revocation.MaxValueLength} characters";
        }

        var memory = options.RevocationMemory;
        if (root.TryGetProperty("forSeconds", out _))
        {
            if (BusWords.Number(root, "forSeconds") is not { } seconds || seconds < 1 || seconds > LiveOptions.MaxMemory.TotalSeconds)
            {
                return $"forSeconds has to be a whole number from 1 to {LiveOptions.MaxMemory.TotalSeconds:F0}";
            }

            memory = TimeSpan.FromSeconds(seconds);
        }

        var bans = false;
        if (root.TryGetProperty("ban", out var ban))
        {
            if (ban.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return "ban has to be true or false";
            }

            bans = ban.GetBoolean();
        }

        var before = found.Kind == RevocationKind.User && !bans ? now / 1000 : long.MaxValue;
        revocation = new Revocation(found.Kind, isToken ? TokenTag.Of(value) : value, now + (long)memory.TotalMilliseconds, before);
        return null;
    }
}
