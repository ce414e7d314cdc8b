using Sockeye.Transport;

namespace Sockeye.Server.Clients;

/// <summary>A moment at which the connection of a client is closed unless something happens before.</summary>
/// <remarks>On the loop of the client. Lives until it is cancelled or has expired.</remarks>
internal sealed class ClientDeadline(SocketIOClient client, TimeSpan interval, Action<SocketIOClient> expired, bool mayExtend) : DueEntry
{
    private bool _mayExtend = mayExtend;

    /// <inheritdoc />
    protected override bool IsDeadline => true;

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due)
    {
        var loop = client.Session.Loop;
        if (_mayExtend && due - interval < loop.HeldUpAt)
        {
            // While the loop did not read, the peer could not go on sending.
            _mayExtend = false;
            loop.DueList(interval).Add(this);
            return;
        }

        expired(client);
    }
}
