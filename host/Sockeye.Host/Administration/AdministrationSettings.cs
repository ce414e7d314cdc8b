using System.Net;
using Microsoft.Extensions.Configuration;
using Sockeye.EngineIO.Http;
using Sockeye.Hosting;
using Sockeye.Transport;

namespace Sockeye.Host.Administration;

/// <summary>The section <c>Administration</c>: where operators reach the host, and who they are. Beside these keys it takes every option of a server but <c>Listeners</c>, since its listener is one of its own.</summary>
/// <remarks>Read once, before anything starts; immutable afterwards.</remarks>
internal sealed class AdministrationSettings
{
    /// <summary>The section, and without case the key of the server that listens for operators.</summary>
    public const string Section = "Administration";

    /// <summary>Where it listens unless something else is said: nobody of another machine reaches it.</summary>
    public const string DefaultUrl = "http://127.0.0.1:3900";

    /// <summary>Connections of operators, probes and collectors at one time. Own: some pages, and a collector or two.</summary>
    public const int DefaultConnections = 256;

    private const string ListenersName = nameof(SockeyeServerOptions.Listeners);
    private const string UsersName = "Users";
    private const string TokensName = "Tokens";

    private static readonly string[] s_own = [UsersName, TokensName, .. HealthRules.Keys];

    private AdministrationSettings(IConfigurationSection section, IReadOnlyDictionary<string, string> users, IReadOnlyDictionary<string, byte[]> tokens, HealthRules health)
    {
        Configuration = section;
        Users = users;
        Tokens = tokens;
        Health = health;
        SlowestHash = users.Values.MaxBy(PasswordHash.Cost) ?? PasswordHash.Nobody;
    }

    /// <summary>Where the options of the server stand.</summary>
    public IConfigurationSection Configuration { get; }

    /// <summary>The bcrypt hash of each user's password, by name.</summary>
    public IReadOnlyDictionary<string, string> Users { get; }

    /// <summary>What the password of a user who does not exist is checked against, so that he takes as long as one who does: the hash of the highest cost.</summary>
    public string SlowestHash { get; }

    /// <summary>The SHA-256 of each token, by the name under which it is logged.</summary>
    public IReadOnlyDictionary<string, byte[]> Tokens { get; }

    /// <summary>What makes the probes fail.</summary>
    public HealthRules Health { get; }

    /// <summary>Whether somebody has to say who he is.</summary>
    public bool HasCredentials => Users.Count + Tokens.Count > 0;

    /// <summary>Keys of the section that are no options of a server.</summary>
    public static IReadOnlyList<string> OwnKeys => s_own;

    /// <summary>What holds where the section says nothing.</summary>
    /// <remarks>One loop of its own, so that it answers while the loops of clients stand still; and no time for a drain, since nobody there plays.</remarks>
    public static void Defaults(SockeyeServerOptions options)
    {
        options.Urls = [DefaultUrl];
        options.EventLoops = 1;
        options.MaxConnections = DefaultConnections;
        options.DrainTime = TimeSpan.Zero;
        options.StopTimeout = TimeSpan.FromSeconds(1);
    }

    /// <summary>Reads the section.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="inherited">Sockets that it listens on in the place of urls.</param>
    /// <returns>Null: there is no such section, and the host has no listener for operators.</returns>
    /// <exception cref="SockeyeConfigurationException">The section has faults; all of them are named.</exception>
    public static AdministrationSettings? Read(IConfiguration settings, params IReadOnlyList<InheritedListener> inherited)
    {
        var section = settings.GetSection(Section);
        if (!section.Exists())
        {
            // Empty is as good as not there to the configuration, and whoever writes it means the defaults.
            return settings.GetChildren().Any(static child => child.Key.Equals(Section, StringComparison.OrdinalIgnoreCase))
                ? throw new SockeyeConfigurationException([$"{Section}: is empty, so that operators would have no listener; write {Section}:Urls, such as {DefaultUrl}, or leave the section out where that is meant"])
                : null;
        }

        if (section.Value is not null) // an empty list is an empty text here
        {
            throw new SockeyeConfigurationException([$"{Section}: is a group of settings and takes no value of its own; --admin turns it on, {Section}:Urls says where"]);
        }

        List<string> faults = [];
        SockeyeServerOptions options = new();
        Defaults(options);
        try
        {
            options.Bind(section, [.. s_own, ListenersName]);
        }
        catch (SockeyeConfigurationException faulty)
        {
            faults.AddRange(faulty.Faults.Select(InSection));
        }

        if (section.GetSection(ListenersName).Exists())
        {
            // Who may reach them would have to be said for each.
            faults.Add($"{Section}:{ListenersName}: operators have one listener; {Section}:Urls says where it is, and {ListenersName} of the server are for clients");
        }

        if (inherited.Count == 0)
        {
            faults.AddRange(SharedPorts(settings, options.Urls));
        }

        var users = ReadUsers(section.GetSection(UsersName), faults);
        var tokens = ReadTokens(section.GetSection(TokensName), faults);
        var health = HealthRules.Read(section, faults);
        if (users.Count + tokens.Count == 0)
        {
            faults.AddRange(options.Urls.Where(static url => ServerUrl.Fault(url) is null && !ServerUrl.IsLoopback(url)).Select(static url =>
                $"{Section}:Urls: '{url}' is reached from other machines, so somebody has to be named who may: {Section}:{UsersName} or {Section}:{TokensName} (docs/administration.md)"));
            faults.AddRange(inherited.Where(static listener => !IPAddress.IsLoopback(listener.EndPoint.Address)).Select(static listener =>
                $"{Section}: the socket on {listener.EndPoint} that was handed over is reached from other machines, so somebody has to be named who may: {Section}:{UsersName} or {Section}:{TokensName} (docs/administration.md)"));
        }

        return faults.Count == 0 ? new AdministrationSettings(section, users, tokens, health) : throw new SockeyeConfigurationException(faults);
    }

