using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sockeye.Hosting;

/// <summary>Makes the server of a container, once, and registers its handlers.</summary>
/// <remarks>Handlers may be made of services that ask for the server: it is there before they are registered. Any thread.</remarks>
internal sealed class ServerSource(SockeyeHostBuilder host)
{
    private readonly Lock _lock = new();
    private SockeyeServer? _server;
    private bool _isMaking;

    /// <exception cref="SockeyeConfigurationException">The options have faults.</exception>
    public SockeyeServer Get(IServiceProvider services)
    {
        lock (_lock)
        {
            if (_server is not null)
            {
                return _server;
            }

            if (_isMaking)
            {
                throw new InvalidOperationException("The server is asked for while it is made: by a plugin, which finds it in its PluginContext, by what configures it, or by a service that these need. Handlers, Map included, may ask for it; a route or an endpoint does so when it is called: services.GetRequiredService<SockeyeServer>() inside of it.");
            }

            _isMaking = true;
            try
            {
                var server = Make(services);
                try
                {
                    _server = server;
                    host.MapAll(server, services);
                    return server;
                }
                catch
                {
                    // Its loops run by now, and nobody else would end them.
                    _server = null;
                    _ = server.DisposeAsync().AsTask();
                    throw;
                }
            }
            finally
            {
                _isMaking = false;
            }
        }
    }

    private SockeyeServer Make(IServiceProvider services)
    {
        var options = OptionsOf(services);
        return SockeyeServer.Create(builder =>
        {
            builder.Options = options;
            builder.LoggerFactory = services.GetService<ILoggerFactory>();
            builder.MeterFactory = services.GetService<IMeterFactory>() is { } meters && host.Key is { } key ? new KeyedMeters(meters, key) : services.GetService<IMeterFactory>();
            builder.Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
            if (host.Key is { } name)
            {
                builder.LoopName = $"sockeye-{name}";
            }

            host.Build(builder, services);
            List<string> faults = [.. builder.Options.Validate(), .. ClusterSettings.Apply(builder.Cluster, host.SectionOf(services)?.GetSection(ClusterSettings.Name))];
            if (faults.Count > 0)
            {
                throw new SockeyeConfigurationException(faults);
            }
        });
    }

    private SockeyeServerOptions OptionsOf(IServiceProvider services)
    {
        try
        {
            // The object of the first server is the one that IOptions hands out.
            return host.Key is null
                ? services.GetRequiredService<IOptions<SockeyeServerOptions>>().Value
                : services.GetRequiredService<IOptionsMonitor<SockeyeServerOptions>>().Get(host.OptionsName);
        }
        catch (OptionsValidationException faulty)
        {
            throw new SockeyeConfigurationException([.. faulty.Failures]);
        }
    }
}
