using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Sockeye.Cluster;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>Answers <c>POST in/&lt;name&gt;</c>; <see cref="PluginContext.MapHttp"/> is one.</summary>
internal delegate void HttpMapper(string method, string path, PluginHttpHandler handler, int maxBodyBytes);

/// <summary>The ways in by name, replaced as a whole. Changes come one at a time, all else from any thread.</summary>
/// <remarks>Of a subject that stays the subscription stays, so that a change loses no message and takes none twice. A route that was mapped stays until the generation ends, and answers 404 once its name is gone.</remarks>
internal sealed class InboundSet(InboundSupport support, IClusterBus bus, HttpMapper map) : IAsyncDisposable
{
    /// <summary>Ways in at most: 256 (own: each is a route or a subscription, and a label in the metrics).</summary>
    public const int MaxRoutes = 256;

    private readonly HashSet<string> _mapped = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Subscribed> _subscribed = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<string, InboundRoute> _current = FrozenDictionary<string, InboundRoute>.Empty;

    /// <summary>The ways in as they are now.</summary>
    public IReadOnlyDictionary<string, InboundRoute> Current => _current;

    /// <summary>Another configuration takes over. If a subscription cannot be made, nothing has changed.</summary>
    /// <param name="wanted">The ways in by name, checked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask ApplyAsync(IReadOnlyDictionary<string, InboundOptions> wanted, CancellationToken cancellationToken)
    {
        var before = _current;
        var routes = wanted.ToFrozenDictionary(
            one => one.Key,
            one => before.GetValueOrDefault(one.Key) is { } same && same.Options.Equals(one.Value) ? same : new InboundRoute(one.Key, one.Value, support),
            StringComparer.Ordinal);
        var added = new Dictionary<string, Subscribed>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, route) in routes)
            {
                if (route.Options.Subject is not null && (!_subscribed.TryGetValue(name, out var known) || !known.Carries(name, route.Options)))
                {
                    added.Add(name, await SubscribeAsync(name, route, cancellationToken).ConfigureAwait(false));
                }
            }
        }
        catch
        {
            await EndAsync(added.Values).ConfigureAwait(false);
            throw;
        }

        var gone = _subscribed.Where(one => added.ContainsKey(one.Key) || routes.GetValueOrDefault(one.Key)?.Options.Subject is null).ToArray();
        foreach (var (name, _) in gone)
        {
            _subscribed.Remove(name);
        }

        foreach (var (name, subscribed) in added)
        {
            _subscribed.Add(name, subscribed);
        }

        foreach (var (name, subscribed) in _subscribed)
        {
            subscribed.Route = routes[name];
        }

        _current = routes;
        foreach (var (name, route) in routes)
        {
            if (route.Options.Subject is null && _mapped.Add(name))
            {
                map("POST", "/in/" + name, (request, _) => ValueTask.FromResult(Answer(name, request)), route.Options.MaxBodyBytes);
            }
        }

        await EndAsync(gone.Select(one => one.Value)).ConfigureAwait(false);
        foreach (var (name, route) in before)
        {
            if (!ReferenceEquals(route, routes.GetValueOrDefault(name)))
            {
                route.Dispose();
            }
        }
    }

    /// <summary>Makes the instruments, which are read when somebody looks.</summary>
    public void Register(Meter meter)
    {
        meter.CreateObservableCounter(
            "sockeye.routing.inbound.delivered", () => _current.Select(one => new Measurement<long>(one.Value.Counts.Delivered, Tag("inbound", one.Key))), "{event}", "Events from outside, by inbound");
        meter.CreateObservableCounter(
            "sockeye.routing.inbound.rejected", Rejected, "{request}", "Requests and messages from outside that became no event, by inbound and reason");
    }

    /// <summary>Writes how all of them stand as a value.</summary>
    public void WriteStatus(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (name, route) in _current.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(name);
            route.Counts.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Takes nothing any more.</summary>
    public async ValueTask DisposeAsync()
    {
        var all = _subscribed.Values.ToArray();
        _subscribed.Clear();
        await EndAsync(all).ConfigureAwait(false);
        foreach (var route in _current.Values)
        {
            route.Dispose();
        }
    }

    private IEnumerable<Measurement<long>> Rejected() =>
        from one in _current
        from fault in InboundFaults.All
        select new Measurement<long>(one.Value.Counts.For(fault), Tag("inbound", one.Key), Tag("reason", fault.Name()));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static async ValueTask EndAsync(IEnumerable<Subscribed> all)
    {
        foreach (var subscribed in all)
        {
            await subscribed.Subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<Subscribed> SubscribeAsync(string name, InboundRoute route, CancellationToken cancellationToken)
    {
        var subscribed = new Subscribed(route);
        var group = Subscribed.GroupOf(name, route.Options);
        subscribed.Subscription = await bus.SubscribeAsync(route.Options.Subject!, subscribed.OnMessage, group, cancellationToken).ConfigureAwait(false);
        return subscribed;
    }

    private PluginResponse Answer(string name, PluginRequest request) =>
        _current.GetValueOrDefault(name) is { Options.Subject: null } route ? route.OnRequest(request.Header, request.Body) : PluginResponse.Text("not found", 404);

    /// <summary>A subscription, whose route is the one of the configuration as it is now.</summary>
    private sealed class Subscribed(InboundRoute route)
    {
        private readonly string _subject = route.Options.Subject!;
        private readonly string? _group = route.Options.Group;
        private volatile InboundRoute _route = route;

        public InboundRoute Route
        {
            set => _route = value;
        }

        public IBusSubscription Subscription { get; set; } = null!;

        public static string GroupOf(string name, InboundOptions options) => options.Group ?? name;

        public bool Carries(string name, InboundOptions options) => _subject == options.Subject && (_group ?? name) == GroupOf(name, options);

        public void OnMessage(in BusMessage message) => _route.OnMessage(message.Payload);
    }
}
