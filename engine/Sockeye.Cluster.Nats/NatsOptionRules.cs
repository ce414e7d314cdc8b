using System.Net;
using NATS.NKeys;

namespace Sockeye.Cluster.Nats;

/// <summary>The rules that options of the bus keep, and what they mean where they leave it open. It has no state.</summary>
internal static class NatsOptionRules
{
    /// <summary>The name of a cluster that has none.</summary>
    public const string DefaultName = "default";

    private const int MaxName = 255;
    private const int MaxServers = 32;

    public static List<NatsFault> Check(NatsBusOptions options)
    {
        List<NatsFault> faults = [];
        CheckRanges(options, faults);
        CheckCredentials(options, faults);
        CheckFile(options.CaFile, nameof(options.CaFile), faults);
        CheckFile(options.CertificateFile, nameof(options.CertificateFile), faults);
        CheckFile(options.KeyFile, nameof(options.KeyFile), faults);
        if (options.CertificateFile is null != options.KeyFile is null)
        {
            faults.Add(new NatsFault($"{nameof(options.CertificateFile)} and {nameof(options.KeyFile)} belong together: one of them is missing.", nameof(options.CertificateFile), nameof(options.KeyFile)));
        }

        faults.AddRange(NatsTls.Check(options).Select(static fault => new NatsFault(fault)));
        CheckServers(options, faults);
        return faults;
    }

    /// <summary>An address taken apart; null: it is none.</summary>
    public static Uri? Parse(string server)
    {
        var text = server.Contains("://", StringComparison.Ordinal) ? server : "nats://" + server;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "nats" or "tls" && uri.Host.Length > 0 && uri.AbsolutePath is "/" or "" && uri.Query.Length == 0 && uri.Fragment.Length == 0 ? uri : null;
    }

    /// <summary>Whether a host is this machine. A name that is not <c>localhost</c> is not looked up: who answers for it may change.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether TLS is a must on this machine's addresses too.</summary>
    public static bool WantsTls(NatsBusOptions options) => options.Tls
        ?? (options.CaFile ?? options.CertificateFile) is not null || options.Servers.Any(static server => Parse(server)?.Scheme == "tls")
            || (!options.AllowPlaintext && options.Servers.Any(static server => Parse(server) is { } uri && !IsLoopback(uri.Host)));

    /// <summary>User and password, or a token, that stand in an address; null: none do.</summary>
    public static string? UserInfo(NatsBusOptions options) => options.Servers.Select(static server => Parse(server)?.UserInfo).FirstOrDefault(static info => !string.IsNullOrEmpty(info));

    /// <summary>Whether a node says nothing of who it is.</summary>
    public static bool IsAnonymous(NatsBusOptions options) =>
        (options.User ?? options.Token ?? options.NKeySeed ?? options.CredentialsFile ?? options.CertificateFile ?? UserInfo(options)) is null;

    /// <summary>An address as it may be shown.</summary>
    public static string Shown(Uri uri) => $"{uri.Scheme}://{uri.Host}:{(uri.Port > 0 ? uri.Port : 4222)}";

    private static void CheckServers(NatsBusOptions options, List<NatsFault> faults)
    {
        if (options.Servers is not { Count: > 0 and <= MaxServers })
        {
            faults.Add(new NatsFault($"{nameof(options.Servers)}: 1 to {MaxServers} addresses, such as nats://127.0.0.1:4222."));
            return;
        }

        foreach (var server in options.Servers)
        {
            if (server is null || Parse(server) is not { } uri)
            {
                // It may have a password in it.
                faults.Add(new NatsFault($"{nameof(options.Servers)}: an address of NATS is such as nats://127.0.0.1:4222 or tls://nats.example:4222, and '{server?.Split('@')[^1]}' is none."));
                continue;
            }

            if (!IsLoopback(uri.Host) && !WantsTls(options) && !options.AllowPlaintext)
            {
                faults.Add(new NatsFault($"{Shown(uri)} is another machine, and without TLS all that nodes say could be read and changed on the way: let {nameof(options.Tls)} be true, or set {nameof(options.AllowPlaintext)} where the network itself is protected.", nameof(options.Tls), nameof(options.AllowPlaintext)));
            }

            if (!IsLoopback(uri.Host) && IsAnonymous(options) && !options.AllowAnonymous)
            {
                faults.Add(new NatsFault($"{Shown(uri)} is another machine, and without credentials whoever reaches it is a node: give {nameof(options.User)} and {nameof(options.Password)}, {nameof(options.Token)}, {nameof(options.NKeySeed)}, {nameof(options.CredentialsFile)} or {nameof(options.CertificateFile)}, or set {nameof(options.AllowAnonymous)}.", nameof(options.User), nameof(options.Password), nameof(options.Token), nameof(options.NKeySeed), nameof(options.CredentialsFile), nameof(options.CertificateFile), nameof(options.AllowAnonymous)));
            }
        }

        if (options.Servers.Where(static server => server is not null).Select(static server => Parse(server)?.UserInfo).Where(static info => !string.IsNullOrEmpty(info)).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            faults.Add(new NatsFault($"{nameof(options.Servers)}: the addresses have different users; a bus has one."));
        }
    }

