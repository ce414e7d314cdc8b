using System.Globalization;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What the plugin does after a token was found good, and while its client is connected: expiry and refresh, revocation, one session for a user, slow answers to failures, the audit log.
/// One for each generation of the plugin; all members may be called from any thread.</summary>
/// <remarks>
/// <para><b>Revocation against admission.</b> Whoever revokes first puts it into the set and then looks at the sockets that are kept; whoever admits first keeps the socket and then looks into the set. Whichever
/// way the four steps mix, one of both sees the other. A refresh does the same, and so does a generation that takes over.</para>
/// <para><b>Reload.</b> Revocations are kept by the plugin's context, and all that is known of a socket's token stands in its identity, so the next generation begins with both. Where the application has replaced
/// that identity, the generation hands it over when it ends.</para>
/// </remarks>
internal sealed class LiveAuth : IAsyncDisposable
{
    /// <summary>Told to a client before it is put out: <c>{code, reason}</c>.</summary>
    public const string EndedEvent = "auth:ended";

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Sweeps in which each socket is looked at once: it takes 5 s (own) to notice that the application has given one an identity.</summary>
    private const int SweepsForAll = 20;

    private readonly LiveHost _host;
    private readonly LiveParts _parts;
    private readonly LiveSockets _sockets = new();
    private readonly RevocationSet _revocations;
    private readonly RevocationSync _sync;
    private readonly SessionOrder _sessions;
    private readonly Refresher _refresher;
    private LiveOptions _options;
    private int _scanWanted;
    private bool _wasCutOff;
    private volatile bool _isOver;

    /// <summary>One that has not started.</summary>
    /// <param name="host">What it works with.</param>
    /// <param name="options">Its options.</param>
    /// <param name="check">Asks the chain of sources about the token of a refresh.</param>
    public LiveAuth(LiveHost host, LiveOptions options, TokenCheck check)
    {
        _host = host;
        _options = options;
        var metrics = new LiveMetrics(host.Meter);
        var audit = options.AuditPath is { } path
            ? new AuditLog(
                path, options.AuditMaxBytes, options.AuditMaxFiles, host.Generation, host.AuditFile, why => LiveLog.AuditFailed(host.Logger, why))
            : null;
        _parts = new LiveParts(host.Time, host.Logger, metrics, options, new Throttle(host.Time, options.FreeFailures, options.MaxFailureDelay), audit, host.Stopping);
        _revocations = new RevocationSet(host.Revocations, options.MaxRevocations);

        // The generation is part of the name: for a moment two of them run, and what one revokes the other has to hear.
        var node = string.Create(CultureInfo.InvariantCulture, $"{host.Server.Incarnation:x16}-{host.Generation}");
        _sync = new RevocationSync(node, host.Bus, _revocations, host.Time, metrics, options, WantScan, revocation => ThreadPool.UnsafeQueueUserWorkItem(static state => state.Live.PutOutOnce(state.Revocation), (Live: this, Revocation: revocation), preferLocal: false));
        _sessions = new SessionOrder(
            node, host.Bus, _sockets, _sync.Peers, host.Time, metrics, options, entry => PutOut(entry, LiveCode.SessionReplaced, "A newer session of the user has taken its place"));
        _refresher = new Refresher(_parts, _sockets, _revocations, check, PutOut);
        LiveMetrics.Observe(host.Meter, () => _revocations.Count, () => _sockets.Count, () => _sync.CutOff is not null, () => _parts.AuditLost);
    }

