using System.Text;

namespace Sockeye.Protocol.Http;

/// <summary>
/// The head of one request: immutable, one block of bytes of its own and ranges into it, so that it may be kept for the life of a
/// session at about its size on the wire. Names of fields are compared without case. Any thread.
/// </summary>
public sealed class HttpRequestHead
{
    private readonly byte[] _block;
    private readonly HttpHeader[] _headers;
    private readonly HttpRequestLine _line;
    private readonly HttpRange _path;
    private readonly HttpHeadFlags _flags;

    internal HttpRequestHead(ReadOnlySpan<byte> bytes, HttpRequestLine line, HttpHeader[] headers, HttpHeadFlags flags, long contentLength)
    {
        _line = line;
        _headers = headers;
        _flags = flags;
        ContentLength = contentLength;
        _path = line.Path;

        // The empty line is not kept; a decoded path, never longer than the encoded one, takes its place behind the fields.
        var kept = bytes.Length - 2;
        if (!line.HasEncodedPath)
        {
            _block = bytes[..kept].ToArray();
            return;
        }

        Span<byte> decoded = stackalloc byte[line.Path.Length <= 256 ? 256 : 0];
        decoded = decoded.IsEmpty ? new byte[line.Path.Length] : decoded;
        var length = PercentEncoding.Decode(line.Path.In(bytes), decoded, plusIsBlank: false);
        _block = new byte[kept + length];
        bytes[..kept].CopyTo(_block);
        decoded[..length].CopyTo(_block.AsSpan(kept));
        _path = new HttpRange(kept, length);
    }

    /// <summary>Makes a head again from what <see cref="Keep"/> gave.</summary>
    /// <param name="kept">As it was given.</param>
    public static HttpRequestHead FromKept(byte[] kept)
    {
        ArgumentNullException.ThrowIfNull(kept);

        // Behind the last field line there may be a decoded path, which has no line feed; the empty line is what was left out.
        var block = HttpPhrases.Expand(kept);
        ReadOnlySpan<byte> lines = block.AsSpan(0, Array.LastIndexOf(block, (byte)'\n') + 1);
        byte[] bytes = [.. lines, (byte)'\r', (byte)'\n'];
        var error = HttpRequestLine.Read(lines[..(lines.IndexOf((byte)'\n') - 1)], out var line);
        HttpRequestHead? head = null;
        if (error == ProtocolError.None)
        {
            error = HttpHeadParser.Parse(bytes, line, lines.Count((byte)'\n') - 1, out head);
        }

        return error == ProtocolError.None ? head! : throw new ArgumentException("These are not the bytes of a head.", nameof(kept));
    }

    /// <summary>What to keep of a head that is rarely asked: its bytes alone, the usual phrases shortened, without an index of the fields. <see cref="FromKept"/> reads them again.</summary>
    public byte[] Keep() => HttpPhrases.Shorten(_block);

    /// <summary>The request line and the field lines as they were sent, each with its end, without the empty line behind them.</summary>
    public ReadOnlySpan<byte> Lines => _block.AsSpan(0, _block.AsSpan().LastIndexOf((byte)'\n') + 1);

    /// <summary>Bytes of memory that it takes, about.</summary>
    public int MemoryBytes => _block.Length + (_headers.Length * HttpHeader.MemoryBytes);

    /// <summary>The method; <see cref="HttpMethod.Other"/> for one that has no member.</summary>
    public HttpMethod Method => _line.Method;

    /// <summary>The method as sent. Allocates for <see cref="HttpMethod.Other"/>.</summary>
    public string MethodText => Method switch
    {
        HttpMethod.Get => "GET",
        HttpMethod.Post => "POST",
        HttpMethod.Options => "OPTIONS",
        HttpMethod.Head => "HEAD",
        HttpMethod.Put => "PUT",
        HttpMethod.Delete => "DELETE",
        HttpMethod.Patch => "PATCH",
        _ => Encoding.ASCII.GetString(_line.MethodRange.In(_block)),
    };