    private static void CheckCredentials(NatsBusOptions options, List<NatsFault> faults)
    {
        string?[] kinds = [options.User, options.Token, options.NKeySeed, options.CredentialsFile, options.Servers is null ? null : UserInfo(options)];
        if (kinds.Count(static kind => kind is not null) > 1)
        {
            faults.Add(new NatsFault($"{nameof(options.User)}, {nameof(options.Token)}, {nameof(options.NKeySeed)}, {nameof(options.CredentialsFile)} and a user in an address exclude each other."));
        }

        if (options.User is null != options.Password is null)
        {
            faults.Add(new NatsFault($"{nameof(options.User)} and {nameof(options.Password)} belong together: one of them is missing.", nameof(options.User), nameof(options.Password)));
        }

        if (options.NKeySeed is { } seed && !IsSeed(seed))
        {
            faults.Add(new NatsFault($"{nameof(options.NKeySeed)} is no seed of a user: it begins with SU and has 58 characters."));
        }

        CheckFile(options.CredentialsFile, nameof(options.CredentialsFile), faults);
        if (options.CredentialsFile is { } file && NamedFile.HasContent(file) && !IsCredentials(file))
        {
            faults.Add(new NatsFault($"{nameof(options.CredentialsFile)}: '{file}' has no JWT of a user with its seed, or cannot be read."));
        }
    }

    private static bool IsCredentials(string file)
    {
        try
        {
            var text = File.ReadAllText(file);
            return text.Contains("BEGIN NATS USER JWT", StringComparison.Ordinal) && text.Contains("BEGIN USER NKEY SEED", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsSeed(string seed)
    {
        try
        {
            using var pair = KeyPair.FromSeed(seed);
            return seed.StartsWith("SU", StringComparison.Ordinal);
        }
#pragma warning disable CA1031 // What it throws for what is no seed is its own affair; the seed must not be shown.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private static void CheckFile(string? path, string name, List<NatsFault> faults)
    {
        if (path is not null && !NamedFile.HasContent(path))
        {
            faults.Add(new NatsFault(File.Exists(path) ? $"{name}: '{path}' {NamedFile.NoContent}." : $"{name}: there is no file '{path}'."));
        }
    }

    private static void CheckRanges(NatsBusOptions options, List<NatsFault> faults)
    {
        if (options.Name is { Length: 0 or > MaxName })
        {
            faults.Add(new NatsFault($"{nameof(options.Name)} is 1 to {MaxName} characters."));
        }

        var second = TimeSpan.FromSeconds(1);
        Range(options.ConnectTimeout, second / 10, 60 * second, nameof(options.ConnectTimeout));
        Range(options.StartTimeout, second / 10, 3600 * second, nameof(options.StartTimeout));
        Range(options.ProbeInterval, second / 10, 600 * second, nameof(options.ProbeInterval));
        Range(options.ReconnectWait, second / 20, 600 * second, nameof(options.ReconnectWait));
        Range(options.OutageTime, TimeSpan.Zero, 3600 * second, nameof(options.OutageTime));
        Range(options.OutageBytes, 0, 1 << 30, nameof(options.OutageBytes));
        Range(options.PendingMessages, 1, 1_000_000, nameof(options.PendingMessages));
        Range(options.PendingBytes, 1024, 1 << 30, nameof(options.PendingBytes));
        if (options.Time is null)
        {
            faults.Add(new NatsFault($"{nameof(options.Time)} is missing."));
        }

        void Range<T>(T value, T least, T most, string name)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            {
                faults.Add(new NatsFault(FormattableString.Invariant($"{name} is {value}; it is {least} to {most}.")));
            }
        }
    }
}

/// <summary>What is wrong with options of the bus.</summary>
/// <param name="Sentence">For whoever has set them.</param>
/// <param name="Missing">The options of which one would mend it, if it is there; none: something that is there is wrong.</param>
internal sealed record NatsFault(string Sentence, params IReadOnlyList<string> Missing);