    private long Now => _host.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Subscribes, says that it is here, and begins what is periodic.</summary>
    /// <param name="cancellationToken">Starting was given up.</param>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await _sync.StartAsync(cancellationToken).ConfigureAwait(false);
        await _sessions.StartAsync(cancellationToken).ConfigureAwait(false);
        _host.Every(SweepEvery, Tick);
        new LiveRoutes(_host, this, _parts, () => Volatile.Read(ref _options).AdminKeySha256).Map();
    }

    /// <summary>Takes changed options. What belongs to the start stays: the audit log and the limits of memory.</summary>
    public void Configure(LiveOptions options)
    {
        Volatile.Write(ref _options, options);
        _refresher.Configure(options);
        _sessions.Configure(options);
    }

    /// <summary>Asked before the sources are: whether anybody may come in at all.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="cancellationToken">It has gone, or its time is over.</param>
    /// <returns>Why not; null: it may go on.</returns>
    public async ValueTask<string?> BeforeAsync(SockeyeSocket socket, CancellationToken cancellationToken)
    {
        var options = Volatile.Read(ref _options);
        var admits = options.WhenCutOff == CutOffAction.Admit;
        if (admits && options.SingleSession != SingleSessionMode.RefuseNew)
        {
            return null;
        }

        // A node that has just come knows no other yet: it would find nobody's session and no revocation.
        await _sync.Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (admits || _sync.CutOff is null)
        {
            return null;
        }

        _parts.Audit("refused", socket, null, LiveCode.CutOff, null);
        return LiveCode.CutOff;
    }

    /// <summary>Holds back a question to a source that is expensive to ask, for somebody who has failed before. It never refuses.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="claimed">Who it says to be, unproven; null: nobody.</param>
    /// <param name="cancellationToken">It has gone, or its time is over.</param>
    public ValueTask BeforeExpensiveAsync(SockeyeSocket socket, string? claimed, CancellationToken cancellationToken) =>
        _parts.HoldBackAsync(_parts.Throttle.Delay(socket.Handshake.Address, claimed), cancellationToken);

    /// <summary>A token was found to be nobody's. Returns when the client may hear of it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="code">Why.</param>
    /// <param name="claimed">Who was claimed, unproven, and no secret; null: nobody.</param>
    /// <param name="source">Which source has decided; null: none.</param>
    /// <param name="cancellationToken">It has gone, or its time is over.</param>
    public ValueTask RefusedAsync(SockeyeSocket socket, string code, string? claimed, string? source, CancellationToken cancellationToken)
    {
        _parts.Audit("refused", socket, claimed, code, source);

        // Who brings no token has guessed nothing, and what others cannot decide is not the client's doing.
        return code is AuthCode.MissingToken or AuthCode.Unavailable ? default : _parts.HoldBackAsync(_parts.Throttle.Fail(socket.Handshake.Address, claimed), cancellationToken);
    }

    /// <summary>Nobody has decided in time.</summary>
    /// <param name="socket">The socket.</param>
    public void TooLate(SockeyeSocket socket) => _parts.Audit("refused", socket, null, AuthCode.Unavailable, null);

    /// <summary>A token was found good, or none is needed: gives its socket the identity, unless that was revoked or its user has a session already.</summary>
    /// <param name="socket">The socket, not admitted yet.</param>
    /// <param name="identity">Who it is, with the claims of <see cref="Credential"/>, or that of <see cref="Credential.Anonymous"/>.</param>
    /// <param name="cancellationToken">It has gone, or its time is over.</param>
    /// <returns>Why it may not come in; null: it may.</returns>
    public async ValueTask<string?> AdmitAsync(SockeyeSocket socket, SocketIdentity identity, CancellationToken cancellationToken)
    {
        var credential = Credential.Of(identity);
        var code = (string?)LiveCode.Revoked;
        if (!_revocations.Holds(credential, socket.Id, Now))
        {
            var (dueAt, expiresAt) = _refresher.TimesOf(identity);
            var entry = _sockets.Add(socket, credential, dueAt, expiresAt);
            try
            {
                code = await _sessions.EnterAsync(entry, cancellationToken).ConfigureAwait(false);

                // Again, now that whoever revokes sees the socket.
                if (code is null && _revocations.Holds(credential, socket.Id, Now))
                {
                    code = LiveCode.Revoked;
                }

                // Whoever has put it out meanwhile has taken it from the list.
                if (code is null && entry.IsGone)
                {
                    code = LiveCode.Revoked;
                }

                if (code is null)
                {
                    _refresher.Apply(entry, null);
                    _parts.Audit("admitted", socket, identity.Subject, null, identity.Source);
                    return null;
                }
            }
            catch
            {
                _sockets.Remove(entry);
                throw;
            }

            _sockets.Remove(entry);
        }

        _parts.Audit("refused", socket, identity.Subject, code, identity.Source);
        return code;
    }

    /// <summary>Stops the client's own refresh before anybody else sees it, and its token.</summary>
    /// <param name="e">The event, which is no other one.</param>
    public GateVerdict OnEvent(in EventReader e)
    {
        _refresher.Take(e);
        return GateVerdict.Stop;
    }

    /// <summary>A socket that was admitted by the generation before, or by whoever has set the identity.</summary>
    /// <param name="socket">The socket.</param>
    public void OnExisting(SockeyeSocket socket)
    {
        if (socket.Identity is not { } identity || Credential.Of(identity) is not { } credential || (credential.Tag is null && !credential.IsAnonymous))
        {
            return;
        }

        Resume(socket, credential);
    }

    /// <summary>A socket has gone.</summary>
    /// <param name="socket">The socket.</param>
    public void OnDisconnect(SockeyeSocket socket)
    {
        if (_sockets.TryFind(socket, out var entry))
        {
            _sockets.Remove(entry);
        }
    }

    /// <summary>Revokes something, here and on all nodes.</summary>
    /// <param name="revocation">What.</param>
    /// <param name="address">Who has asked.</param>
    /// <returns>False: it cannot be kept, for want of room; sockets went all the same.</returns>
    public bool Revoke(in Revocation revocation, string address)
    {
        _parts.Metrics.Revoked(revocation.Kind);
        _parts.Audit("revoked", revocation.Kind == RevocationKind.User ? revocation.Value : null, revocation.Kind.ToString().ToLowerInvariant(), address);
        if (_sync.Revoke(revocation))
        {
            return true;
        }

        LiveLog.SetFull(_parts.Logger, Volatile.Read(ref _options).MaxRevocations);
        return false;
    }

    /// <summary>How it stands, as JSON.</summary>
    public byte[] Status() => LiveRoutes.Status(_sync, _host.Bus.State, _revocations.Count, _sockets.Count, _host.Generation, _parts.AuditLost);

    public async ValueTask DisposeAsync()
    {
        await _sessions.DisposeAsync().ConfigureAwait(false);
        await _sync.DisposeAsync().ConfigureAwait(false);
        _isOver = true;
        foreach (var entry in _sockets.All())
        {
            if (_sockets.CredentialOf(entry).Identity is var identity && !ReferenceEquals(entry.Socket.Identity, identity))
            {
                _host.Handed.AddOrUpdate(entry.Socket, identity);
            }
        }

        _sockets.Clear();
        await _parts.CloseAsync().ConfigureAwait(false);
    }

    private void Tick()
    {
        TakeHanded();
        Array.ForEach(_sockets.NextInTurn(SweepsForAll), entry => _refresher.Notice(entry));
        _refresher.Sweep();
        _sync.Tick();
        var why = _sync.CutOff;
        if (why is not null != _wasCutOff)
        {
            _wasCutOff = why is not null;
            if (why is not null)
            {
                LiveLog.CutOff(_parts.Logger, why, Volatile.Read(ref _options).WhenCutOff == CutOffAction.Refuse ? "refused" : "admitted");
            }
            else
            {
                LiveLog.Back(_parts.Logger);
            }
        }
    }

    /// <summary>Goes on with sockets of the generation before that do not show whose token let them in.</summary>
    private void TakeHanded()
    {
        foreach (var (socket, identity) in _host.Handed)
        {
            if (_isOver)
            {
                return;
            }

            // One that is here already has shown it, or has sent a new token.
            _host.Handed.Remove(socket);
            if (!_sockets.TryFind(socket, out _))
            {
                Resume(socket, Credential.Of(identity));
            }

            // The end has come meanwhile, and may not have seen it.
            if (_isOver)
            {
                _host.Handed.AddOrUpdate(socket, identity);
            }
        }
    }

    /// <summary>Goes on with a socket that was let in before.</summary>
    private void Resume(SockeyeSocket socket, Credential credential)
    {
        var (dueAt, expiresAt) = _refresher.TimesOf(credential.Identity);
        var entry = _sockets.Add(socket, credential, dueAt, expiresAt);
        _refresher.Notice(entry);
        _sessions.TakeOver(entry);

        // It was revoked while neither generation had it in its list.
        if (_revocations.Holds(credential, socket.Id, Now))
        {
            PutOut(entry, closes: _revocations.HoldsSession(socket.Id, Now));
        }
    }

    /// <summary>Has all sockets held against the set, once for any number of wishes, and not on the loop on which the bus reads.</summary>
    private void WantScan()
    {
        if (Interlocked.Exchange(ref _scanWanted, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.Scan(), this, preferLocal: false);
        }
    }

    private void Scan()
    {
        // What comes from now on wants another one.
        Interlocked.Exchange(ref _scanWanted, 0);
        var now = Now;
        foreach (var entry in _sockets.All())
        {
            if (_revocations.Holds(_sockets.CredentialOf(entry), entry.Socket.Id, now))
            {
                PutOut(entry, _revocations.HoldsSession(entry.Socket.Id, now));
            }
        }
    }

    /// <summary>Puts out the sockets that a revocation is about which is not kept.</summary>
    private void PutOutOnce(in Revocation revocation)
    {
        foreach (var entry in _sockets.All())
        {
            if (RevocationSet.Matches(revocation, _sockets.CredentialOf(entry), entry.Socket.Id))
            {
                PutOut(entry, revocation.Kind == RevocationKind.Session);
            }
        }
    }

    /// <summary>Puts out a socket that was revoked.</summary>
    /// <param name="entry">The socket.</param>
    /// <param name="closes">Whether it is its session that was, which is its connection with all namespaces.</param>
    private void PutOut(SocketEntry entry, bool closes) => PutOut(entry, LiveCode.Revoked, closes ? "The session has been revoked" : "The token has been revoked", closes);

    private bool PutOut(SocketEntry entry, string code, string reason) => PutOut(entry, code, reason, closes: false);

    private bool PutOut(SocketEntry entry, string code, string reason, bool closes)
    {
        if (!_sockets.Remove(entry))
        {
            return false;
        }

        _parts.Metrics.Disconnected(code);
        _parts.Audit("disconnected", entry.Socket, entry.Credential.Identity.Subject, code, entry.Credential.Identity.Source);
        try
        {
            entry.Socket.Emit(EndedEvent, LiveRoutes.Ended(code, reason));
        }
        finally
        {
            entry.Socket.Disconnect(closes);
        }

        return true;
    }
}
