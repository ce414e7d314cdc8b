using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.EngineIO.Http;

/// <summary>Serves files from memory. A folder is read once, when it is added: a request can only name what is in the table, so no path leads outside.</summary>
/// <remarks>Fill it before the server starts; read by all loops afterwards. <b>Limits.</b> 64 MiB over all files, and 1,000 of them, unless told otherwise (own).</remarks>
public sealed class StaticFiles : IHttpHandler
{
    private sealed record Entry(byte[] Content, string ContentType, string ETag);

    private readonly Dictionary<string, Entry> _files = new(StringComparer.Ordinal);
    private readonly string _prefix;
    private readonly string? _index;
    private readonly string _cacheControl;
    private readonly long _maxTotalBytes;
    private readonly int _maxFiles;
    private long _totalBytes;

    /// <summary>Makes an empty set of files for the paths below <paramref name="prefix"/>.</summary>
    /// <param name="prefix">Where it is mapped, for example "/" or "/assets/".</param>
    /// <param name="index">The file that answers the prefix itself and paths that end with '/'; null: none.</param>
    /// <param name="cacheControl">The Cache-Control of each answer. Default: always ask again, which costs a 304.</param>
    /// <param name="maxTotalBytes">Bytes over all files. Default 64 MiB.</param>
    /// <param name="maxFiles">Number of files. Default 1,000.</param>
    public StaticFiles(string prefix, string? index = "index.html", string cacheControl = "no-cache", long maxTotalBytes = 64 << 20, int maxFiles = 1000)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        _prefix = prefix.EndsWith('/') ? prefix : prefix + "/";
        _index = index;
        _cacheControl = cacheControl;
        _maxTotalBytes = maxTotalBytes;
        _maxFiles = maxFiles;
    }

    /// <summary>Adds a file.</summary>
    /// <param name="name">Its path below the prefix, with '/' between folders.</param>
    /// <param name="content">Its bytes; not copied, must not change.</param>
    /// <param name="contentType">Its type; null: by the name's extension.</param>
    /// <exception cref="InvalidOperationException">A limit of the set is exceeded.</exception>
    public void Add(string name, byte[] content, string? contentType = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(content);
        _totalBytes += content.Length;
        if (_totalBytes > _maxTotalBytes || _files.Count >= _maxFiles)
        {
            throw new InvalidOperationException($"The static files below {_prefix} exceed {_maxTotalBytes} bytes or {_maxFiles} files.");
        }

        var etag = "\"" + Base64Url.EncodeToString(SHA256.HashData(content).AsSpan(0, 12)) + "\"";
        _files[name] = new Entry(content, contentType ?? TypeOf(name), etag);
    }

    /// <summary>Adds all files of a folder and its subfolders, except those whose name or folder begins with '.' and symbolic links.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidOperationException">A limit of the set is exceeded.</exception>
    public void AddFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder '{Path.GetFullPath(folder)}' to serve below {_prefix}. A relative path begins at the working folder of the process.");
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint };
        foreach (var path in Directory.EnumerateFiles(folder, "*", options).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (!name.StartsWith('.') && !name.Contains("/.", StringComparison.Ordinal))
            {
                // A pipe has no length, and would be waited for.
                Add(name, NamedFile.HasContent(path) ? File.ReadAllBytes(path) : []);
            }
        }
    }

    /// <inheritdoc/>
    public void OnRequest(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var head = exchange.Head;
        if (head.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            exchange.AddHeader("Allow", "GET, HEAD");
            exchange.Respond(405, null, default);
            return;
        }

        if (Find(head.Path) is not { } file)
        {
            exchange.Respond(404, null, default);
            return;
        }

        exchange.AddHeader("ETag", file.ETag);
        exchange.AddHeader("Cache-Control", _cacheControl);
        exchange.AddHeader("X-Content-Type-Options", "nosniff");
        if (head.TryGetHeader("If-None-Match"u8, out var tags) && Matches(tags, file.ETag))
        {
            exchange.Respond(304, null, default);
        }
        else
        {
            exchange.RespondShared(200, file.ContentType, file.Content);
        }
    }

    private static bool Matches(ReadOnlySpan<byte> tags, string etag)
    {
        foreach (var range in tags.Split((byte)','))
        {
            var tag = tags[range].Trim(" \t"u8);
            tag = tag.StartsWith("W/"u8) ? tag[2..] : tag;
            if (tag.SequenceEqual("*"u8) || Ascii.Equals(tag, etag))
            {
                return true;
            }
        }

        return false;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" or ".htm" => "text/html; charset=utf-8",
        ".js" or ".mjs" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".json" or ".map" => "application/json",
        ".txt" or ".md" => "text/plain; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".jpg" or ".jpeg" => "image/jpeg",
        ".gif" => "image/gif",
        ".webp" => "image/webp",
        ".ico" => "image/x-icon",
        ".woff2" => "font/woff2",
        ".wasm" => "application/wasm",
        _ => "application/octet-stream",
    };

    private Entry? Find(ReadOnlySpan<byte> path)
    {
        var text = Encoding.UTF8.GetString(path);        // decoded once by the parser; a dot has no meaning in a table
        if (!text.StartsWith(_prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var name = text[_prefix.Length..];
        name = (name.Length == 0 || name.EndsWith('/')) && _index is not null ? name + _index : name;
        return _files.GetValueOrDefault(name);
    }
}
