using System.Net;
using Sockeye.EngineIO.Http;

namespace Sockeye.Server.Common;

/// <summary>What is wrong with where a server is to listen. It has no state.</summary>
internal static class ListenerFaults
{
    private const int MaxNameLength = 64;

    /// <summary>One sentence for each fault, beginning with its key.</summary>
    public static IEnumerable<string> Of(SockeyeServerOptions options)
    {
        foreach (var (name, listener) in options.Listeners)
        {
            foreach (var fault in Of(name, listener))
            {
                yield return $"{KeyOf(name)}{fault}";
            }
        }

        (string Key, string Url)[] urls =
        [
            .. options.Urls.Select(static url => (nameof(SockeyeServerOptions.Urls), url)),
            .. options.Listeners.Where(static listener => listener.Value.Url is not null).Select(static listener => ($"{KeyOf(listener.Key)}:{nameof(ListenerOptions.Url)}", listener.Value.Url!)),
        ];
        (string Key, string Url, IPEndPoint EndPoint)[] wanted = [.. urls.Where(static url => ServerUrl.Fault(url.Url) is null).SelectMany(static url => ServerUrl.Parse(url.Url).Select(endPoint => (url.Key, url.Url, endPoint)))];
        for (var i = 0; i < wanted.Length; i++)
        {
            var (key, url, endPoint) = wanted[i];
            if (key != nameof(SockeyeServerOptions.Urls) && Array.FindIndex(wanted, 0, i, other => other.Key != key && ServerUrl.Collide(other.EndPoint, endPoint)) is >= 0 and var first)
            {
                yield return $"{key}: '{url}' and '{wanted[first].Url}' of {wanted[first].Key} are the same port of one address; each listener needs one of its own.";
            }
        }
    }

    private static string KeyOf(string name) => $"{nameof(SockeyeServerOptions.Listeners)}:{name}";

    private static IEnumerable<string> Of(string name, ListenerOptions listener)
    {
        if (name.Equals(HttpServer.DefaultName, StringComparison.OrdinalIgnoreCase))
        {
            yield return $": is the name of what {nameof(SockeyeServerOptions.Urls)} says; choose another one.";
        }
        else if (name.Length is 0 or > MaxNameLength || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            yield return $": the name of a listener has 1 to {MaxNameLength} letters, digits, '-', '_' and '.'.";
        }

        if (listener.Url is null)
        {
            yield return $": has no {nameof(ListenerOptions.Url)}, which says where it listens, such as http://10.0.0.5:3001.";
        }
        else if (ServerUrl.Fault(listener.Url) is { } fault)
        {
            yield return $":{nameof(ListenerOptions.Url)}: {fault}";
        }

        foreach (var route in ListenerRoutes.Faults(listener.Routes))
        {
            yield return $":{nameof(ListenerOptions.Routes)}{(listener.Routes!.Count == 0 ? " " : ": ")}{route}";
        }
    }
}
