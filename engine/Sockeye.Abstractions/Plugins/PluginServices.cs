using System.Diagnostics.Metrics;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;

namespace Sockeye.Abstractions.Plugins;

/// <summary>What the engine gives to one generation of a plugin; the seam behind <see cref="Sockeye.Plugins.PluginContext"/>.</summary>
internal abstract class PluginServices
{
    public abstract string Id { get; }

    public abstract int Generation { get; }

    public abstract SockeyeServer Server { get; }

    public abstract IConfigurationSection Configuration { get; }

    public abstract ILogger Logger { get; }

    public abstract TimeProvider Time { get; }

    public abstract TimeSpan AdmissionTimeout { get; }

    public abstract Meter Meter { get; }

    public abstract IClusterBus Bus { get; }

    public abstract CancellationToken Stopping { get; }

    public abstract void MapHttp(string method, string path, Sockeye.Plugins.PluginHttpHandler handler, int maxBodyBytes);

    public abstract IDisposable Every(TimeSpan interval, Func<CancellationToken, ValueTask> work);

    public abstract void AddJson(IJsonTypeInfoResolver resolver);

    public abstract void Track(object disposable);

    public abstract object Keep(string key, Type type, Func<object> make);
}
