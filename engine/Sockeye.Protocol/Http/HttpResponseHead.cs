using System.Buffers.Text;
using System.Text;

namespace Sockeye.Protocol.Http;

/// <summary>
/// Writes the pieces of a response head: status line, field lines, empty line. Each method returns the bytes written and throws
/// <see cref="ArgumentException"/> when the destination is too short, or when a name or value could break out of its line
/// (names and values come from our own user, never from a peer). Any thread.
/// </summary>
public static class HttpResponseHead
{
    /// <summary>The longest status line in bytes.</summary>
    public const int MaxStatusLineBytes = 64;

    /// <summary>The longest Content-Length field line in bytes.</summary>
    public const int MaxContentLengthBytes = 40;

    /// <summary>Writes <c>HTTP/1.1 200 OK</c> and CRLF; a status without a phrase of ours has an empty one.</summary>
    public static int WriteStatusLine(Span<byte> destination, int status)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 599);
        var length = Put(destination, "HTTP/1.1 "u8);
        Utf8Formatter.TryFormat(status, destination[length..], out var digits);
        length += digits;
        length += Put(destination[length..], " "u8);
        length += Encoding.ASCII.GetBytes(ReasonPhrase(status), destination[length..]);
        return length + Put(destination[length..], "\r\n"u8);
    }

    /// <summary>The bytes that <see cref="WriteHeader(Span{byte}, string, string)"/> writes.</summary>
    public static int HeaderLength(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        return name.Length + value.Length + 4;
    }

    /// <summary>Writes <c>name: value</c> and CRLF, in Latin-1.</summary>
    public static int WriteHeader(Span<byte> destination, string name, string value)
    {
        if (!IsValidHeaderName(name))
        {
            throw new ArgumentException("A field name consists of token characters.", nameof(name));
        }

        if (!IsValidHeaderValue(value))
        {
            throw new ArgumentException("A field value has no line breaks, other control characters, or characters above U+00FF.", nameof(value));
        }

        var length = Encoding.Latin1.GetBytes(name, destination);
        length += Put(destination[length..], ": "u8);
        length += Encoding.Latin1.GetBytes(value, destination[length..]);
        return length + Put(destination[length..], "\r\n"u8);
    }

    /// <summary>Writes <c>name: value</c> and CRLF.</summary>
    public static int WriteHeader(Span<byte> destination, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty || name.ContainsAnyExcept(HttpCharacters.Token))
        {
            throw new ArgumentException("A field name consists of token characters.", nameof(name));
        }

        if (value.ContainsAny(HttpCharacters.Control))
        {
            throw new ArgumentException("A field value has no line breaks or other control characters.", nameof(value));
        }

        var length = Put(destination, name);
        length += Put(destination[length..], ": "u8);
        length += Put(destination[length..], value);
        return length + Put(destination[length..], "\r\n"u8);
    }

    /// <summary>Writes the Content-Length field line.</summary>
    public static int WriteContentLength(Span<byte> destination, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        var length = Put(destination, "Content-Length: "u8);
        if (!Utf8Formatter.TryFormat(value, destination[length..], out var digits))
        {
            throw new ArgumentException("The destination is too short.", nameof(destination));
        }

        length += digits;
        return length + Put(destination[length..], "\r\n"u8);
    }

    /// <summary>Writes the empty line that ends the head.</summary>
    public static int WriteEnd(Span<byte> destination) => Put(destination, "\r\n"u8);

    /// <summary>True for one or more token characters.</summary>
    public static bool IsValidHeaderName(string name) => !string.IsNullOrEmpty(name) && !name.AsSpan().ContainsAnyExcept(HttpCharacters.TokenText);

    /// <summary>True for text without line breaks, other control characters (HTAB excepted) and characters above U+00FF.</summary>
    public static bool IsValidHeaderValue(string value)
    {
        if (value is null)
        {
            return false;
        }

        foreach (var c in value)
        {
            if (c > 0xFF || HttpCharacters.Control.Contains((byte)c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The usual phrase of a status, empty for one that is not used here.</summary>
    public static string ReasonPhrase(int status) => status switch
    {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    };

    private static int Put(Span<byte> destination, ReadOnlySpan<byte> text)
    {
        text.CopyTo(destination);
        return text.Length;
    }
}
