using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;
using Sockeye.Inspection;

namespace Sockeye.Host.Administration;

/// <summary>What the page for operators asks, and scripts may: reports, a search for clients, and putting one out.</summary>
/// <remarks>Runs on the loop of the listener; the server of clients is asked through <see cref="SockeyeServer.Inspection"/>, which holds none of its loops up.</remarks>
internal static class AdministrationApi
{
    /// <summary>Clients that a search tells of at most. Own: a page.</summary>
    public const int MaxFound = 50;

    public static void Map(AdministrationRoutes routes, Func<SockeyeServer> server, ILogger logger)
    {
        routes.MapGet("/api/report", async exchange =>
        {
            if (!TryReadTop(exchange, out var top))
            {
                exchange.RespondText(400, $"top is a number from 0 to {ServerInspection.MaxTop}\n");
                return;
            }

            Respond(exchange, await ReportFacts.OfAsync(server(), top), AdministrationJson.Default.ReportFacts);
        });
        routes.MapGet("/api/clients", async exchange =>
        {
            if (exchange.Query("find") is not { Length: > 0 } wanted)
            {
                exchange.RespondText(400, "find is the id of a socket or of a connection, or a user\n");
                return;
            }

            Respond(exchange, ClientFacts.Of(await server().Inspection.FindAsync(wanted, MaxFound)), AdministrationJson.Default.ClientFacts);
        });
        routes.MapPost("/api/disconnect", async (exchange, who, body) =>
        {
            if (ReadSocket(body.Span) is not { Length: > 0 } socket)
            {
                exchange.RespondText(400, "the body is {\"socket\":\"ID\"}, with the id of a socket\n");
                return;
            }

            // A user may be called as a socket is: only the socket is meant.
            var found = await server().Inspection.FindAsync(socket, MaxFound);
            ClientReport[] meant = [.. found.Clients.Where(client => client.Sockets.Any(own => own.Socket.Id == socket))];
            foreach (var client in meant)
            {
                HostLog.AdministrationDisconnects(logger, who, socket, client.Connection.RemoteEndPoint);
                client.Disconnect();
            }

            Respond(exchange, new DisconnectAnswer(meant.Length), AdministrationJson.Default.DisconnectAnswer);
        });
    }

    private static bool TryReadTop(HttpExchange exchange, out int top)
    {
        top = 10;
        return exchange.Query("top") is not { } text
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out top) && top <= ServerInspection.MaxTop);
    }

    private static string? ReadSocket(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, AdministrationJson.Default.DisconnectRequest)?.Socket;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Respond<T>(HttpExchange exchange, T answer, JsonTypeInfo<T> type) => exchange.Respond(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(answer, type));
}
