using Sockeye.Inspection;
using Sockeye.Plugins;

namespace Sockeye.Host.Administration;

/// <summary>What <c>/api/report</c> answers. Counts go up from the start of the server; whoever shows them by the second takes differences.</summary>
/// <param name="State">A <see cref="ServerState"/>.</param>
/// <param name="WorkingSet">Bytes of the process in memory.</param>
/// <param name="Processor">Seconds of processor time that the process has used.</param>
/// <param name="Report">What the server says of itself.</param>
/// <param name="Plugins">Its plugins and their circuits.</param>
internal sealed record ReportFacts(string State, long WorkingSet, double Processor, ServerReport Report, IReadOnlyList<PluginStatus> Plugins)
{
    public static async Task<ReportFacts> OfAsync(SockeyeServer server, int top) =>
        new(server.State.ToString(), Environment.WorkingSet, Environment.CpuUsage.TotalTime.TotalSeconds, await server.Inspection.ReportAsync(top), server.Plugins.All);
}

/// <summary>What <c>/api/clients</c> answers.</summary>
/// <param name="Clients">Who was found.</param>
/// <param name="IsComplete">Whether every event loop has answered.</param>
/// <param name="HasMore">Whether there are more than are told of.</param>
internal sealed record ClientFacts(IReadOnlyList<ClientFact> Clients, bool IsComplete, bool HasMore)
{
    public static ClientFacts Of(ClientSearch search) => new([.. search.Clients.Select(ClientFact.Of)], search.IsComplete, search.HasMore);
}

/// <summary>A client, without the id of its connection: who knows that is the client.</summary>
internal sealed record ClientFact(
    string Transport, string Address, DateTimeOffset ConnectedAt, int WaitingBytes, int WaitingMessages, int MostBytes, long Dropped, double? SlowFor, bool IsReadingPaused, IReadOnlyList<SocketFact> Sockets)
{
    public static ClientFact Of(ClientReport client) => new(
        client.Connection.Transport,
        client.Connection.RemoteEndPoint.ToString(),
        client.ConnectedAt,
        client.Connection.OutboxBytes,
        client.Messages,
        client.Connection.OutboxPeakBytes,
        client.Connection.DroppedMessages,
        client.SlowFor?.TotalSeconds,
        client.IsReadingPaused,
        [.. client.Sockets.Select(static socket => new SocketFact(
            socket.Socket.Id, socket.Socket.Namespace.Name, socket.Socket.Identity?.Subject, [.. socket.Socket.Rooms.Where(room => room != socket.Socket.Id)], socket.QueuedJobs, socket.OpenAcks))]);
}

/// <summary>A socket of a client.</summary>
internal sealed record SocketFact(string Id, string Namespace, string? User, IReadOnlyList<string> Rooms, int QueuedJobs, int OpenAcks);

/// <summary>What <c>/api/disconnect</c> takes.</summary>
/// <param name="Socket">The id of a socket, whose client goes.</param>
internal sealed record DisconnectRequest(string? Socket);

/// <summary>What <c>/api/disconnect</c> answers.</summary>
/// <param name="Disconnected">How many clients were put out.</param>
internal sealed record DisconnectAnswer(int Disconnected);
