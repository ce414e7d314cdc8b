using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Something that waits until the handlers of its socket are done with what came before.</summary>
/// <remarks>Its link and what it counts for are guarded by the lock of its <see cref="HandlerQueue"/>; it runs where the handlers of the socket do, or is discarded, once.</remarks>
internal abstract class HandlerJob
{
    /// <summary>The one behind it in the queue.</summary>
    public HandlerJob? Next { get; set; }

    /// <summary>Bytes of a received event; 0 for work of the application, which does not pause the client.</summary>
    public virtual int Bytes => 0;

    /// <summary>Those of <see cref="Bytes"/> that no frame holds, to be counted towards the memory that the engine holds.</summary>
    public virtual int BytesBesideFrames => 0;

    /// <summary>Whether it may be dropped when the socket has gone.</summary>
    public virtual bool MayBeDropped => true;

    /// <summary>Whether it is the last one of its socket, and waits for concurrent handlers too.</summary>
    public virtual bool IsLast => false;

    /// <summary>Calls its handlers. They are guarded one by one further down; what arrives here is a fault of the engine, and must end neither a loop's turn nor the process.</summary>
    public void RunOrDiscard(ServerSocket socket)
    {
        try
        {
            if (socket.MayBegin(this))
            {
                Run(socket);
            }
            else
            {
                Discard();
            }
        }
#pragma warning disable CA1031 // The socket has to go on; the fault is logged and counted.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            socket.ReportFault(fault);
        }
    }

    /// <summary>It will not run.</summary>
    public virtual void Discard()
    {
    }

    protected abstract void Run(ServerSocket socket);
}

/// <summary>A received event, copied out of the read buffer.</summary>
/// <remarks>It owns a frame with its text, and its attachments. Used over and over: it belongs to its queue until it has run or is discarded.</remarks>
internal sealed class QueuedEvent : HandlerJob
{
    private Frame? _text;
    private ReadOnlyMemory<byte>[] _attachments = [];
    private int _nameLength;
    private int _bytes;
    private bool _isNumeric;
    private long _ackId;

    private QueuedEvent()
    {
    }

    /// <inheritdoc />
    public override int Bytes => _bytes;

    /// <inheritdoc />
    public override int BytesBesideFrames => _bytes - _text!.Length;

    public static QueuedEvent Copy(in ReceivedEvent e)
    {
        var queued = Recycler<QueuedEvent>.Take() ?? new QueuedEvent();
        var text = Frame.Rent(e.Name.Length + e.Arguments.Length);
        text.Append(e.Name);
        text.Append(e.Arguments);
        queued._text = text;
        queued._nameLength = e.Name.Length;
        queued._isNumeric = e.IsNumeric;
        queued._ackId = e.AckId;
        queued._attachments = e.Attachments.ToArray();
        queued._bytes = text.Length;
        foreach (var attachment in queued._attachments)
        {
            queued._bytes += attachment.Length;
        }

        return queued;
    }

    /// <inheritdoc />
    protected override void Run(ServerSocket socket)
    {
        try
        {
            var text = _text!.Span;
            HandlerCalls.Event(socket, new ReceivedEvent(text[.._nameLength], _isNumeric, text[_nameLength..], _ackId, _attachments));
        }
        finally
        {
            Discard();
        }
    }

    /// <inheritdoc />
    public override void Discard()
    {
        _text!.Release();
        _text = null;
        _attachments = [];
        Recycler<QueuedEvent>.Give(this);
    }
}

/// <summary>The handlers of connections. They run for a client that has gone meanwhile too: those of its disconnection follow.</summary>
internal sealed class ConnectionJob : HandlerJob
{
    /// <inheritdoc />
    public override bool MayBeDropped => false;

    /// <inheritdoc />
    protected override void Run(ServerSocket socket) => HandlerCalls.Connection(socket);
}

/// <summary>The handlers of disconnections: the last job of every socket.</summary>
internal sealed class DisconnectJob(Disconnection disconnection) : HandlerJob
{
    /// <inheritdoc />
    public override bool MayBeDropped => false;

    /// <inheritdoc />
    public override bool IsLast => true;

    /// <inheritdoc />
    protected override void Run(ServerSocket socket) => HandlerCalls.Disconnection(socket, disconnection);
}

/// <summary>Work that the application posted to the socket.</summary>
internal sealed class PostedJob(Func<Task?> work) : HandlerJob
{
    public Func<Task?> Work => work;

    /// <inheritdoc />
    protected override void Run(ServerSocket socket) => HandlerCalls.Posted(socket, work);
}
