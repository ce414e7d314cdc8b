using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Notifications;

/// <summary>Who somebody is, and until when that is believed.</summary>
internal sealed record Token(string User, DateTimeOffset ExpiresAt);

/// <summary>Signed tokens: "user.expiry.signature". A JWT library does the same with more words.</summary>
internal sealed class Tokens
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Issue(string user)
    {
        var expiry = (DateTimeOffset.UtcNow + Lifetime).ToUnixTimeSeconds();
        var claim = string.Create(CultureInfo.InvariantCulture, $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(user))}.{expiry}");
        return $"{claim}.{Base64Url.EncodeToString(Sign(claim))}";
    }

    /// <returns>Null unless it is one of ours and still valid.</returns>
    public Token? Read(string? text)
    {
        if (text?.Split('.') is not [var user, var expiry, var signature]
            || !Base64Url.IsValid(user) || !Base64Url.IsValid(signature)
            || !CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(signature), Sign($"{user}.{expiry}")))
        {
            return null;
        }

        var expiresAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(expiry, CultureInfo.InvariantCulture));
        return expiresAt > DateTimeOffset.UtcNow ? new Token(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(user)), expiresAt) : null;
    }

    private byte[] Sign(string claim) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(claim));
}
