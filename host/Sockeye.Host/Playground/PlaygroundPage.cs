using System.Net;
using System.Reflection;
using System.Text;
using Sockeye.EngineIO.Http;

namespace Sockeye.Host.Playground;

/// <summary>The page and its files, from the executable's own resources. Nothing of it comes from another host, and browsers are told to ask none.</summary>
/// <remarks>Made before the server starts, read by all loops afterwards.</remarks>
internal sealed class PlaygroundPage : IHttpHandler
{
    /// <summary>Scripts, styles, pictures and connections of this origin alone, and no other site may put the page in a frame.</summary>
    public const string ContentPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    private const string FilePrefix = "wwwroot/";
    private const string SourcePrefix = "source/";

    private readonly StaticFiles _files = new("/");

    public PlaygroundPage()
    {
        foreach (var name in typeof(PlaygroundPage).Assembly.GetManifestResourceNames())
        {
            if (name.StartsWith(FilePrefix, StringComparison.Ordinal))
            {
                _files.Add(name[FilePrefix.Length..], name == FilePrefix + "index.html" ? Encoding.UTF8.GetBytes(Fill(Text(name))) : Bytes(name));
            }
            else if (name.StartsWith(SourcePrefix, StringComparison.Ordinal))
            {
                _files.Add(name, Bytes(name), "text/plain; charset=utf-8");
            }
        }
    }

    public void OnRequest(HttpExchange exchange)
    {
        exchange.AddHeader("Content-Security-Policy", ContentPolicy);
        exchange.AddHeader("Referrer-Policy", "no-referrer");
        _files.OnRequest(exchange);
    }

    /// <summary>The version of the server.</summary>
    public static string Version { get; } =
        typeof(SockeyeServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>The first block of code in a language on a page of Markdown.</summary>
    internal static string FirstBlock(string markdown, string language)
    {
        var begin = markdown.IndexOf($"```{language}\n", StringComparison.Ordinal) + language.Length + 4;
        return markdown[begin..markdown.IndexOf("\n```", begin, StringComparison.Ordinal)];
    }

    // The page shows the README's own lines, so they are the same and are tested where those are.
    private static string Fill(string page)
    {
        var readme = Text("README.md").ReplaceLineEndings("\n");
        return page
            .Replace("{{version}}", WebUtility.HtmlEncode(Version), StringComparison.Ordinal)
            .Replace("{{server-code}}", WebUtility.HtmlEncode(FirstBlock(readme, "csharp")), StringComparison.Ordinal)
            .Replace("{{client-code}}", WebUtility.HtmlEncode(FirstBlock(readme, "js")), StringComparison.Ordinal)
            .Replace("{{documents}}", Documents(), StringComparison.Ordinal);
    }

    // Links where the build knows the project's address, and the names of the files where it does not: no link leads nowhere.
    private static string Documents()
    {
        var project = typeof(PlaygroundPage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == "ProjectUrl")?.Value?.TrimEnd('/');
        var list = new StringBuilder();
        foreach (var (title, path) in PlaygroundDocuments.All)
        {
            var file = WebUtility.HtmlEncode(path);
            list.Append(project is null
                ? $"<li>{title} <code>{file}</code></li>"
                : $"<li><a href=\"{WebUtility.HtmlEncode(project)}/blob/HEAD/{file}\">{title}</a></li>");
        }

        return list.ToString();
    }

    private static string Text(string resource) => Encoding.UTF8.GetString(Bytes(resource));

    private static byte[] Bytes(string resource)
    {
        using var stream = typeof(PlaygroundPage).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}

/// <summary>What a visitor reads next, by title and place in the repository.</summary>
internal static class PlaygroundDocuments
{
    public static readonly (string Title, string Path)[] All =
    [
        ("Tutorial: a chat, then a game", "docs/tutorial.md"),
        ("All pages, by what you want to do", "docs/README.md"),
        ("Game loops", "docs/game-loops.md"),
        ("Slow readers", "docs/backpressure.md"),
        ("What it costs, measured", "docs/performance.md"),
        ("Every option", "docs/configuration.md"),
        ("When something does not work", "docs/troubleshooting.md"),
        ("How it is built", "docs/architecture.md"),
    ];
}
