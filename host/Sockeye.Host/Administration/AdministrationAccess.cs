using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Sockeye.EngineIO.Http;

namespace Sockeye.Host.Administration;

/// <summary>What is said of a request to the listener of operators.</summary>
/// <param name="Status">200, or the status that refuses it.</param>
/// <param name="Who">Whose it is, for the log: a user, <c>token NAME</c>, or <c>anybody</c> where no credentials are asked for.</param>
internal readonly record struct AdministrationVerdict(int Status, string Who)
{
    /// <summary>Where no credentials are asked for.</summary>
    public const string Anybody = "anybody";

    public bool IsAllowed => Status == 200;
}

/// <summary>Who may administer: users with a password (HTTP Basic) and tokens (Bearer); without either everybody on this machine.</summary>
/// <remarks>
/// <para>Any thread; lives as long as the host. Passwords are checked on the thread pool, one at a time, and one that was right is remembered for <see cref="RememberFor"/> by a keyed digest,
/// since browsers send it with each request and bcrypt is slow on purpose.</para>
/// <para><b>Limits.</b> At most <see cref="MaxWaiting"/> passwords wait to be checked, further ones get 503; an address that has failed <see cref="MaxFailures"/> times within a minute gets 429
/// unless it sends what is remembered; the addresses of one /64 of IPv6, which is what one subscriber has, count as one. At most <see cref="MaxRemembered"/> digests and addresses are held.</para>
/// <para>Requests that browsers send for other sites are refused: by the name in Host where no credentials are asked for (DNS rebinding), and by Origin where something is changed (forged requests).</para>
/// </remarks>
internal sealed class AdministrationAccess(AdministrationSettings settings, TimeProvider time, Func<string, string, bool> verify) : IDisposable
{
    /// <summary>Passwords that may wait to be checked. Own: a second's worth or two.</summary>
    public const int MaxWaiting = 16;

    /// <summary>Wrong credentials of one address within <see cref="FailureWindow"/>. Own: a few mistyped passwords.</summary>
    public const int MaxFailures = 10;

    /// <summary>Digests of right passwords, and addresses that have failed, each.</summary>
    public const int MaxRemembered = 1_024;

    /// <summary>How long a right password is not checked again.</summary>
    public static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(5);

    /// <summary>Within which time failures of an address count together.</summary>
    public static readonly TimeSpan FailureWindow = TimeSpan.FromMinutes(1);

