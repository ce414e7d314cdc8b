using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>The configuration of the sources, whole and without a fault. Does not change.</summary>
internal sealed record AuthSettings
{
    /// <summary>Sources at most: 32 (own).</summary>
    public const int MaxSources = 32;

    /// <summary>Where tokens stand.</summary>
    public TokenReader Token { get; init; } = new();

    /// <summary>Makes the sources, in their order.</summary>
    public IReadOnlyList<SourcePlan> Sources { get; init; } = [];

    /// <summary>Rules of namespaces; the first that is for one holds.</summary>
    public IReadOnlyList<NamespaceRule> Namespaces { get; init; } = [];

    /// <summary>Whether clients without a token are let in where no rule says otherwise.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>What clients without a token may do.</summary>
    public AccessRules AnonymousAccess { get; init; } = AccessRules.Parse([]);

    /// <summary>Permissions by role.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Roles { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Note what is wrong with the files that a start reads later.</summary>
    private IReadOnlyList<Action> FileChecks { get; init; } = [];

    /// <summary>Names of sources whose tokens need not expire.</summary>
    public IReadOnlyList<string> EndlessSources { get; init; } = [];

    /// <summary>Reads the settings of the sources; faults stay with the reader.</summary>
    /// <param name="settings">The plugin's section.</param>
    public static AuthSettings Read(SettingsReader settings)
    {
        var token = TokenReader.Read(settings.Section("Token"));
        var roles = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var rolesSection = settings.Section("Roles");
        foreach (var role in rolesSection.Keys)
        {
            roles[role] = rolesSection.Texts(role) ?? [];
            GrantSettings.CheckPermissions(settings, $"Roles:{role}", roles[role]);
        }

        var (sources, names, endless, files) = (new List<SourcePlan>(), new List<string>(), new List<string>(), new List<Action>());
        foreach (var (key, section) in settings.Sections("Sources", "Type", Enum.GetNames<SourceType>()))
        {
            var name = section.Text("Name", section.Text("Type", key).ToLowerInvariant());
            if (names.Contains(name))
            {
                section.Fault("Name", $"has to be set to another one than that of the sources before, which is \"{LogText.Escape(name)}\"");
            }

            if (name.Length > 64)
            {
                section.Fault("Name", "has more than 64 characters");
            }

            names.Add(name);
            if (ReadSource(section, name, roles.Keys, endless, files) is { } source)
            {
                sources.Add(source);
            }
        }

        var allowsAnonymous = settings.Flag("AllowAnonymous", false);
        if (names.Count == 0 && !allowsAnonymous)
        {
            settings.Fault("Sources", "is empty, so that nobody could come in; whoever wants to let everybody in sets AllowAnonymous to true");
        }

        if (names.Count > MaxSources)
        {
            settings.Fault("Sources", $"has more than {MaxSources} sources");
        }

        var anonymousPermissions = settings.Texts("AnonymousPermissions") ?? [];
        GrantSettings.CheckPermissions(settings, "AnonymousPermissions", anonymousPermissions);
        var rules = settings.Sections("Namespaces").Select(item => NamespaceRule.Read(item.Settings, names, allowsAnonymous)).ToList();
        return new AuthSettings
        {
            Token = token,
            Sources = sources,
            Namespaces = [.. rules.OfType<NamespaceRule>()],
            AllowAnonymous = allowsAnonymous,
            AnonymousAccess = RulesOf(anonymousPermissions),
            Roles = roles,
            EndlessSources = endless,
            FileChecks = files,
        };
    }

    /// <summary>Reads the files that a start reads later, and that may come later still; faults stay with the reader of the settings.</summary>
    public void CheckFiles()
    {
        foreach (var check in FileChecks)
        {
            check();
        }
    }

    /// <summary>The rule for a namespace.</summary>
    /// <param name="nsp">The namespace.</param>
    public NamespaceRule? RuleOf(string nsp)
    {
        foreach (var rule in Namespaces)
        {
            if (rule.IsFor(nsp))
            {
                return rule;
            }
        }

        return null;
    }

    /// <summary>Of malformed ones there is a fault already.</summary>
    private static AccessRules RulesOf(IReadOnlyList<string> permissions)
    {
        try
        {
            return AccessRules.Parse(permissions);
        }
        catch (FormatException)
        {
            return AccessRules.Parse([]);
        }
    }

    private static SourcePlan? ReadSource(SettingsReader section, string name, IReadOnlyCollection<string> roles, List<string> endless, List<Action> files)
    {
        if (section.Text("Type") is null)
        {
            section.NeededText("Type");
            section.Leave();
            return null;
        }

        if (!section.TryChoice("Type", SourceType.Jwt, out var type))
        {
            section.Leave();
            return null;
        }

        switch (type)
        {
            case SourceType.Jwt:
                var jwt = JwtSettings.Read(section, name, roles);
                if (!jwt.RequireExpiry)
                {
                    endless.Add(name);
                }

                if (jwt.Jwks?.File is { } file)
                {
                    files.Add(() => JwksKeys.CheckFile(section.Section("Jwks"), file));
                }

                return new SourcePlan(name, services => new JwtSource(jwt, jwt.Jwks is null ? null : new JwksKeys(jwt.Jwks, name, services.Time, services.Logger), services.Grants, services.Time))
                {
                    GoesOn = jwt.GoesOn,
                    WhyNext = jwt.Issuer is null ? "it is no JSON Web Token, or there are no keys" : $"it is no JSON Web Token, its iss is another one than {LogText.Escape(jwt.Issuer)}, or there are no keys",
                };
            case SourceType.ApiKey:
                var keys = ApiKeySource.Read(section, roles);
                return new SourcePlan(name, services => new ApiKeySource(name, keys, services.Grants, services.Time)) { WhyNext = "it is no key of the form id.secret" };
            case SourceType.Bus:
                var (bus, subject) = (CalloutSettings.Read(section, name, needsSecret: true, roles), section.Text("Subject", "decide"));
                if (!BusSubject.IsValid(subject))
                {
                    section.Fault("Subject", "is no subject: tokens of visible ASCII without * and >, joined by dots");
                }

                return new SourcePlan(name, services => new BusSource(bus, subject, services)) { AsksOthers = true, GoesOn = bus.GoesOn };
            default:
                var (http, address, allowsHttp) = (CalloutSettings.Read(section, name, needsSecret: false, roles), section.NeededText("Url"), section.Flag("AllowHttp", false));
                var url = address.Length == 0 ? null : HttpAddress.Read(section, "Url", address, allowsHttp);
                return url is null ? null : new SourcePlan(name, services => new HttpSource(http, url, services)) { AsksOthers = true, GoesOn = http.GoesOn };
        }
    }

    private enum SourceType
    {
        Jwt,
        ApiKey,
        Http,
        Bus,
    }
}
