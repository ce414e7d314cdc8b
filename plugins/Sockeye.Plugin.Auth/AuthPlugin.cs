using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Live;
using Sockeye.Plugin.Auth.Settings;
using Sockeye.Plugin.Auth.Sources;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Auth;

/// <summary>Says who clients are and what they may do, and keeps it true while they are connected.</summary>
/// <remarks>It owns a chain of sources, which is replaced as a whole when the configuration changes, and what goes on while clients are connected. All members may be called from any thread.</remarks>
[SockeyePlugin("auth", "0.1.0", WhenFaulted = FaultMode.Closed)]
public sealed class AuthPlugin : ISockeyePlugin, IConnectHook, IEventGate, IExistingHook, IDisconnectHook, IReloadHook, IConfigurationCheck
{
    /// <summary>Of the time that an admission may take, the part after which it is given up: four fifths (own).</summary>
    internal const double PartOfTimeout = 0.8;

    private PluginContext? _context;
    private AuthMetrics? _metrics;
    private LiveAuth? _live;
    private AuthChain? _chain;

    private LiveAuth Live => _live ?? throw new InvalidOperationException("The plugin has not started.");

    /// <inheritdoc />
    public async ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _metrics = new AuthMetrics(context.Meter);
        var (settings, live) = Read(context.Configuration);
        _live = new LiveAuth(LiveHost.Of(context), live, CheckAsync);
        await UseAsync(settings, cancellationToken).ConfigureAwait(false);
        await _live.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask OnConfigurationAsync(IConfigurationSection section, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(section);
        var (settings, live) = Read(section);
        await UseAsync(settings, cancellationToken).ConfigureAwait(false);
        Live.Configure(live);
        AuthLog.Reloaded(_context!.Logger, settings.Sources.Count);
    }

    /// <inheritdoc />
    /// <remarks>It is what the reading of the section asks for.</remarks>
    public string? Schema
    {
        get
        {
            var shape = new SettingsShape();
            ReadAll(new SettingsReader(shape));
            return shape.ToString();
        }
    }

    /// <inheritdoc />
    /// <remarks>Files with keys are read, and addresses are not asked. A file of a <c>Jwks</c> that a start would do without until it is there is a fault here.</remarks>
    public IReadOnlyList<string> Check(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var (reader, settings, _) = ReadAll(section);
        settings.CheckFiles();
        return reader.Faults();
    }

