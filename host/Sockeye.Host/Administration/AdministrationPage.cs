using System.Reflection;
using System.Text;
using Sockeye.EngineIO.Http;

namespace Sockeye.Host.Administration;

/// <summary>The page for operators at <c>/</c> and its files, from the executable's own resources. Nothing of it comes from another host, and browsers are told to ask none.</summary>
internal static class AdministrationPage
{
    /// <summary>Scripts, styles and connections of this origin alone, and no other site may put the page in a frame.</summary>
    public const string ContentPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    private const string Prefix = "admin/";

    /// <summary>Files that the playground has too.</summary>
    private static readonly string[] s_shared = ["wwwroot/plot.js", "wwwroot/logo.svg"];

    /// <summary>Maps the page and each of its files.</summary>
    public static void Map(AdministrationRoutes routes)
    {
        var files = new StaticFiles("/");
        foreach (var resource in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)).Concat(s_shared))
        {
            var name = resource[(resource.IndexOf('/', StringComparison.Ordinal) + 1)..];
            files.Add(name, name == "index.html" ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Bytes(resource)).Replace("{{version}}", HostHelp.Version, StringComparison.Ordinal)) : Bytes(resource));
            routes.MapGet("/" + (name == "index.html" ? "" : name), exchange =>
            {
                exchange.AddHeader("Content-Security-Policy", ContentPolicy);
                exchange.AddHeader("Referrer-Policy", "no-referrer");
                files.OnRequest(exchange);
                return Task.CompletedTask;
            });
        }
    }

    private static byte[] Bytes(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