    /// <summary>What is wrong with the section, a sentence for each fault; empty if there are none, or no section.</summary>
    public static IReadOnlyList<string> Faults(IConfiguration settings)
    {
        try
        {
            Read(settings);
            return [];
        }
        catch (SockeyeConfigurationException faulty)
        {
            return faulty.Faults;
        }
    }

    // Of clients, operators would get what they ask for, or the other way round, where both may listen (ReusePort); elsewhere the start would end as if another program had the port.
    private static IEnumerable<string> SharedPorts(IConfiguration settings, IEnumerable<string> urls)
    {
        SockeyeServerOptions clients = new();
        _ = clients.Check(settings, HostCluster.IsSet(settings), HostConfiguration.OwnKeys); // what is wrong with them is told elsewhere
        (string Key, string Url)[] taken = [.. clients.Urls.Select(static url => ("Urls", url)), .. clients.Listeners.Where(static listener => listener.Value.Url is not null).Select(static listener => ($"Listeners:{listener.Key}:Url", listener.Value.Url!))];
        return from url in urls.Where(static url => ServerUrl.Fault(url) is null)
               let clash = Array.Find(taken, other => ServerUrl.Fault(other.Url) is null && ServerUrl.Parse(other.Url).Any(one => ServerUrl.Parse(url).Any(mine => ServerUrl.Collide(one, mine))))
               where clash.Url is not null
               select $"{Section}:Urls: '{url}' and '{clash.Url}' of {clash.Key} are the same port of one address; operators need one of their own";
    }

    // What was meant stands in the section too; an example of clients is none for operators.
    private static string InSection(string fault)
    {
        const string meant = "did you mean ";
        var at = fault.IndexOf(meant, StringComparison.Ordinal);
        if (at < 0 || !fault.EndsWith('?'))
        {
            return $"{Section}:{fault}";
        }

        at += meant.Length;
        var names = fault[at..^1].Split(", such as ")[0].Split([", ", " or "], StringSplitOptions.None);
        return $"{Section}:{fault[..at]}{string.Join(" or ", names.Select(static name => $"{Section}:{name}"))}?";
    }

    // Whoever writes one believes to have named somebody.
    private static void FindValue(IConfigurationSection section, List<string> faults)
    {
        if (section.Value is not null)
        {
            faults.Add($"{section.Path}: is a group with a name and a value for each, such as {section.Path}:name");
        }
    }

    private static Dictionary<string, string> ReadUsers(IConfigurationSection section, List<string> faults)
    {
        Dictionary<string, string> users = new(StringComparer.Ordinal);
        FindValue(section, faults);
        foreach (var user in section.GetChildren())
        {
            if (user.Key.Contains(':', StringComparison.Ordinal) || user.Value is null)
            {
                faults.Add($"{user.Path}: is not a name with the bcrypt hash of a password");
            }
            else if (PasswordHash.Fault(user.Value) is { } fault)
            {
                faults.Add($"{user.Path}: {fault}");
            }
            else
            {
                users[user.Key] = user.Value;
            }
        }

        return users;
    }

    private static Dictionary<string, byte[]> ReadTokens(IConfigurationSection section, List<string> faults)
    {
        Dictionary<string, byte[]> tokens = new(StringComparer.Ordinal);
        FindValue(section, faults);
        foreach (var token in section.GetChildren())
        {
            if (token.Value is { Length: 64 } text && text.All(char.IsAsciiHexDigit))
            {
                tokens[token.Key] = Convert.FromHexString(text);
            }
            else
            {
                faults.Add($"{token.Path}: is not a name with the SHA-256 of a token, which is 64 hexadecimal digits: {HostHelp.Name} token hash makes it");
            }
        }

        return tokens;
    }
}
