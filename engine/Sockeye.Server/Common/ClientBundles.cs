using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;

namespace Sockeye.Server.Common;

/// <summary>The bundles of the JavaScript client, read once from a folder and served below the path of the endpoint: these names and no others.</summary>
/// <remarks>It owns their bytes. Called on the loop of each request; changes nothing. Lives as long as the server.</remarks>
internal sealed class ClientBundles : IHttpHandler
{
    private static readonly string[] Names =
    [
        "socket.io.js", "socket.io.js.map",
        "socket.io.min.js", "socket.io.min.js.map",
        "socket.io.esm.min.js", "socket.io.esm.min.js.map",
        "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
    ];

    private readonly StaticFiles _files;
    private readonly CorsPolicy? _cors;

    private ClientBundles(StaticFiles files, CorsPolicy? cors)
    {
        _files = files;
        _cors = cors;
    }

    /// <summary>What keeps a folder from being served; null: nothing.</summary>
    public static string? Fault(string folder) =>
        !Directory.Exists(folder) ? $"the folder '{Path.GetFullPath(folder)}' does not exist."
        : !Names.Any(name => NamedFile.HasContent(Path.Combine(folder, name))) ? $"the folder '{Path.GetFullPath(folder)}' has none of the bundles: {string.Join(", ", Names)}."
        : null;

    /// <summary>Reads the folder and serves what it has of the bundles. Older versions of the client have fewer of them.</summary>
    public static void Map(HttpRouter router, string folder, EngineOptions engine)
    {
        var prefix = engine.Path.TrimEnd('/') + '/';
        var files = new StaticFiles(prefix, index: null, cacheControl: "public, max-age=0");
        var bundles = new ClientBundles(files, engine.Cors is { } cors ? new CorsPolicy(cors) : null);
        foreach (var name in Names)
        {
            var path = Path.Combine(folder, name);
            if (NamedFile.HasContent(path))
            {
                files.Add(name, File.ReadAllBytes(path));
                router.Map(prefix + name, bundles, kind: HttpRouteKind.Endpoint);
            }
        }
    }

    /// <inheritdoc />
    public void OnRequest(HttpExchange exchange)
    {
        if (_cors?.Apply(exchange) != CorsResult.Responded)
        {
            _files.OnRequest(exchange);
        }
    }
}