    /// <summary>The request target as sent: printable ASCII without fragment.</summary>
    public ReadOnlySpan<byte> Target => _line.Target.In(_block);

    /// <summary>
    /// The path, percent-decoded once: begins with <c>/</c> (or is <c>*</c> for OPTIONS), has no control byte, no encoded slash or
    /// backslash. Dot segments are not resolved, so whoever maps it to files must refuse them.
    /// </summary>
    public ReadOnlySpan<byte> Path => _path.Length == 0 ? "/"u8 : _path.In(_block);

    /// <summary>The query as sent, without <c>?</c>; see <see cref="QueryString"/>.</summary>
    public ReadOnlySpan<byte> Query => _line.Query.In(_block);

    /// <summary>The request target as text. Allocates.</summary>
    public string Url => Encoding.ASCII.GetString(Target);

    /// <summary>0 for HTTP/1.0, 1 for HTTP/1.1.</summary>
    public int MinorVersion => _line.MinorVersion;

    /// <summary>True when the connection may serve another request.</summary>
    public bool KeepAlive => (_flags & HttpHeadFlags.KeepAlive) != 0;

    /// <summary>The announced length of the body in bytes, -1 without Content-Length.</summary>
    public long ContentLength { get; }

    /// <summary>True when the body comes in chunks.</summary>
    public bool IsChunked => (_flags & HttpHeadFlags.Chunked) != 0;

    /// <summary>True when bytes of a body follow the head.</summary>
    public bool HasBody => IsChunked || ContentLength > 0;

    /// <summary>True when the client waits for <c>100 Continue</c> before it sends the body.</summary>
    public bool ExpectContinue => (_flags & HttpHeadFlags.ExpectContinue) != 0;

    /// <summary>True for HTTP/1.1 with <c>Upgrade: websocket</c> and <c>Connection: upgrade</c>; such a request has no body.</summary>
    public bool IsUpgrade => (_flags & HttpHeadFlags.Upgrade) != 0;

    /// <summary>The number of field lines.</summary>
    public int HeaderCount => _headers.Length;

    /// <summary>The name of a field line as sent.</summary>
    public ReadOnlySpan<byte> HeaderName(int index) => _headers[index].Name.In(_block);

    /// <summary>The value of a field line without blanks around it. Bytes from 0x80 on have no defined meaning (read them as Latin-1).</summary>
    public ReadOnlySpan<byte> HeaderValue(int index) => _headers[index].Value.In(_block);

    /// <summary>The value of the first field line with this name.</summary>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var index = IndexOf(name, 0);
        value = index < 0 ? default : HeaderValue(index);
        return index >= 0;
    }

    /// <summary>The value of the field line with this name if there is exactly one.</summary>
    public bool TryGetSingleHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) =>
        TryGetHeader(name, out value) && IndexOf(name, IndexOf(name, 0) + 1) < 0;

    /// <summary>The value of a field as text, null if absent; several lines are joined by <c>", "</c>, those of Cookie by <c>"; "</c>. Allocates.</summary>
    public string? Header(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string? joined = null;
        for (var i = 0; i < _headers.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(HeaderName(i), name))
            {
                var value = Encoding.Latin1.GetString(HeaderValue(i));
                joined = joined is null ? value : joined + Separator(name) + value;
            }
        }

        return joined;
    }

    /// <summary>What joins several lines of one field to one value: "; " for Cookie (RFC 6265 section 5.4), ", " for all others (RFC 9110 section 5.3).</summary>
    /// <param name="name">The field's name, in any case.</param>
    public static string Separator(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Equals("cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ";
    }

    private int IndexOf(ReadOnlySpan<byte> name, int from)
    {
        for (var i = from; i < _headers.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(HeaderName(i), name))
            {
                return i;
            }
        }

        return -1;
    }
}
