using System.Text;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>The settings of a source of JSON Web Tokens. Does not change.</summary>
internal sealed record JwtSettings(string Name)
{
    /// <summary>What <c>iss</c> has to be; null: anything.</summary>
    public string? Issuer { get; init; }

    /// <summary>One of which <c>aud</c> has to name; null: it does not matter.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>One of which <c>typ</c> has to be, in any case; null: it does not matter.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Whether a token has to have <c>exp</c>.</summary>
    public bool RequireExpiry { get; init; } = true;

    /// <summary>How far the clocks of those who make tokens may be off.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The claim with the subject.</summary>
    public string SubjectClaim { get; init; } = "sub";

    /// <summary>The claim with permissions; null: none.</summary>
    public string? PermissionsClaim { get; init; }

    /// <summary>The claim with roles; null: none.</summary>
    public string? RolesClaim { get; init; }

    /// <summary>The claim with rooms; null: none.</summary>
    public string? RoomsClaim { get; init; }

    /// <summary>The claim with the rate class; null: none.</summary>
    public string? RateClassClaim { get; init; }

    /// <summary>What all of the source are given.</summary>
    public GrantSettings Granted { get; init; } = new();

    /// <summary>The keys that are written down.</summary>
    public JwtKeySet Keys { get; init; } = JwtKeySet.Empty;

    /// <summary>Where further keys come from; null: from nowhere.</summary>
    public JwksSettings? Jwks { get; init; }

    /// <summary>Whether the next source is asked while there are no keys.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Reads them.</summary>
    /// <param name="settings">The section.</param>
    /// <param name="name">The name of the source.</param>
    /// <param name="roles">The roles that have permissions.</param>
    public static JwtSettings Read(SettingsReader settings, string name, IReadOnlyCollection<string> roles)
    {
        var (permissionsClaim, rolesClaim) = (settings.Text("PermissionsClaim"), settings.Text("RolesClaim"));
        var read = new JwtSettings(name)
        {
            Issuer = settings.Text("Issuer"),
            Audiences = settings.Texts("Audiences") is { Count: > 0 } audiences ? audiences : null,
            Types = settings.Texts("Types") is { Count: > 0 } types ? types : null,
            RequireExpiry = settings.Flag("RequireExpiry", true),
            ClockSkew = settings.Time("ClockSkew", TimeSpan.FromSeconds(60), TimeSpan.Zero, TimeSpan.FromHours(1)),
            SubjectClaim = settings.Text("SubjectClaim", "sub"),
            PermissionsClaim = permissionsClaim,
            RolesClaim = rolesClaim,
            RoomsClaim = settings.Text("RoomsClaim"),
            RateClassClaim = settings.Text("RateClassClaim"),
            Granted = GrantSettings.Read(settings, roles, permissionsClaim is not null || rolesClaim is not null ? true : null),
            Keys = ReadKeys(settings),
            Jwks = JwksSettings.Read(settings.Section("Jwks")),
            GoesOn = settings.Flag("GoOnWhenUnavailable", false),
        };
        foreach (var key in (ReadOnlySpan<string>)["Issuer", "Audiences", "Types"])
        {
            settings.FaultIfEmpty(key, "any would do");
        }

        foreach (var key in (ReadOnlySpan<string>)["SubjectClaim", "PermissionsClaim", "RolesClaim", "RoomsClaim", "RateClassClaim"])
        {
            settings.FaultIfEmpty(key, "no claim would be read");
        }

        // Of keys that are there and cannot be used there is a fault already.
        if (settings.Sections("Keys").Count == 0 && !settings.Section("Jwks").Exists)
        {
            settings.Fault("", "has neither Keys nor Jwks, so that no token could be accepted");
        }

        return read;
    }

    private static JwtKeySet ReadKeys(SettingsReader settings)
    {
        var sections = settings.Sections("Keys");
        if (sections.Count > JwtKeySet.MaxKeys)
        {
            settings.Fault("Keys", $"has more than {JwtKeySet.MaxKeys} keys");
        }

        var keys = new List<JwtKey>();
        foreach (var (_, section) in sections)
        {
            if (ReadKey(section) is not { } key)
            {
                continue;
            }

            if (keys.Exists(other => other.Id == key.Id && other.Id is not null && other.Algorithm == key.Algorithm))
            {
                section.Fault("Id", "is that of another key with the same algorithm");
            }

            keys.Add(key);
        }

        return new JwtKeySet(keys);
    }

    private static JwtKey? ReadKey(SettingsReader section)
    {
        var (id, algorithm) = (section.Text("Id"), section.NeededText("Algorithm"));
        var secret = Secrets.Read(section, "Secret");
        var hasSecret = section.Text("Secret") is not null || section.Text("SecretFile") is not null;
        var pemPath = section.Text("PemFile");
        if (algorithm.Length == 0)
        {
            return null;
        }

        if (!JwtKey.IsAlgorithm(algorithm))
        {
            section.Fault("Algorithm", "is none of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512");
            return null;
        }

        if (id?.Length > JwtReader.MaxKeyIdLength)
        {
            section.Fault("Id", $"has more than {JwtReader.MaxKeyIdLength} characters");
            return null;
        }

        if (hasSecret == (pemPath is not null))
        {
            section.Fault("", hasSecret ? "has both a Secret and a PemFile" : "has neither Secret, SecretFile nor PemFile");
            return null;
        }

        try
        {
            return secret is not null ? JwtKey.OfSecret(id, algorithm, secret)
                : pemPath is not null && Secrets.File(section, "PemFile", pemPath) is { } pem ? JwtKey.OfPem(id, algorithm, Encoding.UTF8.GetString(pem))
                : null;
        }
        catch (ArgumentException fault)
        {
            section.Fault(pemPath is not null ? "PemFile" : section.Text("Secret") is not null ? "Secret" : "SecretFile", $"cannot be used: {fault.Message}");
            return null;
        }
    }
}
