using System.Globalization;
using System.Net;

namespace Sockeye.EngineIO.Http;

/// <summary>Turns a url such as <c>http://127.0.0.1:3000</c> into the end points to listen on.</summary>
public static class ServerUrl
{
    /// <summary>What is wrong with a url to listen on, in one sentence; null if nothing is.</summary>
    /// <param name="url">Such as <c>http://127.0.0.1:3000</c>.</param>
    public static string? Fault(string url)
    {
        try
        {
            Parse(url);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether this machine alone reaches a url to listen on.</summary>
    /// <param name="url">One without a <see cref="Fault"/>.</param>
    /// <exception cref="ArgumentException">One sentence that says what is wrong with the url.</exception>
    public static bool IsLoopback(string url) => Array.TrueForAll(Parse(url), static endPoint => IPAddress.IsLoopback(endPoint.Address));

    /// <summary>Whether two end points are the same port of one address: the kernel refuses the second one, or gives clients of each to either where a port is shared.</summary>
    /// <param name="one">One; port 0, which is any free one, meets none.</param>
    /// <param name="other">The other.</param>
    public static bool Collide(IPEndPoint one, IPEndPoint other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one.Port == other.Port && one.Port != 0
            && (one.Address.Equals(other.Address) || Covers(one.Address, other.Address) || Covers(other.Address, one.Address));
    }

    /// <summary>The end points behind a url: <c>localhost</c> is both loopback addresses; <c>*</c> and <c>+</c> are all IPv4 addresses, <c>[::]</c> all IPv6 ones.</summary>
    /// <param name="url">Such as <c>http://127.0.0.1:3000</c>.</param>
    /// <exception cref="ArgumentException">One sentence that says what is wrong with the url.</exception>
    public static IPEndPoint[] Parse(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var shown = LogText.Escape(url);
        if (url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"'{shown}': https is not supported yet; put a proxy that ends TLS in front and listen on http.");
        }

        if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"'{shown}' is not a url to listen on: write http://HOST:PORT.");
        }

        var rest = url["http://".Length..];
        rest = rest.EndsWith('/') ? rest[..^1] : rest;
        if (rest.AsSpan().IndexOfAny("/?#@") >= 0)
        {
            throw new ArgumentException($"'{shown}': a url to listen on ends after the port; paths are configured where they are mapped.");
        }

        var colon = rest.LastIndexOf(':');
        var bracket = rest.LastIndexOf(']');
        var host = colon > bracket ? rest[..colon] : rest;
        var port = 80;
        if (colon > bracket && (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > IPEndPoint.MaxPort))
        {
            throw new ArgumentException($"'{shown}': the port is a number from 0 (any free one) to 65535.");
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            // A free port differs between the two addresses, so port 0 means the IPv4 one.
            return port == 0 ? [new(IPAddress.Loopback, 0)] : [new(IPAddress.Loopback, port), new(IPAddress.IPv6Loopback, port)];
        }

        if (host is "*" or "+")
        {
            return [new(IPAddress.Any, port)];
        }

        if (IPAddress.TryParse(host, out var address) && (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) == (bracket >= 0))
        {
            return [new(address, port)];
        }

        throw new ArgumentException($"'{shown}': the host to listen on is an address ([::1] for IPv6), localhost, or * for all IPv4 addresses.");
    }

    // All IPv6 addresses are all IPv4 ones as well, as the listeners ask for it.
    private static bool Covers(IPAddress all, IPAddress one) =>
        all.Equals(IPAddress.IPv6Any) || (all.Equals(IPAddress.Any) && one.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork);
}
