using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Lets in who has a JSON Web Token of one issuer. May be asked from any thread.</summary>
/// <remarks>
/// <para><b>Next</b> is what it says to a client without a token, to one whose token is no JSON Web Token, and to a token of another issuer, if an issuer is configured; whatever else is wrong is a refusal.</para>
/// <para><b>Keys</b> are its own: those of another issuer with the same id are in another source. No address, name or key of a token is ever used for anything but a look-up in them.</para>
/// </remarks>
internal sealed class JwtSource : AuthSource
{
    private readonly JwtSettings _settings;
    private readonly JwksKeys? _remote;
    private readonly GrantMaker _grants;
    private readonly TimeProvider _time;

    /// <summary>A source.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="remote">The keys that change while it runs; null: there are none. It owns them.</param>
    /// <param name="grants">Makes identities.</param>
    /// <param name="time">The clock by which tokens hold.</param>
    public JwtSource(JwtSettings settings, JwksKeys? remote, GrantMaker grants, TimeProvider time)
        : base(settings.Name, settings.GoesOn)
    {
        _settings = settings;
        _remote = remote;
        _grants = grants;
        _time = time;
    }

    /// <inheritdoc />
    public override async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (_remote is not null)
        {
            await _remote.StartAsync(cancellationToken).ConfigureAwait(false);
            _remote.Current?.Warm();
        }

        _settings.Keys.Warm();
        JwtReader.Read("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", out _, out _);
    }

    /// <inheritdoc />
    public override async ValueTask<AuthOutcome> DecideAsync(AuthAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Token is not { } token || !JwtReader.IsMeant(token))
        {
            return AuthOutcome.Next;
        }

        if (JwtReader.Read(token, out var header, out var payload) is { } fault)
        {
            return Refuse(AuthCode.InvalidToken, fault);
        }

        if (payload.TryGetProperty(_settings.SubjectClaim, out var claimed) && JwtReader.TryText(claimed, out var claimedSubject) && claimedSubject.Length is > 0 and <= SocketIdentity.MaxSubjectLength)
        {
            attempt.Claimed = claimedSubject;
        }

        if (_settings.Issuer is { } issuer && !(payload.TryGetProperty("iss", out var iss) && JwtReader.TryText(iss, out var named) && named == issuer))
        {
            return AuthOutcome.Next;
        }

        return await FindKeyAsync(token, header, cancellationToken).ConfigureAwait(false) switch
        {
            KeyResult.Signed => Check(token, header, payload),
            KeyResult.Unavailable => Refuse(AuthCode.Unavailable, "there are no keys at the moment"),
            KeyResult.Unknown => Refuse(AuthCode.InvalidToken, "no key has its kid and alg"),
            _ => Refuse(AuthCode.InvalidToken, "its signature is not one of the keys"),
        };
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (_remote is not null)
        {
            await _remote.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<KeyResult> FindKeyAsync(string token, JwtHeader header, CancellationToken cancellationToken)
    {
        var result = Try(_settings.Keys, token, header);
        if (result == KeyResult.Signed || _remote is null)
        {
            return result;
        }

        var keys = _remote.Current;
        if (header.KeyId is { } id && keys?.Knows(id) != true && _settings.Keys.Knows(id) is false)
        {
            // A key that nobody knows yet may have been made a moment ago.
            keys = await _remote.RenewAsync(cancellationToken).ConfigureAwait(false);
        }

        if (keys is null)
        {
            return result == KeyResult.Unknown ? KeyResult.Unavailable : result;
        }

        return Try(keys, token, header) is var remote && remote == KeyResult.Unknown ? result : remote;
    }

    private static KeyResult Try(JwtKeySet keys, string token, JwtHeader header)
    {
        var result = KeyResult.Unknown;
        foreach (var key in keys.For(header))
        {
            if (key.HasSigned(token))
            {
                return KeyResult.Signed;
            }

            result = KeyResult.NotSigned;
        }

        return result;
    }

    /// <summary>The signature holds: what it signs is looked at.</summary>
    private AuthOutcome Check(string token, JwtHeader header, JsonElement payload)
    {
        if (_settings.Types is { } types && !types.Contains(header.Type ?? "", StringComparer.OrdinalIgnoreCase))
        {
            return Refuse(AuthCode.InvalidToken, "its typ is another one");
        }

        if (!JwtClaims.TryMoment(payload, "exp", out var expiry) || !JwtClaims.TryMoment(payload, "nbf", out var notBefore) || !JwtClaims.TryMoment(payload, "iat", out var issuedAt))
        {
            return Refuse(AuthCode.InvalidToken, "exp, nbf or iat is no number of seconds from 1970 to 9999");
        }

        if (expiry is null && _settings.RequireExpiry)
        {
            return Refuse(AuthCode.InvalidToken, "it has no exp");
        }

        var now = _time.GetUtcNow();
        // The skew is taken from the clock, which is far from both ends of time, as a claim need not be.
        if (expiry <= now - _settings.ClockSkew)
        {
            return Refuse(AuthCode.ExpiredToken, "its exp is over");
        }

        if (notBefore > now + _settings.ClockSkew || issuedAt > now + _settings.ClockSkew)
        {
            return Refuse(AuthCode.EarlyToken, "its nbf or iat has not come");
        }

        if (_settings.Audiences is { } audiences && !JwtClaims.IsFor(payload, audiences))
        {
            return Refuse(AuthCode.InvalidToken, "its aud names none of the audiences");
        }

        if (!payload.TryGetProperty(_settings.SubjectClaim, out var sub) || !JwtReader.TryText(sub, out var subject))
        {
            return Refuse(AuthCode.InvalidToken, "it has no subject");
        }

        if (!JwtClaims.TryTexts(payload, _settings.PermissionsClaim, isCutAtBlanks: false, out var permissions)
            || !JwtClaims.TryTexts(payload, _settings.RolesClaim, isCutAtBlanks: true, out var roles)
            || !JwtClaims.TryTexts(payload, _settings.RoomsClaim, isCutAtBlanks: false, out var rooms)
            || !JwtClaims.TryTexts(payload, _settings.RateClassClaim, isCutAtBlanks: false, out var rateClass) || rateClass?.Count > 1)
        {
            return Refuse(AuthCode.InvalidToken, "the claim of its permissions, roles, rooms or rate class is of another shape");
        }

        var facts = new GrantFacts(subject)
        {
            ExpiresAt = expiry,
            Claims = JwtClaims.All(payload),
            Permissions = permissions,
            Roles = roles,
            Rooms = rooms ?? [],
            RateClass = rateClass is [{ Length: > 0 } only] ? only : null,
        };
        return _grants.Make(token, Name, _settings.Granted, facts, out var fault) is { } identity
            ? AuthOutcome.Allow(identity, Name)
            : Refuse(AuthCode.InvalidToken, fault!);
    }

    private AuthOutcome Refuse(string code, string detail) => AuthOutcome.Deny(code, Name, detail);

    private enum KeyResult
    {
        /// <summary>No key comes into question.</summary>
        Unknown,

        /// <summary>One does, and it has not signed the token.</summary>
        NotSigned,

        /// <summary>One has signed it.</summary>
        Signed,

        /// <summary>There are no keys that could be asked.</summary>
        Unavailable,
    }
}
