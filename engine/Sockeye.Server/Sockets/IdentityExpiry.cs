using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>The moment at which the identity of one socket expires.</summary>
/// <remarks>On the socket's event loop, from its first identity with an expiry until it closes; one that comes later moves the moment. What is left, by the server's clock, when it is set passes by the clock of the loop,
/// which no correction of the machine's time moves.</remarks>
internal sealed class IdentityExpiry(ServerSocket socket) : DueEntry
{
    /// <summary>Until the server's clock is looked at again (own): that of the loop stands still while a machine sleeps.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private SocketIdentity? _identity;
    private TimeSpan _end;

    /// <summary>Waits for the expiry of an identity, and no longer for that of the one before.</summary>
    public void Await(SocketIdentity identity)
    {
        _identity = identity;
        var left = identity.ExpiresAt!.Value - socket.Time.GetUtcNow();
        _end = socket.Home.ReadClock() + (left > TimeSpan.Zero ? left : TimeSpan.Zero);
        Wait();
    }

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due)
    {
        // An identity that another thread sets just now is awaited in a turn to come.
        if (socket.Identity is not { } identity || identity != _identity)
        {
            return;
        }

        if (due >= _end || identity.HasExpired(socket.Time.GetUtcNow()))
        {
            socket.Expire(identity);
        }
        else
        {
            Wait();
        }
    }

    private void Wait()
    {
        var latest = socket.Home.Now + LongestWait;
        socket.Home.DueList(LongestWait).Add(this, _end < latest ? _end : latest);
    }
}
