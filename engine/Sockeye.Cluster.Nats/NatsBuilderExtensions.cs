using Microsoft.Extensions.Configuration;
using Sockeye.Cluster;
using Sockeye.Cluster.Nats;

namespace Sockeye;

/// <summary>Puts NATS between the nodes of a cluster.</summary>
public static class NatsBuilderExtensions
{
    private const string TooLate = "The server is made when this callback returns: await before what it needs.";

    /// <summary>Servers on one NATS are one cluster, in the way that <see cref="SockeyeBuilder.UseCluster"/> says, or the usual one. The server connects before its plugins and listeners start, and closes the connections after they have stopped; its start fails with a <see cref="BusException"/> where NATS cannot be used.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="server">Where NATS is, such as <c>nats://127.0.0.1:4222</c>; several with commas between them.</param>
    /// <param name="configure">Credentials, bounds and the rest.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The options have faults; the message names all of them.</exception>
    public static SockeyeBuilder UseNats(this SockeyeBuilder builder, string server, Action<NatsBusOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        return builder.UseNats(options =>
        {
            options.Servers = server.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            configure?.Invoke(options);
        });
    }

    /// <inheritdoc cref="UseNats(SockeyeBuilder, string, Action{NatsBusOptions}?)" path="/*[not(self::param)]" />
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options; name of the cluster, loggers, meter and clock are those of the builder unless it says otherwise.</param>
    public static SockeyeBuilder UseNats(this SockeyeBuilder builder, Action<NatsBusOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        if (builder.Cluster is null)
        {
            builder.UseCluster();
        }

        return builder.UseBus(made =>
        {
            var options = new NatsBusOptions { Name = made.Cluster?.Name, LoggerFactory = made.LoggerFactory, MeterFactory = made.MeterFactory, Time = made.Time };
            configure(options);
            return new NatsClusterBus(options);
        });
    }

    /// <inheritdoc cref="UseNats(SockeyeBuilder, string, Action{NatsBusOptions}?)" path="/*[not(self::param)]" />
    /// <param name="builder">The builder.</param>
    /// <param name="section">The options, as a section of the configuration: <c>Sockeye:Cluster:Nats</c> of a host.</param>
    public static SockeyeBuilder UseNats(this SockeyeBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return builder.UseNats(options =>
        {
            if (options.Bind(section) is { Count: > 0 } faults)
            {
                throw new ArgumentException("The options of the bus are not valid. " + string.Join(' ', faults), nameof(section));
            }
        });
    }

    /// <summary>Fills options from a section of the configuration, and checks them.</summary>
    /// <param name="options">The options; what the section does not name keeps its value.</param>
    /// <param name="section">The section.</param>
    /// <returns>A sentence for each fault, which begins with its key; empty if there are none.</returns>
    public static IReadOnlyList<string> Bind(this NatsBusOptions options, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(section);
        return NatsSettings.Bind(options, section);
    }

    /// <summary>The keys that <see cref="Bind"/> knows; for help texts, documents and schemas.</summary>
    public static IReadOnlyList<ConfigurationKey> ConfigurationKeys() => NatsSettings.Described();

    /// <summary>Refused: the server is made when the callback returns.</summary>
    [Obsolete(TooLate, error: true)]
    public static SockeyeBuilder UseNats(this SockeyeBuilder builder, string server, Func<NatsBusOptions, Task> configure) => throw new NotSupportedException(TooLate);

    /// <inheritdoc cref="UseNats(SockeyeBuilder, string, Func{NatsBusOptions, Task})" />
    [Obsolete(TooLate, error: true)]
    public static SockeyeBuilder UseNats(this SockeyeBuilder builder, Func<NatsBusOptions, Task> configure) => throw new NotSupportedException(TooLate);
}
