using Sockeye.EngineIO;
using Sockeye.Inspection;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Inspection;

/// <summary>Finds clients among the sessions of one loop.</summary>
/// <param name="wanted">The id of a socket or session, or the subject of an identity; null: any.</param>
/// <param name="limit">How many are enough.</param>
internal sealed class ClientVisitor(string? wanted, int limit) : ISessionVisitor
{
    private readonly RandomId? _socket = wanted is not null && RandomId.TryParse(wanted, out var id) ? id : null;

    public bool IsDone => Found.Count >= limit;

    public List<ClientReport> Found { get; } = [];

    public void Visit(EngineSession session)
    {
        if (session.Tag is ClientLink client && IsWanted(client))
        {
            Found.Add(new ClientReport(
                client,
                session.Request.Time,
                session.Outbox.Count,
                session.SlowFor,
                session.IsReadingPaused,
                [.. client.Sockets.ToArray().Select(static socket => new SocketReport(socket, socket.QueuedJobs, socket.Acks?.Count ?? 0))]));
        }
    }

    public void End()
    {
    }

    private bool IsWanted(ClientLink client)
    {
        if (wanted is null || client.Session.HasId(wanted))
        {
            return true;
        }

        foreach (var socket in client.Sockets)
        {
            if (socket.Key == _socket || socket.Identity?.Subject == wanted)
            {
                return true;
            }
        }

        return false;
    }
}
