namespace Sockeye.Inspection;

/// <summary>What a search has found.</summary>
/// <param name="Clients">The clients, no more than was asked for.</param>
/// <param name="IsComplete">Whether every event loop has answered in time; if not, clients of the others are missing.</param>
/// <param name="HasMore">Whether there are more than was asked for.</param>
public sealed record ClientSearch(IReadOnlyList<ClientReport> Clients, bool IsComplete, bool HasMore);

/// <summary>A client and what waits for it, as it was when its loop was asked.</summary>
/// <param name="Connection">Its connection: transport, address, bytes that wait, drops.</param>
/// <param name="ConnectedAt">When it came.</param>
/// <param name="Messages">Messages that wait to be sent to it.</param>
/// <param name="SlowFor">How long it has been since more waited than the high watermark, without going down to the low one; null: less waits.</param>
/// <param name="IsReadingPaused">Whether nothing is read of it, since its handlers are behind.</param>
/// <param name="Sockets">Its sockets, one for each namespace that it is in.</param>
public sealed record ClientReport(
    ClientConnection Connection, DateTimeOffset ConnectedAt, int Messages, TimeSpan? SlowFor, bool IsReadingPaused, IReadOnlyList<SocketReport> Sockets)
{
    /// <summary>Puts the client out: its sockets hear of it, and its client does not come back by itself; one that is in no namespace is closed. What was queued leaves first. Any thread.</summary>
    public void Disconnect()
    {
        foreach (var socket in Sockets)
        {
            socket.Socket.Disconnect(close: true);
        }

        if (Sockets.Count == 0)
        {
            Connection.Close();
        }
    }
}

/// <summary>A socket and what waits for its handlers.</summary>
/// <param name="Socket">The socket: its id, namespace, rooms, identity.</param>
/// <param name="QueuedJobs">Events and posted work that wait for its handlers.</param>
/// <param name="OpenAcks">Acknowledgements that its client owes.</param>
public readonly record struct SocketReport(SockeyeSocket Socket, int QueuedJobs, int OpenAcks);
