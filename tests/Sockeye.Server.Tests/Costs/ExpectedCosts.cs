using Xunit;

namespace Sockeye.Server.Tests.Costs;

/// <summary>
/// What each operation may cost the loop in calls to the kernel: the one place where these figures stand. They are exact, but for the waits,
/// of which there may be fewer when two events arrive together. A change that makes one larger is a regression; one that makes it smaller
/// changes this table.
/// </summary>
internal static class ExpectedCosts
{
    /// <summary>All messages of one read are handled in one turn, and their answers leave together at its end.</summary>
    public static readonly Cost EchoesOfOneRead = new(Receives: 1, Sends: 1, Waits: 1);

    /// <summary>The publish is one read; each member is a connection of its own, and a turn writes to a connection once, however much it has for it.</summary>
    public static Cost Broadcast(int members) => new(Receives: 1, Sends: members, Waits: 1);

    /// <summary>
    /// The connection and the try that finds no further one; one registration with epoll for both directions and for good. The upgrade request is
    /// one read, the 101 and the open packet leave together; the connect packet of the namespace is the second read, its answer the second send.
    /// A wait ends with the connection, one with the news that it takes bytes, one with the request, one with the connect packet.
    /// </summary>
    public static readonly Cost Connect = new(Receives: 2, Sends: 2, Waits: 4, Accepts: 2, Controls: 1);

    /// <summary>
    /// The read that finds the end, with no call to leave epoll: closing the descriptor does that. The end is acted on in the turn after the
    /// read, for answers may still be written in that one, and the handlers hear of it in the turn after that.
    /// </summary>
    public static readonly Cost Disconnect = new(Receives: 1, Sends: 0, Waits: 3);

    /// <summary>The ping is one send, at the end of the turn in which it came due; the pong is one read.</summary>
    public static readonly Cost Heartbeat = new(Receives: 1, Sends: 1, Waits: 2);

    /// <summary>One wait that ends with the timer, however many connections there are.</summary>
    public static readonly Cost Timer = new(Receives: 0, Sends: 0, Waits: 1);

    /// <summary>An event of an application that nobody answers: its read.</summary>
    public static readonly Cost EventWithoutAnswer = new(Receives: 1, Sends: 0, Waits: 1);
}

/// <summary>Calls to the kernel.</summary>
internal sealed record Cost(long Receives, long Sends, long Waits, long Accepts = 0, long Controls = 0)
{
    /// <summary>Taking a sample wakes the loop for a turn of its own, and the call that wakes it may come when it is up already and end one wait more.</summary>
    private const long WaitsOfASample = 2;

    public static Cost operator *(int times, Cost cost) =>
        new(times * cost.Receives, times * cost.Sends, times * cost.Waits, times * cost.Accepts, times * cost.Controls);

    public void Check(Spent spent)
    {
        Assert.Equal((Receives, Sends, Accepts, Controls), (spent.Receives, spent.Sends, spent.Accepts, spent.Controls));
        Assert.InRange(spent.Waits, 1, Waits + WaitsOfASample);
        Assert.Equal(0, spent.Gathered); // the WebSocket layer has put the frames together already: nothing is copied twice
    }
}
