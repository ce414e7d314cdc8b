using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.NKeys;

namespace Sockeye.Cluster.Nats;

/// <summary>Makes connections of the client of NATS from the options of a bus. It has no state.</summary>
internal static class NatsConnections
{
    private static readonly TimeSpan FirstReconnectWait = TimeSpan.FromMilliseconds(50);

    /// <param name="options">Valid options.</param>
    /// <param name="link">What the connection is for, as monitoring of NATS shows it.</param>
    /// <param name="failures">Keeps why it could not be connected.</param>
    /// <param name="sockets">Makes its sockets; null: the client does.</param>
    public static NatsConnection Make(NatsBusOptions options, string link, LastFailure failures, NatsSockets? sockets)
    {
        var wantsTls = NatsOptionRules.WantsTls(options);
        var connection = new NatsConnection(new NatsOpts
        {
            Url = string.Join(',', options.Servers.Select(static server => NatsOptionRules.Shown(NatsOptionRules.Parse(server)!))),
            Name = $"sockeye {options.Name ?? NatsOptionRules.DefaultName} {link}",
            AuthOpts = Credentials(options),
            TlsOpts = new NatsTlsOpts
            {
                Mode = wantsTls ? TlsMode.Require : options.Tls == false ? TlsMode.Disable : TlsMode.Prefer,
                CaFile = options.CaFile,
                CertFile = options.CertificateFile,
                KeyFile = options.KeyFile,
                ConfigureClientAuthentication = tls =>
                {
                    NatsTls.Watch(tls, options, failures);
                    return ValueTask.CompletedTask;
                },
            },
            LoggerFactory = failures,
            SocketConnectionFactory = sockets,
            ConnectTimeout = options.ConnectTimeout,
            ReconnectWaitMin = FirstReconnectWait,
            ReconnectWaitMax = options.ReconnectWait,
            ReconnectJitter = options.ReconnectWait / 2,
            IgnoreAuthErrorAbort = true,                                // a password that is changed on both sides, one after the other, must not end a node

            // The client's own pings end for good when one of them times out behind a full pipe, and a connection that is half open is never found then.
            PingInterval = TimeSpan.Zero,
            RequestReplyMode = NatsRequestReplyMode.SharedInbox,        // the other mode subscribes an inbox of its own at once, which permissions would have to know
        });
        connection.OnConnectingAsync = target => Refusal(options, wantsTls, target.Host) is { } why
            ? throw new BusException($"NATS names the server {target.Host}:{target.Port}, which is another machine, and it would be {why}")
            : ValueTask.FromResult(target);
        return connection;
    }

    /// <summary>Why a host that NATS itself names is not spoken to, as half a sentence; null: it is. Those that the options name have been checked.</summary>
    private static string? Refusal(NatsBusOptions options, bool wantsTls, string host) => NatsOptionRules.IsLoopback(host)
        ? null
        : !wantsTls && !options.AllowPlaintext
            ? "spoken to without TLS"
            : NatsOptionRules.IsAnonymous(options) && !options.AllowAnonymous ? "used without credentials" : null;

    /// <summary>Why it could not be connected, as half a sentence, and whether another try may succeed.</summary>
    public static (string Reason, bool IsFinal) Explain(Exception failure, NatsBusOptions options, LastFailure failures)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case NatsServerException { IsAuthError: true } denied:
                    return (NatsOptionRules.IsAnonymous(options) ? $"it asks for credentials, and this node has none ({denied.Error})" : $"it does not accept the credentials of this node ({denied.Error})", true);
                case AuthenticationException tls:
                    return ($"TLS fails: {failures.Certificate ?? tls.Message.TrimEnd('.')}", true);
                case BusException refused:
                    return (refused.Message, true);
                case var other when NatsTls.Refusal(other, options) is { } refused:
                    return (refused, true);
            }
        }

        return (failures.Last is { } last && failure is not TimeoutException ? last.GetBaseException() : failure.GetBaseException()) switch
        {
            SocketException { SocketErrorCode: SocketError.TimedOut } or TimeoutException => ("it does not answer", false),
            var found => (found.Message.TrimEnd('.'), false),
        };
    }

    private static NatsAuthOpts Credentials(NatsBusOptions options)
    {
        if (options.User is not null)
        {
            return new NatsAuthOpts { Username = options.User, Password = options.Password };
        }

        if (options.Token is not null)
        {
            return new NatsAuthOpts { Token = options.Token };
        }

        if (options.NKeySeed is { } seed)
        {
            using var pair = KeyPair.FromSeed(seed);
            return new NatsAuthOpts { NKey = pair.GetPublicKey(), Seed = seed };
        }

        if (options.CredentialsFile is { } file)
        {
            return new NatsAuthOpts
            {
                AuthCredCallback = (_, _) => NamedFile.HasContent(file)
                    ? ValueTask.FromResult(NatsAuthCred.FromCredsFile(file))
                    : throw new BusException($"{nameof(options.CredentialsFile)} '{file}' is not there, or {NamedFile.NoContent}"),
            };
        }

        return NatsOptionRules.UserInfo(options)?.Split(':', 2) switch
        {
            [var user, var password] => new NatsAuthOpts { Username = Uri.UnescapeDataString(user), Password = Uri.UnescapeDataString(password) },
            [var token] => new NatsAuthOpts { Token = Uri.UnescapeDataString(token) },
            _ => NatsAuthOpts.Default,
        };
    }
}

/// <summary>Stands where the client of NATS logs, and keeps the last failure that it names there and nowhere else; what the server denies stands there first. What the bus itself logs is enough for operators.</summary>
/// <remarks>Any thread; lives as long as the connection.</remarks>
internal sealed class LastFailure : ILoggerFactory, ILogger
{
    private volatile Exception? _last;
    private volatile string? _certificate;

    public Exception? Last => _last;

    /// <summary>What is wrong with the certificate of the server; null: nothing, as far as is known.</summary>
    public string? Certificate
    {
        get => _certificate;
        set => _certificate = value;
    }

    /// <summary>Told of permissions that the server denies, in its own words, on the read loop and so before what it says next.</summary>
    /// <remarks>NATS.Client.Core 3.3.2 has an event for it, <see cref="NatsConnection.ServerError"/>, but raises it from a queue on another thread: a subscription would look good for a moment. Its log has the error first.</remarks>
    public Action<string>? Denied { get; set; }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null && IsEnabled(logLevel))
        {
            _last = exception;
        }
        else if (Denied is { } denied && ServerErrorIn(state) is { } error && new NatsServerErrorEventArgs(error).Kind == NatsServerErrorKind.PermissionsViolation)
        {
            denied(error);
        }
    }

    /// <summary>The value of <c>Server error {Error}</c>, as the client logs it.</summary>
    private static string? ServerErrorIn<TState>(TState state) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> values ? values.FirstOrDefault(static value => value.Key == "Error").Value as string : null;

    public void Dispose()
    {
    }
}
