namespace Sockeye;

/// <summary>Something that waits until the handlers of its socket are done with what came before.</summary>
internal abstract class HandlerJob
{
    /// <summary>The one behind it in the queue.</summary>
    public HandlerJob? Next { get; set; }

    /// <summary>Bytes of a received event; 0 for work of the application, which does not pause the client.</summary>
    public virtual int Bytes => 0;

    /// <summary>Whether a client that has gone makes it pointless.</summary>
    public virtual bool EndsWithSocket => true;

    public abstract void Run(ServerSocket socket);
}

/// <summary>A received event, copied out of the read buffer.</summary>
internal sealed class QueuedEvent : HandlerJob
{
    private readonly byte[] _bytes;
    private readonly int _nameLength;
    private readonly bool _isNumeric;
    private readonly long _ackId;
    private readonly ReadOnlyMemory<byte>[] _attachments;

    public QueuedEvent(in ReceivedEvent e)
    {
        _bytes = new byte[e.Name.Length + e.Arguments.Length];
        e.Name.CopyTo(_bytes);
        e.Arguments.CopyTo(_bytes.AsSpan(e.Name.Length));
        _nameLength = e.Name.Length;
        _isNumeric = e.IsNumeric;
        _ackId = e.AckId;
        _attachments = e.Attachments.ToArray();
        Bytes = _bytes.Length;
        foreach (var attachment in _attachments)
        {
            Bytes += attachment.Length;
        }
    }

    /// <inheritdoc />
    public override int Bytes { get; }

    /// <inheritdoc />
    public override void Run(ServerSocket socket) =>
        socket.Dispatch(new ReceivedEvent(_bytes.AsSpan(0, _nameLength), _isNumeric, _bytes.AsSpan(_nameLength), _ackId, _attachments));
}

/// <summary>The handlers of connections.</summary>
internal sealed class ConnectionJob : HandlerJob
{
    /// <inheritdoc />
    public override void Run(ServerSocket socket) => socket.RunConnectionHandlers();
}

/// <summary>The handlers of disconnections, where they run on the thread pool.</summary>
internal sealed class DisconnectJob(Disconnection disconnection) : HandlerJob
{
    /// <inheritdoc />
    public override bool EndsWithSocket => false;

    /// <inheritdoc />
    public override void Run(ServerSocket socket) => socket.RunDisconnectHandlers(disconnection);
}

/// <summary>Work that the application posted to the socket.</summary>
internal sealed class PostedJob(Action<object?> action, object? state) : HandlerJob
{
    /// <inheritdoc />
    public override void Run(ServerSocket socket) => socket.RunPosted(action, state);
}
