using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Lets in who has a key: <c>id.secret</c>, of which the configuration has the SHA-256 of the secret alone. May be asked from any thread.</summary>
/// <remarks>
/// <para><b>Next</b> is what it says to a client without a token, and to a token that is no key by its form.</para>
/// <para><b>Time.</b> An unknown id costs what a wrong secret costs, and both get one answer.</para>
/// </remarks>
internal sealed class ApiKeySource : AuthSource
{
    /// <summary>Keys at most: 10,000 (own).</summary>
    public const int MaxKeys = 10_000;

    /// <summary>Characters of a secret at least: 32 (own). A shorter one could be guessed from its hash, so it never counts.</summary>
    public const int MinSecretLength = 32;

    /// <summary>Characters of a key's id at most: 64 (own).</summary>
    public const int MaxIdLength = 64;

    private readonly Dictionary<string, ApiKey> _keys;
    private readonly GrantMaker _grants;
    private readonly TimeProvider _time;
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    /// <summary>A source.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="grants">Makes identities.</param>
    /// <param name="time">The clock by which keys expire.</param>
    public ApiKeySource(string name, IEnumerable<ApiKey> keys, GrantMaker grants, TimeProvider time)
        : base(name, goesOn: false)
    {
        _keys = keys.ToDictionary(static key => key.Id, StringComparer.Ordinal);
        _grants = grants;
        _time = time;
    }

    /// <summary>Reads the keys of a source.</summary>
    /// <param name="settings">Its section.</param>
    /// <param name="roles">The roles that have permissions.</param>
    public static IReadOnlyList<ApiKey> Read(SettingsReader settings, IReadOnlyCollection<string> roles)
    {
        var sections = settings.Sections("Keys");
        if (sections.Count is 0 or > MaxKeys)
        {
            settings.Fault("Keys", $"has to have 1 to {MaxKeys} keys");
        }

        var keys = new Dictionary<string, ApiKey>(StringComparer.Ordinal);
        foreach (var (_, section) in sections)
        {
            var (id, hash) = (section.NeededText("Id"), section.NeededText("Sha256"));
            var key = new ApiKey(id, Hash(section, hash), section.Text("Subject", id), Expiry(section), GrantSettings.Read(section, roles, null));
            if (id.Length > 0 && !IsId(id))
            {
                section.Fault("Id", $"is to be 1 to {MaxIdLength} letters, digits, - or _");
            }

            if (key.Subject.Length > SocketIdentity.MaxSubjectLength)
            {
                section.Fault("Subject", $"has more than {SocketIdentity.MaxSubjectLength} characters");
            }

            if (!keys.TryAdd(id, key))
            {
                section.Fault("Id", "is that of another key");
            }
        }

        return [.. keys.Values];
    }

    /// <inheritdoc />
    public override ValueTask<AuthOutcome> DecideAsync(AuthAttempt attempt, CancellationToken cancellationToken) => new(Decide(attempt));

    private static bool IsId(ReadOnlySpan<char> id)
    {
        if (id.Length is 0 or > MaxIdLength)
        {
            return false;
        }

        foreach (var character in id)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    private static byte[] Hash(SettingsReader section, string text)
    {
        if (text.Length == 64 && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        if (text.Length > 0)
        {
            section.Fault("Sha256", "is to be the 64 hexadecimal digits of a SHA-256");
        }

        return [];
    }

    private static DateTimeOffset? Expiry(SettingsReader section)
    {
        if (section.Text("Expires") is not { } text)
        {
            section.FaultIfEmpty("Expires", "the key would never expire");
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var expiry))
        {
            return expiry;
        }

        section.Fault("Expires", "is to be a moment such as 2030-01-31T00:00:00Z");
        return null;
    }

    private AuthOutcome Decide(AuthAttempt attempt)
    {
        if (attempt.Token is not { } token || JwtReader.IsMeant(token) || token.IndexOf('.', StringComparison.Ordinal) is var dot && (dot < 0 || !IsId(token.AsSpan(0, dot))))
        {
            return AuthOutcome.Next;
        }

        var (id, secret) = (token[..dot], token[(dot + 1)..]);
        attempt.Claimed = id;
        var key = _keys.GetValueOrDefault(id);
        var isRight = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), key?.Hash ?? _nobody);
        if (!isRight || key is null || secret.Length < MinSecretLength)
        {
            return AuthOutcome.Deny(AuthCode.InvalidToken, Name, "the key is unknown or its secret is wrong");
        }

        if (key.ExpiresAt <= _time.GetUtcNow())
        {
            return AuthOutcome.Deny(AuthCode.ExpiredToken, Name, "the key has expired");
        }

        var facts = new GrantFacts(key.Subject) { ExpiresAt = key.ExpiresAt, Claims = [new SocketClaim("key", key.Id)] };
        return _grants.Make(token, Name, key.Granted, facts, out var fault) is { } identity
            ? AuthOutcome.Allow(identity, Name)
            : AuthOutcome.Deny(AuthCode.InvalidToken, Name, fault);
    }
}

/// <summary>A key, without its secret.</summary>
/// <param name="Id">Its id, which is no secret.</param>
/// <param name="Hash">The SHA-256 of its secret.</param>
/// <param name="Subject">Whose it is.</param>
/// <param name="ExpiresAt">When it ceases to hold; null: never.</param>
/// <param name="Granted">What it allows.</param>
internal sealed record ApiKey(string Id, byte[] Hash, string Subject, DateTimeOffset? ExpiresAt, GrantSettings Granted);