    private AdministrationSettings _settings = settings;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long At, string Who)> _right = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, (long Since, int Count)> _failures = [];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _waiting;
    private int _version;

    private AdministrationSettings Settings => Volatile.Read(ref _settings);

    /// <summary>Hears who may no longer, as verdicts name them, after others may; null: nobody. Any thread.</summary>
    public Action<IReadOnlyCollection<string>>? Removed { get; set; }

    /// <summary>Others may from now on, and nobody is remembered.</summary>
    /// <returns>False: they name nobody, and those of before did. The listener may still be where other machines reach it, so the last ones go with the next start.</returns>
    public bool TryTake(AdministrationSettings settings)
    {
        string[] removed;
        lock (_lock)
        {
            var before = Settings;
            if (before.HasCredentials && !settings.HasCredentials)
            {
                return false;
            }

            removed = [.. Removing(before, settings)];
            Volatile.Write(ref _settings, settings);
            Interlocked.Increment(ref _version);
            _right.Clear();
        }

        if (removed.Length > 0)
        {
            Removed?.Invoke(removed);
        }

        return true;
    }

    // Whoever has another password or token is told to say it.
    private static IEnumerable<string> Removing(AdministrationSettings before, AdministrationSettings after) =>
    [
        .. before.Users.Where(user => after.Users.GetValueOrDefault(user.Key) != user.Value).Select(static user => user.Key),
        .. before.Tokens.Where(token => after.Tokens.GetValueOrDefault(token.Key)?.AsSpan().SequenceEqual(token.Value) != true).Select(static token => NameOf(token.Key)),
        .. !before.HasCredentials && after.HasCredentials ? new[] { AdministrationVerdict.Anybody } : [],
    ];

    private static string NameOf(string token) => $"token {token}";

    /// <summary>Looks at a request on the loop of its connection; goes on there.</summary>
    public ValueTask<AdministrationVerdict> CheckAsync(HttpExchange exchange)
    {
        if (IsOfAnotherSite(exchange))
        {
            return new(new AdministrationVerdict(403, ""));
        }

        return !Settings.HasCredentials
            ? new(new AdministrationVerdict(IsNamedAsLocal(exchange.Header("Host")) ? 200 : 421, AdministrationVerdict.Anybody))
            : CheckAsync(exchange.Header("Authorization"), exchange.RemoteEndPoint.Address);
    }

    /// <summary>Looks at credentials as the header <c>Authorization</c> has them.</summary>
    /// <param name="authorization">The header; null: there is none.</param>
    /// <param name="address">Who sends it.</param>
    public async ValueTask<AdministrationVerdict> CheckAsync(string? authorization, IPAddress address)
    {
        if (authorization?.Split(' ', 2) is not [var scheme, var value])
        {
            return new(401, "");
        }

        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return IsSlowed(address) ? new(429, "") : OfToken(value) is { } name ? new(200, NameOf(name)) : Failed(address);
        }

        return scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) && Split(value) is var (user, password)
            ? await CheckPasswordAsync(user, password, address)
            : Failed(address);
    }

    /// <summary>Looks at a user's password, as a page may send it by other ways than the header.</summary>
    public async ValueTask<AdministrationVerdict> CheckPasswordAsync(string user, string password, IPAddress address)
    {
        var digest = Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user}\0{password}")));
        if (Remembered(digest) is { } known)
        {
            return new(200, known);
        }

        if (IsSlowed(address))
        {
            return new(429, "");
        }

        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return new(503, "");
        }

        try
        {
            await _turn.WaitAsync();
            try
            {
                // Those before it may have been guesses of the same address.
                if (IsSlowed(address))
                {
                    return new(429, "");
                }

                var users = Settings;
                var hash = users.Users.GetValueOrDefault(user);
                var isRight = await Task.Run(() => verify(password, hash ?? users.SlowestHash));
                return isRight && hash is not null && TryRemember(digest, user, hash) ? new(200, user) : Failed(address);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Another number each time that others may: what was given before holds no longer.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Whether somebody has to say who he is.</summary>
    public bool HasCredentials => Settings.HasCredentials;

    /// <summary>Whether a page may speak to the Socket.IO end point: it is of this listener or of this machine, or, where somebody has to say who he is, of an origin that is allowed. Who sends no Origin is no page of another site.</summary>
    /// <param name="origin">The header Origin; null: there is none.</param>
    /// <param name="host">The header Host.</param>
    /// <param name="allowed">Other origins; <c>*</c>: all.</param>
    public bool AllowsPage(string? origin, string? host, IReadOnlyList<string> allowed) =>
        (Settings.HasCredentials || IsNamedAsLocal(host))
        && (origin is null || AdminUiAccess.IsLocal(origin) || IsOf(origin, host) || (Settings.HasCredentials && (allowed.Contains("*") || allowed.Contains(origin))));

    public void Dispose() => _turn.Dispose();

    private static (string User, string Password)? Split(string value)
    {
        var bytes = new byte[value.Length];
        if (!Convert.TryFromBase64String(value, bytes, out var length))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }

    /// <summary>Whether an address is of <c>localhost</c> or a loopback address.</summary>
    // Uri takes the name loopback for localhost as well, but no system keeps it from a server of names.
    public static bool IsThisMachine(Uri address) => address.IsLoopback && !address.OriginalString.Contains("loopback", StringComparison.OrdinalIgnoreCase);

    // A page of another site makes browsers send what it likes, with the credentials that they remember; they say in Origin whose page it is.
    private static bool IsOfAnotherSite(HttpExchange exchange) =>
        exchange.Head.Method is not (Protocol.Http.HttpMethod.Get or Protocol.Http.HttpMethod.Head)
        && exchange.Header("Origin") is { } origin
        && !IsOf(origin, exchange.Header("Host"));

    private static bool IsOf(string origin, string? host) => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, host, StringComparison.OrdinalIgnoreCase);

    // A name of somebody else's that leads to this machine would make his page one of this origin.
    private static bool IsNamedAsLocal(string? host) =>
        Uri.TryCreate($"http://{host}", UriKind.Absolute, out var uri) && (IsThisMachine(uri) || (!uri.IsLoopback && IPAddress.TryParse(uri.Host.Trim('[', ']'), out _)));

    private string? OfToken(string token)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        string? found = null;
        foreach (var (name, known) in Settings.Tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(digest, known))
            {
                found = name;
            }
        }

        return found;
    }

    private string? Remembered(string digest)
    {
        lock (_lock)
        {
            return _right.TryGetValue(digest, out var entry) && time.GetElapsedTime(entry.At) <= RememberFor ? entry.Who : null;
        }
    }

    /// <returns>False: the user went, or got another password, while this one was checked.</returns>
    private bool TryRemember(string digest, string user, string hash)
    {
        lock (_lock)
        {
            if (Settings.Users.GetValueOrDefault(user) != hash)
            {
                return false;
            }

            Forget(_right, entry => time.GetElapsedTime(entry.At) > RememberFor);
            _right[digest] = (time.GetTimestamp(), user);
            return true;
        }
    }

    private bool IsSlowed(IPAddress address)
    {
        lock (_lock)
        {
            return _failures.TryGetValue(Source(address), out var entry) && entry.Count >= MaxFailures && time.GetElapsedTime(entry.Since) <= FailureWindow;
        }
    }

    private AdministrationVerdict Failed(IPAddress address)
    {
        var source = Source(address);
        lock (_lock)
        {
            Forget(_failures, entry => time.GetElapsedTime(entry.Since) > FailureWindow);
            _failures.TryGetValue(source, out var entry);
            _failures[source] = entry.Count > 0 && time.GetElapsedTime(entry.Since) <= FailureWindow ? (entry.Since, entry.Count + 1) : (time.GetTimestamp(), 1);
        }

        return new(401, "");
    }

    private static IPAddress Source(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    // What is over goes when room is wanted, and all of it where that is not enough: the limit holds, and what is lost is asked for again.
    private static void Forget<TKey, TValue>(Dictionary<TKey, TValue> entries, Func<TValue, bool> isOver)
        where TKey : notnull
    {
        if (entries.Count < MaxRemembered)
        {
            return;
        }

        foreach (var (key, _) in entries.Where(entry => isOver(entry.Value)).ToArray())
        {
            entries.Remove(key);
        }

        if (entries.Count >= MaxRemembered)
        {
            entries.Clear();
        }
    }
}
