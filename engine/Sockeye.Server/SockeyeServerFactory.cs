using Sockeye.EngineIO;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>Creates servers.</summary>
public static class SockeyeServerFactory
{
    private const string TooLate = "The server is made when this callback returns: await before what it needs.";

    extension(SockeyeServer)
    {
        /// <summary>Creates a server that listens on one url once it is started.</summary>
        /// <param name="url">Where, such as <c>http://127.0.0.1:3000</c>; port 0 takes a free one.</param>
        /// <param name="configure">Everything else.</param>
        /// <exception cref="ArgumentException">Options are out of their ranges; the message names all of them.</exception>
        public static SockeyeServer Create(string url, Action<SockeyeBuilder>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(url);
            return Build(builder =>
            {
                builder.Options.Urls = [url];
                configure?.Invoke(builder);
            });
        }

        /// <summary>Creates a server.</summary>
        /// <param name="configure">What it is made of.</param>
        /// <exception cref="ArgumentException">Options are out of their ranges; the message names all of them.</exception>
        public static SockeyeServer Create(Action<SockeyeBuilder> configure)
        {
            ArgumentNullException.ThrowIfNull(configure);
            return Build(configure);
        }

        /// <summary>Refused: the server is made when the callback returns.</summary>
        [Obsolete(TooLate, error: true)]
        public static SockeyeServer Create(string url, Func<SockeyeBuilder, Task> configure) => throw new NotSupportedException(TooLate);

        /// <inheritdoc cref="Create(string, Func{SockeyeBuilder, Task})" />
        [Obsolete(TooLate, error: true)]
        public static SockeyeServer Create(Func<SockeyeBuilder, Task> configure) => throw new NotSupportedException(TooLate);
    }

    internal static SocketServer Build(Action<SockeyeBuilder> configure)
    {
        var builder = new SockeyeBuilder();
        configure(builder);
        List<string> faults = [.. builder.Options.Validate(), .. builder.Cluster?.Validate().Select(static fault => $"Cluster:{fault}") ?? []];
        if (builder is { Cluster: not null, Bus: null, MakeBus: null })
        {
            faults.Add($"Cluster: it needs a bus; set {nameof(SockeyeBuilder.Bus)}, or call {nameof(SockeyeBuilder.UseBus)}.");
        }

        if (builder.Cluster is not null && (builder.Options.Engine.GenerateId ?? (object?)builder.Options.Engine.GenerateIdAsync) is not null)
        {
            faults.Add($"Engine:{nameof(EngineOptions.GenerateId)}: not in a cluster, where an id says which server holds the session.");
        }

        if (faults.Count > 0)
        {
            throw new ArgumentException("The options of the server are not valid. " + string.Join(' ', faults), nameof(configure));
        }

        builder.Complete();
        if (builder.CustomTransport is { } custom)
        {
            return new SocketServer(builder, custom);
        }

        var options = builder.Options;
        var own = builder.MakeTransport(new TransportOptions
        {
            Kind = options.Transport,
            LoopCount = options.EventLoops ?? (Environment.ProcessorCount > LoopSet.MaxLoops ? LoopSet.MaxLoops : null),
            LoopName = builder.LoopName,
            MaxConnections = options.MaxConnections,
            Backlog = options.Backlog,
            ReusePort = options.ReusePort,
            Inherited = builder.Inherited,
            LoggerFactory = LogText.Clean(builder.LoggerFactory),
        });
        try
        {
            return new SocketServer(builder, own);
        }
        catch
        {
            // A route that cannot be mapped, for example: nobody else would end the loops, which run by now.
            _ = own.StopAsync();
            throw;
        }
    }
}
