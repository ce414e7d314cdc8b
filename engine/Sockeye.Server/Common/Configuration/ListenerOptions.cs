using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Sockeye.Server.Common;

namespace Sockeye;

/// <summary>One listener of a server: where it is, what it answers, and how many it lets in. Plain data, not changed while a server has it.</summary>
public sealed class ListenerOptions
{
    /// <summary>The names that <see cref="Routes"/> may have, beside paths.</summary>
    public static IReadOnlyList<string> RouteNames => ListenerRoutes.Names;

    /// <summary>Where it listens, such as <c>http://10.0.0.5:3001</c>; port 0 takes a free one. It has to be set.</summary>
    public string? Url { get; set; }

    /// <summary>What it answers, each a name or the path of routes: <c>SocketIO</c>, the endpoint with the bundles of <see cref="SockeyeServerOptions.ServeClientFrom"/>; <c>Plugins</c>, all below <c>/plugins/</c>; <c>Files</c>, what <c>MapFiles</c> serves,
    /// and the page of the playground; <c>Application</c>, whatever else is mapped; <c>/plugins/chat</c>, the routes at that path and below it. Any other request gets 404, as if the route did not exist. Default null: all.</summary>
    [SuppressMessage("Usage", "CA2227", Justification = "Bound from configuration.")]
    public IList<string>? Routes { get; set; }

    /// <summary>Open connections by way of this listener; at the limit new ones wait in the kernel's backlog, and other listeners go on. Default null: as many as <see cref="SockeyeServerOptions.MaxConnections"/>, which counts those of all listeners, lets in; 1 to 2^24.</summary>
    [Range(1, 1 << 24)]
    public int? MaxConnections { get; set; }
}
