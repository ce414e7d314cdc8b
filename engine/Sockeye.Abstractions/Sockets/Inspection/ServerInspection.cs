namespace Sockeye.Inspection;

/// <summary>How a server is, for whoever operates it: figures, the largest of everything, and single clients. It asks the event loops in small pieces of work, so that none is held up by it.</summary>
/// <remarks>
/// <para><b>Threads.</b> All members may be called from any thread. A loop looks at <see cref="ClientsPerTurn"/> clients in a turn and sees to its own work in between.</para>
/// <para><b>Limits.</b> One report and one search run at a time: reports that are asked for meanwhile are the same one, searches wait. A loop that does not come round in time is left out of the answer, which says so,
/// and is given nothing more until it has.</para>
/// </remarks>
public abstract class ServerInspection
{
    /// <summary>Entries of each list of a report at most.</summary>
    public const int MaxTop = 100;

    /// <summary>Clients of a search at most.</summary>
    public const int MaxClients = 1_000;

    /// <summary>Clients that a loop looks at in one turn for a report, and as many for a search. Own: a tenth of a millisecond or two.</summary>
    public const int ClientsPerTurn = 256;

    internal ServerInspection()
    {
    }

    /// <summary>The server as it is now, without anything that clients have sent but names of rooms and namespaces. Waits at most 100 ms for the event loops.</summary>
    /// <param name="top">How many of the largest of each kind are listed, 0 to <see cref="MaxTop"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of range.</exception>
    public abstract Task<ServerReport> ReportAsync(int top = 10, CancellationToken cancellationToken = default);

    /// <summary>Clients of this server, with what waits for them. Waits at most 1 s for the event loops.</summary>
    /// <param name="idOrUser">The id of a socket or of a connection, or the subject of an identity, exactly; null: any client.</param>
    /// <param name="limit">How many are told of, 1 to <see cref="MaxClients"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of range.</exception>
    public abstract Task<ClientSearch> FindAsync(string? idOrUser, int limit = 20, CancellationToken cancellationToken = default);
}
