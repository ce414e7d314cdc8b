namespace Sockeye.Hosting;

/// <summary>What somebody may have meant who wrote a key that does not exist.</summary>
/// <remarks>Only what is near is named: a guess that is wrong sends the reader away. Case and punctuation do not count, nor does a group that was left out.</remarks>
internal static class OptionSuggestion
{
    private const int MostNamed = 3;
    private const string Root = "Sockeye:";

    // What the same thing is called elsewhere: command lines of web servers, Socket.IO on Node, ASP.NET.
    private static readonly (string Key, string[] Names)[] s_otherNames =
    [
        ("Urls", ["url", "port", "ports", "host", "hostname", "listen", "address", "addresses", "bind", "ip", "endpoint", "httpport", "httpports"]),
        ("Engine:Cors:Origins", ["cors", "origin", "allowedorigins", "corsorigin", "corsorigins", "allowedhosts"]),
        ("Engine:MaxPayloadBytes", ["maxhttpbuffersize", "maxmessagesize", "maximumreceivemessagesize"]),
        ("Engine:PingInterval", ["heartbeat", "keepalive", "keepaliveinterval"]),
        ("Engine:PingTimeout", ["timeout", "clienttimeoutinterval"]),
        ("Engine:InitialMessage", ["initialpacket"]),
        ("Engine:MemoryBudgetBytes", ["memory"]),
        ("Engine:Cookie:Name", ["cookies"]),
        ("ServeClientFrom", ["serveclient"]),
        ("EventLoops", ["threads", "workers", "loops"]),
        ("MaxConnections", ["connections", "clients"]),
        ("Cluster:Nats:Servers", ["nats", "natsurl", "natsserver", "natsservers", "clusterurl", "clusterserver", "clusterservers"]),
        ("Servers", ["port", "host", "hostname", "address", "addresses", "url", "urls", "endpoint"]),
        ("User", ["username"]),
        ("Password", ["pass", "pwd"]),
        ("Logging:LogLevel:Default", ["log", "loglevel", "verbosity", "verbose"]),
    ];

    /// <summary>The end of the sentence about an unknown key.</summary>
    /// <param name="name">The key, as it was written.</param>
    /// <param name="known">The settings that there are.</param>
    /// <param name="foreign">Groups of others, which know themselves what stands below.</param>
    /// <param name="otherwise">What is said where nothing is near.</param>
    /// <param name="prefix">What stands in front of all of these keys, so that what is named can be written as it is.</param>
    public static string For(string name, IEnumerable<string> known, IReadOnlyList<string> foreign, string otherwise = "docs/configuration.md lists all keys", string prefix = "")
    {
        if (WithoutRoot(name) is { } own && known.Concat(foreign).Any(key => own.IsBelow(key)))
        {
            return $"here it is {own}, without {Root} in front, which belongs to hosts of one's own";
        }

        string[] meant = [.. Near(name, known, foreign).Select(key => prefix + key)];
        return meant.Length switch
        {
            0 => otherwise,
            1 => $"did you mean {Shown(meant[0])}?",
            _ => $"did you mean {string.Join(", ", meant.SkipLast(1))} or {meant[^1]}?",
        };
    }

    /// <summary>The settings, or the groups of others, that may have been meant; none: nothing is near.</summary>
    /// <inheritdoc cref="For" path="/param" />
    public static IReadOnlyList<string> Near(string name, IEnumerable<string> known, IReadOnlyList<string> foreign)
    {
        var written = Plain(name);
        var last = Plain(Last(name));
        string[] settings = [.. known];
        string[] candidates = [.. settings, .. foreign];
        if (s_otherNames.FirstOrDefault(other => (other.Names.Contains(written) || other.Names.Contains(last)) && candidates.Any(other.Key.IsBelow)).Key is { } other)
        {
            return [other];
        }

        var ranked = settings.Select(candidate => (Key: candidate, Distance: Distance(name, candidate)))
            .Concat(foreign.Select(group => Below(name, group)))
            .Where(static near => near.Distance is not null).ToList();
        if (ranked.Count > 0)
        {
            var least = ranked.Min(near => near.Distance);
            return [.. ranked.Where(near => near.Distance == least).Select(near => near.Key).Take(MostNamed)];
        }

        // A part of a name: Engine:Ping, Payload.
        List<string> holding = written.Length < 4 ? [] : [.. candidates.Where(candidate => Plain(candidate).Contains(written, StringComparison.Ordinal))];
        return holding.Count <= MostNamed ? holding : [];
    }

    // How the same key is written in a host of an application.
    private static string? WithoutRoot(string name) => name.StartsWith(Root, StringComparison.OrdinalIgnoreCase) ? name[Root.Length..] : null;

    private static bool IsBelow(this string key, string group) => key.Equals(group, StringComparison.OrdinalIgnoreCase) || key.StartsWith(group + ":", StringComparison.OrdinalIgnoreCase);

    // The group with what stands below it in the name, if that begins nearly so.
    private static (string Key, int? Distance) Below(string name, string group)
    {
        var steps = name.Split(':');
        var depth = group.Count(static letter => letter == ':') + 1;
        return (string.Join(':', [group, .. steps.Skip(depth)]), Distance(string.Join(':', steps.Take(depth)), group));
    }

    // Null where the two are not near: more than a quarter of the letters differs.
    private static int? Distance(string name, string candidate)
    {
        var written = Plain(name);
        var last = Plain(Last(name));
        var whole = Plain(candidate);
        var end = Plain(Last(candidate));
        var nearest = int.MaxValue;
        Try(written, whole, 0);
        Try(written, end, 0);                                      // the group was left out
        Try(last, end, name.Contains(':', StringComparison.Ordinal) ? 1 : 0); // or is another one
        return nearest == int.MaxValue ? null : nearest;

        void Try(string a, string b, int more)
        {
            // One of several, or several of one.
            var distance = Math.Min(EditDistance.Of(a, b), EditDistance.Of(a.TrimEnd('s'), b.TrimEnd('s')));
            if (distance <= Math.Max(1, b.Length / 4) && distance < Math.Min(a.Length, b.Length))
            {
                nearest = Math.Min(nearest, distance + more);
            }
        }
    }

    private static string Shown(string key) => key == "Urls" ? "Urls, such as http://127.0.0.1:3000" : key;

    private static string Last(string key) => key[(key.LastIndexOf(':') + 1)..];

    private static string Plain(string key) => new([.. key.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant)]);
}
