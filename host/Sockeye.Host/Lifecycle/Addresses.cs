using Sockeye.EngineIO.Http;
using Sockeye.Inspection;

namespace Sockeye.Host.Lifecycle;

/// <summary>Where a server listens, for people. It has no state.</summary>
internal static class Addresses
{
    /// <summary>Each address, with the name of its listener if it has one.</summary>
    public static IEnumerable<string> Of(SockeyeServer server) => server.Listeners.SelectMany(static listener => listener.Endpoints.Select(endPoint => $"http://{endPoint}{Name(listener)}"));

    /// <summary>Where pages are answered, files among them; null: no listener answers them.</summary>
    public static string? OfPages(SockeyeServer server) => server.Listeners.FirstOrDefault(static listener => listener.Routes?.Contains("Files", StringComparer.OrdinalIgnoreCase) != false)?.Endpoints[0] is { } endPoint ? $"http://{endPoint}" : null;

    private static string Name(ServerListener listener) =>
        listener.Name == HttpServer.DefaultName ? "" : listener.Routes is null ? $" ({listener.Name})" : $" ({listener.Name}: {string.Join(", ", listener.Routes)})";
}