    /// <inheritdoc />
    public async ValueTask<ConnectResult> OnConnectAsync(SockeyeSocket socket, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(socket);

        // What comes late is a fault of the plugin, and enough of those would shut everybody out: clients that make somebody else slow, or wait for failures of their own, are answered before.
        using var late = new CancellationTokenSource(_context!.AdmissionTimeout * PartOfTimeout, _context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await AdmitAsync(socket, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            Live.TooLate(socket);
            return AuthOutcome.Deny(AuthCode.Unavailable, null).ToResult();
        }
    }

    private async ValueTask<ConnectResult> AdmitAsync(SockeyeSocket socket, CancellationToken cancellationToken)
    {
        if (await Live.BeforeAsync(socket, cancellationToken).ConfigureAwait(false) is { } closed)
        {
            return AuthOutcome.Deny(closed, null).ToResult();
        }

        var (outcome, attempt, settings) = await DecideAsync(socket, null, cancellationToken).ConfigureAwait(false);
        if (!outcome.IsAllowed)
        {
            await Live.RefusedAsync(socket, outcome.Code ?? AuthCode.Unavailable, attempt.Claimed, outcome.Source, cancellationToken).ConfigureAwait(false);
            return outcome.ToResult();
        }

        var identity = outcome.Identity ?? Credential.Anonymous(socket, settings.AnonymousAccess);
        return await Live.AdmitAsync(socket, identity, cancellationToken).ConfigureAwait(false) is { } code ? AuthOutcome.Deny(code, outcome.Source).ToResult() : ConnectResult.Accept;
    }

    /// <inheritdoc />
    /// <remarks>A client's own refresh alone: all other events are none of its business.</remarks>
    public IReadOnlyCollection<EventName> Events { get; } = [Refresher.RefreshEvent];

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.NoInlining)] // Inlined into the call of gates, it costs each gate a copy of the event and its locals.
    public GateVerdict OnEvent(EventReader e) => Live.OnEvent(e);

    /// <inheritdoc />
    public void OnExisting(SockeyeSocket socket) => Live.OnExisting(socket);

    /// <inheritdoc />
    public void OnDisconnect(SockeyeSocket socket, Disconnection disconnection) => Live.OnDisconnect(socket);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_live is not null)
        {
            await _live.DisposeAsync().ConfigureAwait(false);
        }

        if (Interlocked.Exchange(ref _chain, null) is { } chain)
        {
            await chain.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads a configuration as a whole: all faults of all its parts at once.</summary>
    internal static (AuthSettings Settings, LiveOptions Live) Read(IConfigurationSection section)
    {
        var (reader, settings, live) = ReadAll(section);
        reader.ThrowIfFaulty();
        return (settings, live);
    }

    private static (SettingsReader Reader, AuthSettings Settings, LiveOptions Live) ReadAll(IConfigurationSection section)
    {
        var reader = new SettingsReader(section);
        var (settings, live) = ReadAll(reader);
        return (reader, settings, live);
    }

    private static (AuthSettings Settings, LiveOptions Live) ReadAll(SettingsReader reader)
    {
        reader.Pass("Refusals", nameof(RefusalAnswer.Event), Enum.GetNames<RefusalAnswer>());
        reader.Pass("WhenFaulted", nameof(FaultMode.Closed), nameof(FaultMode.Closed)); // it is declared so, and no setting opens it
        return (AuthSettings.Read(reader), LiveSettings.Read(reader));
    }

    /// <summary>Asks the chain about a socket, by the token that it came with or by a new one.</summary>
    private async ValueTask<(AuthOutcome Outcome, AuthAttempt Attempt, AuthSettings Settings)> DecideAsync(SockeyeSocket socket, string? refresh, CancellationToken cancellationToken)
    {
        var chain = Enter();
        try
        {
            var found = refresh is null ? chain.Settings.Token.Find(socket.Namespace.Name, socket.Handshake) : new AuthAttempt(socket.Namespace.Name, socket.Handshake.Address, refresh, TokenPlace.Refresh);
            AuthAttempt? attempt = null;
            attempt = found with { BeforeExpensive = gone => Live.BeforeExpensiveAsync(socket, attempt!.Claimed, gone) };
            return (await chain.DecideAsync(attempt, cancellationToken).ConfigureAwait(false), attempt, chain.Settings);
        }
        finally
        {
            chain.Leave();
        }
    }

    private async ValueTask<TokenVerdict> CheckAsync(SockeyeSocket socket, string token, CancellationToken cancellationToken)
    {
        var (outcome, attempt, _) = await DecideAsync(socket, token, cancellationToken).ConfigureAwait(false);
        return new TokenVerdict(outcome.Identity, outcome.Code ?? AuthCode.InvalidToken, attempt.Claimed);
    }

    /// <summary>Takes sources as a whole, or throws and leaves everything as it was.</summary>
    private async Task UseAsync(AuthSettings settings, CancellationToken cancellationToken)
    {
        var context = _context!;
        var chain = new AuthChain(settings, new SourceServices(context.Time, context.Logger, context.Bus, new GrantMaker(settings.Roles, new CompiledRules())), _metrics!);
        try
        {
            await chain.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await chain.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        Warn(settings);
        _metrics!.BeginAtZero(settings.Sources.Select(static source => source.Name));
        if (Interlocked.Exchange(ref _chain, chain) is { } before)
        {
            await before.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whoever has made it less safe on purpose reads it at each start.</summary>
    private void Warn(AuthSettings settings)
    {
        var logger = _context!.Logger;
        if (settings.AllowAnonymous)
        {
            AuthLog.Anonymous(logger);
        }

        if (settings.Token.Query is not null)
        {
            AuthLog.QueryTokens(logger);
        }

        foreach (var source in settings.EndlessSources)
        {
            AuthLog.EndlessTokens(logger, source);
        }
    }

    private AuthChain Enter()
    {
        while (true)
        {
            // One that has just been replaced cannot be entered; the one after it can.
            var chain = Volatile.Read(ref _chain) ?? throw new InvalidOperationException("The plugin has not started, or has ended.");
            if (chain.TryEnter())
            {
                return chain;
            }
        }
    }
}
