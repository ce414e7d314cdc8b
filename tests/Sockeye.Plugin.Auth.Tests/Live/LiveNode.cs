using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Live;
using Sockeye.Testing;

namespace Sockeye.Plugin.Auth.Tests.Live;

/// <summary>A server with the parts that work while clients are connected, behind a chain that is a table of tokens. Two of them on one bus are two nodes.</summary>
/// <remarks>The clocks of two nodes may differ by a second: a token that another node revokes is of that node.</remarks>
internal sealed class LiveNode : IAsyncDisposable
{
    private readonly List<ITimer> _timers = [];
    private readonly Meter _meter = new("auth");
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, long[]> _kept = new();
    private readonly ConditionalWeakTable<SockeyeSocket, SocketIdentity> _handed = [];

    public LiveNode(LiveOptions? options = null, IClusterBus? bus = null, ILoggerFactory? loggers = null)
    {
        Options = options ?? new LiveOptions();
        Bus = bus ?? new InProcessBus();
        _logger = (ILogger?)loggers?.CreateLogger("auth") ?? NullLogger.Instance;
        Server = new SockeyeTestServer(
            server =>
            {
                foreach (var name in new[] { "/", "/chat" })
                {
                    var nsp = server.Of(name);
                    nsp.Use(AdmitAsync);
                    nsp.Use(async _ =>
                    {
                        await AfterAdmission;
                        return ConnectResult.Accept;
                    });
                    nsp.UseEvent(e => Live!.OnEvent(e).Stops ? EventVerdict.Stop : EventVerdict.Continue);
                    nsp.OnDisconnect((socket, _) => Live!.OnDisconnect(socket));
                }
            },
            builder => builder.LoggerFactory = loggers);
        Live = Start(1);
    }

    public LiveOptions Options { get; }

    public IClusterBus Bus { get; }

    public SockeyeTestServer Server { get; }

    public LiveAuth Live { get; private set; }

    /// <summary>Who a token is of; a token that is not here is nobody's.</summary>
    public ConcurrentDictionary<string, SocketIdentity> Tokens { get; } = new();

    /// <summary>Whether who brings no token is let in.</summary>
    public bool AdmitsAnonymous { get; init; }

    /// <summary>What the chain waits for before it says what it has found.</summary>
    public Task BeforeAdmission { get; set; } = Task.CompletedTask;

    /// <summary>What the application waits for when the plugin has let somebody in.</summary>
    public Task AfterAdmission { get; set; } = Task.CompletedTask;

    /// <summary>What the chain waits for before it answers a refresh.</summary>
    public Task BeforeCheck { get; set; } = Task.CompletedTask;

    /// <summary>Thrown by the check of a refresh.</summary>
    public Exception? CheckFails { get; set; }

    /// <summary>Refreshes that the chain has been asked about.</summary>
    public int Checks { get; private set; }

    /// <summary>The last socket that the chain has been asked about.</summary>
    public SockeyeSocket? Pending { get; private set; }

    public DateTimeOffset Now => Server.Time.GetUtcNow();

    /// <summary>Makes a token.</summary>
    public SocketIdentity Issue(string token, string subject, TimeSpan? life = null, string[]? rooms = null, string? device = null, AccessRules? access = null)
    {
        List<SocketClaim> claims = [new(AuthClaims.Token, TokenTag.Of(token)), new("jti", "id of " + token), new("iat", $"{Now.ToUnixTimeSeconds()}"), .. (rooms ?? []).Select(room => new SocketClaim(AuthClaims.Room, room))];
        if (device is not null)
        {
            claims.Add(new SocketClaim("sid", device));
        }

        return Tokens[token] = new SocketIdentity(subject) { Claims = claims, ExpiresAt = life is { } time ? Now + time : null, Source = "table", Access = access };
    }

    public SockeyeTestClient Connect(string? token, string nsp = "/") => Server.Connect(nsp, token is null ? null : new Dictionary<string, string> { ["token"] = token });

    public void Revoke(RevocationKind kind, string value) => Live.Revoke(new Revocation(kind, value, Now.AddHours(1).ToUnixTimeMilliseconds(), kind == RevocationKind.User ? Now.ToUnixTimeSeconds() : long.MaxValue), "test");

    /// <summary>The next generation takes over, as after a reload.</summary>
    /// <param name="meanwhile">Done while there are both.</param>
    public async Task ReloadAsync(Action? meanwhile = null)
    {
        var old = Live;
        Live = Start(2);
        foreach (var name in new[] { "/", "/chat" })
        {
            foreach (var found in await FetchAsync(name))
            {
                Live.OnExisting(found);
            }
        }

        meanwhile?.Invoke();
        await old.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Live.DisposeAsync();
        _timers.ForEach(timer => timer.Dispose());
        await Server.DisposeAsync();
        _meter.Dispose();
        _stopping.Dispose();
    }

    private async Task<List<SockeyeSocket>> FetchAsync(string name)
    {
        var fetching = Server.Server.Of(name).FetchSocketsAsync();
        Server.RunUntil(() => fetching.IsCompleted);
        return [.. (await fetching).Select(remote => Server.Server.Of(name).Find(remote.Id)!)];
    }

    private LiveAuth Start(int generation)
    {
        var live = new LiveAuth(
            new LiveHost(Server.Server, Server.Time, _logger, _meter, Bus)
            {
                Generation = generation,
                Stopping = _stopping.Token,
                Revocations = _kept,
                Handed = _handed,
                Every = (interval, work) => _timers.Add(Server.Time.CreateTimer(_ => work(), null, interval, interval)),
                MapHttp = (_, _, _, _) => { },
            },
            Options,
            CheckAsync);
        var starting = live.StartAsync(default).AsTask();
        Assert.True(Server.RunUntil(() => starting.IsCompleted));
        starting.GetAwaiter().GetResult();
        return live;
    }

    private async Task<ConnectResult> AdmitAsync(SockeyeSocket socket, CancellationToken cancellationToken)
    {
        Pending = socket;
        var code = await Live.BeforeAsync(socket, cancellationToken);
        if (code is null)
        {
            await BeforeAdmission;
            var token = socket.Handshake.Auth.GetString("token");
            if (token is null && AdmitsAnonymous)
            {
                code = await Live.AdmitAsync(socket, Credential.Anonymous(socket, AccessRules.Parse([])), cancellationToken);
            }
            else if (token is not null && Tokens.TryGetValue(token, out var identity))
            {
                code = await Live.AdmitAsync(socket, identity, cancellationToken);
            }
            else
            {
                code = AuthCode.InvalidToken;
                await Live.RefusedAsync(socket, code, null, null, cancellationToken);
            }
        }

        return code is null ? ConnectResult.Accept : ConnectResult.Reject(code);
    }

    private async ValueTask<TokenVerdict> CheckAsync(SockeyeSocket socket, string token, CancellationToken cancellationToken)
    {
        Checks++;
        await BeforeCheck.WaitAsync(cancellationToken);
        return CheckFails is { } failure ? throw failure : Tokens.TryGetValue(token, out var identity) ? new TokenVerdict(identity) : new TokenVerdict(null);
    }
}
