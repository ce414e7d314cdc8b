using Sockeye.Abstractions.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>An acknowledgement that one client owes.</summary>
/// <remarks>It owns its callback, which it tells once. The socket's loop. Waits in its socket's table and in a due-list of its loop, for its timeout at most.</remarks>
internal sealed class PendingAck(ServerSocket socket, long id, TimeSpan timeout, AckCallback callback) : DueEntry
{
    public long Id { get; } = id;

    public TimeSpan Timeout { get; } = timeout;

    public AckCallback Callback { get; } = callback;

    /// <inheritdoc />
    protected override bool IsDeadline => true;

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due)
    {
        socket.Acks?.Remove(Id);
        Callback.Fail(AckStatus.TimedOut);
    }
}
