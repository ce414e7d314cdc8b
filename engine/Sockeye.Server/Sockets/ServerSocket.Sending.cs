using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.EngineIO;
using Sockeye.Protocol.SocketIO;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <content>What the application sends: emits, acknowledgements that are awaited, waiting for room.</content>
internal sealed partial class ServerSocket
{
    /// <summary>What a client hears of an event that was refused. No client can send it.</summary>
    public const string RefusedEvent = "sockeye:refused";

    private bool _slowReported;

    /// <summary>Acknowledgements that the client owes; null if it never owed one.</summary>
    public AckTable? Acks => System.Threading.Volatile.Read(ref _rare)?.Acks;

    internal override EmitResult EmitCore(EventWriter e, in EmitOptions options)
    {
        if (!IsConnected)
        {
            return EmitResult.Closed;
        }

        if (!Leaves(e))
        {
            return EmitResult.Dropped;
        }

        return options.IsVolatile && !Session.IsWritable
            ? DropVolatile()
            : options.LatestKey is null && TryPass(SocketPacketType.Event, e, -1)
            ? EmitResult.Accepted
            : Send(PacketFrames.Event(_namespace.NameUtf8, e), options, null);
    }

    internal override bool TryEmitRaw(in EventReader e)
    {
        var name = e.NameUtf8;
        var arguments = e.ArgumentsUtf8;
        var nsp = _namespace.NameUtf8;
        var header = SocketPacketWriter.HeaderLength(0, nsp, -1);
        var length = header + name.Length + 4 + (arguments.IsEmpty ? 0 : arguments.Length + 1);
        if (e.AttachmentCount > 0 || e.Context.Name.IsNumber || HasOutgoingListeners || JsonText.MustBeEscaped(name) || !TryPass(length, out var body))
        {
            return false;
        }

        SocketPacketWriter.WriteHeader(body, SocketPacketType.Event, 0, nsp, -1);
        body[header++] = (byte)'[';
        body[header++] = (byte)'"';
        name.CopyTo(body[header..]);
        header += name.Length;
        body[header++] = (byte)'"';
        if (!arguments.IsEmpty)
        {
            body[header++] = (byte)',';
            arguments.CopyTo(body[header..]);
        }

        body[^1] = (byte)']';
        return true;
    }

    /// <summary>Whether the event is the one by which the server says that another was refused: whoever sends on what clients send would pass it off as the server's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsServers(in SocketPacket packet) =>
        packet.NameHasEscape ? IsServersEscaped(packet.EventName) : packet.EventName.SequenceEqual("sockeye:refused"u8);

    private static bool IsServersEscaped(ReadOnlySpan<byte> name)
    {
        Span<byte> unescaped = stackalloc byte[ReceivedEvent.MaxNameBytes];
        return JsonString.TryUnescape(name, unescaped, out var length) && unescaped[..length].SequenceEqual("sockeye:refused"u8);
    }

    /// <summary>Tells the client that an event of it was refused. Nobody is asked about it: it is the server's own, as an acknowledgement. Any thread.</summary>
    public void TellRefused(EventName name, EventRefusal refusal)
    {
        if (!IsConnected)
        {
            return;
        }

        var writer = EventWriter.Rent();
        writer.BeginEvent(RefusedEvent);
        writer.Write(",{\"event\":"u8);
        if (name.Text is { } text)
        {
            JsonText.Write(writer, text);
        }
        else
        {
            JsonNumbers.Write(writer, name.Number);
        }

        writer.Write(",\"reason\":"u8);
        JsonText.Write(writer, refusal.Reason);
        writer.Write(",\"code\":"u8);
        JsonText.Write(writer, refusal.Code);
        writer.Write("}"u8);
        writer.End();
        Send(PacketFrames.Event(_namespace.NameUtf8, writer), default, null);
        writer.Return();
    }

    internal override bool AckCore(long ackId, EventWriter e) =>
        IsConnected
        && (TryPass(SocketPacketType.Ack, e, ackId)
            || Send(PacketFrames.Ack(_namespace.NameUtf8, e, ackId), default, null) <= EmitResult.AboveHighWatermark);

    internal override void EmitForAckCore(EventWriter e, in EmitOptions options, AckCallback callback)
    {
        if (!IsConnected)
        {
            callback.Fail(AckStatus.Disconnected);
            return;
        }

        if (options.IsVolatile && !Session.IsWritable)
        {
            DropVolatile();
            callback.Fail(AckStatus.Dropped);
            return;
        }

        if (!Leaves(e))
        {
            callback.Fail(AckStatus.Dropped);
            return;
        }

        var ack = NewAck(Rare.AckIds.Next(), options, callback);
        Send(PacketFrames.Event(_namespace.NameUtf8, e, ack.Id), options, ack);
    }

    internal override void ForgetAckCore(AckCallback callback)
    {
        if (IsHere)
        {
            Acks?.Forget(callback);
        }
        else
        {
            Session.Loop.Post(static state =>
            {
                var (socket, callback) = ((ServerSocket, AckCallback))state!;
                socket.Acks?.Forget(callback);
            }, (this, callback));
        }
    }

    internal override Task<EmitResult> EmitWhenWritableCore(EventWriter e, in EmitOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsConnected)
        {
            return EmitResults.Finished(EmitResult.Closed);
        }

        if (!Leaves(e))
        {
            return EmitResults.Finished(EmitResult.Dropped);
        }

        var frame = PacketFrames.Event(_namespace.NameUtf8, e);
        var here = IsHere && Shard.TryCatchUp();
        if (here && HasRoom)
        {
            return EmitResults.Finished(SendNow(frame, options));
        }

        if (!OwnWaiting.TryAdmit(frame.TotalLength))
        {
            frame.Release();
            Server.Metrics.Dropped(DropReason.AwaitedEmits);
            return EmitResults.Finished(EmitResult.Dropped);
        }

        var waiter = new AwaitedEmit(this, frame, options, cancellationToken);
        if (here)
        {
            AwaitRoom(waiter);
        }
        else
        {
            _namespace.RunInOrder(this, waiter);
        }

        return waiter.Task;
    }

    /// <summary>Hands a frame to the session, whose outbox it enters; takes the reference. On the loop, in the namespace's order.</summary>
    public EmitResult SendNow(Frame frame, in EmitOptions options)
    {
        if (_state != SocketState.Open)
        {
            frame.Release();
            Server.Metrics.Dropped(DropReason.Closed);
            return EmitResult.Closed;
        }

        var whenFull = options.WhenFull == OutboxPolicy.Inherit ? _namespace.WhenOutboxIsFull : options.WhenFull;
        var result = Session.Send(frame, options.IsVolatile, whenFull, options.LatestKey, options.LatestId);
        if (result == EmitResult.Accepted)
        {
            Server.Metrics.Sent(LoopIndex);
        }
        else
        {
            ReportSlow(result);
        }

        return result;
    }

    /// <summary>As <see cref="SendNow"/>, and expects an answer.</summary>
    public EmitResult SendForAckNow(Frame frame, in EmitOptions options, AckCallback callback, long ackId) =>
        SendForAckNow(frame, options, NewAck(ackId, options, callback));

    /// <inheritdoc cref="SendForAckNow(Frame, in EmitOptions, AckCallback, long)" />
    public EmitResult SendForAckNow(Frame frame, in EmitOptions options, PendingAck ack)
    {
        if (_state != SocketState.Open)
        {
            frame.Release();
            ack.Callback.Fail(AckStatus.Disconnected);
            return EmitResult.Closed;
        }

        var acks = Rare.Acks ??= new AckTable(_client, Server.Limits.OpenAcksPerSocket);
        if (!acks.TryAdd(ack))
        {
            frame.Release();
            Server.Metrics.Dropped(DropReason.OpenAcks);
            ack.Callback.Fail(AckStatus.Dropped);
            return EmitResult.Dropped;
        }

        var result = SendNow(frame, options);
        if (result > EmitResult.AboveHighWatermark && acks.Remove(ack.Id) is not null)
        {
            ack.Callback.Fail(result == EmitResult.Closed ? AckStatus.Disconnected : AckStatus.Dropped);
        }

        return result;
    }

    /// <summary>The outbox has fallen to its low watermark: those who wait go on, in their order, until it is high again.</summary>
    public void OnWritable()
    {
        _slowReported = false;
        ServeWaiters();
        if (_state == SocketState.Open)
        {
            using var use = HandlerUse.Of(_namespace);
            foreach (var handlers in use.Sets)
            {
                foreach (var handler in handlers.Writable.Items)
                {
                    Session.Loop.SetActivity("OnWritable", handlers.Calls?.Owner ?? this);
                    HandlerCalls.Tell(this, handlers.Calls, handler, static (handler, socket) => handler(socket));
                }
            }
        }
    }

    private PendingAck NewAck(long id, in EmitOptions options, AckCallback callback)
    {
        callback.AckId = id;
        if (SocketTraces.IsOn)
        {
            callback = TracedAck.Of(this, callback);
        }

        return new PendingAck(this, id, options.Timeout ?? Server.AckTimeout, callback);
    }

    /// <summary>Writes a packet without attachments into what leaves next, if nothing is in its way: no frame, no place in the outbox.</summary>
    private bool TryPass(SocketPacketType type, EventWriter e, long ackId)
    {
        var nsp = _namespace.NameUtf8;
        var header = SocketPacketWriter.HeaderLength(0, nsp, ackId);
        if (!e.Attachments.IsEmpty || !TryPass(header + e.Length, out var body))
        {
            return false;
        }

        SocketPacketWriter.WriteHeader(body, type, 0, nsp, ackId);
        e.Payload.CopyTo(body[header..]);
        return true;
    }

    /// <summary>Makes room for a packet in what leaves next, if nothing is in its way, and counts it.</summary>
    private bool TryPass(int length, out Span<byte> body)
    {
        if (!IsHere || !Shard.TryCatchUp() || _state != SocketState.Open || !Session.TryReserve(length, out body))
        {
            body = default;
            return false;
        }

        Server.Metrics.Sent(LoopIndex);
        return true;
    }

    /// <summary>Sends at once on the socket's loop, behind what waits there already; from elsewhere by the namespace's order.</summary>
    private EmitResult Send(Frame frame, in EmitOptions options, PendingAck? ack)
    {
        if (IsHere && Shard.TryCatchUp())
        {
            return ack is null ? SendNow(frame, options) : SendForAckNow(frame, options, ack);
        }

        var result = _namespace.EmitInOrder(this, frame, options, ack);
        return result == EmitResult.Accepted && !Session.IsWritable ? EmitResult.AboveHighWatermark : result;
    }

    private EmitResult DropVolatile()
    {
        Session.Outbox.CountDropped(OutboxDrop.Volatile);
        return EmitResult.Dropped;
    }

    /// <summary>Above the high watermark once until it is writable again, each time when something is dropped.</summary>
    private void ReportSlow(EmitResult result)
    {
        if (result == EmitResult.AboveHighWatermark)
        {
            Server.Metrics.Sent(LoopIndex);
            if (_slowReported)
            {
                return;
            }

            _slowReported = true;
        }

        using var use = HandlerUse.Of(_namespace);
        foreach (var handlers in use.Sets)
        {
            foreach (var handler in handlers.Slow.Items)
            {
                HandlerCalls.Tell(this, handlers.Calls, (handler, result), static (call, socket) => call.handler(socket, call.result));
            }
        }
    }

    private bool HasOutgoingListeners => Server.Hooks.Outgoing.Length > 0 || _namespace.HasOutgoingListeners || Handlers is { AnyOutgoing.Items.Length: > 0 };

    /// <summary>Asks the hooks of plugins about an outgoing event, then shows it to the catch-all listeners of the namespace and of this socket.</summary>
    /// <returns>False: a hook keeps it from leaving.</returns>
    private bool Leaves(EventWriter e)
    {
        if (!OutgoingHooks.Pass(Server, _namespace, this, default, e))
        {
            return false;
        }

        if (_namespace.HasOutgoingListeners)
        {
            _namespace.NotifyOutgoing(this, e);
        }

        if (Handlers is { AnyOutgoing.Items.Length: > 0 } own)
        {
            var name = System.Text.Encoding.UTF8.GetBytes(e.Name.ToString());
            HandlerCalls.ShowOutgoing(this, own.AnyOutgoing, new EventReader(new EventContext(this, e.Name), name, e.Arguments, e.Attachments, Codec));
        }

        return true;
    }

    /// <summary>Whether an awaited emit could leave now, before it nothing waits. On its loop.</summary>
    public bool HasRoom => Session.IsWritable && Waiting is not { IsEmpty: false };

    /// <summary>An emit waits for room no longer. Any thread.</summary>
    public void ReleaseAwaited(int bytes) => OwnWaiting.Release(bytes);

    private SpaceQueue? Waiting => System.Threading.Volatile.Read(ref _rare) is { } rare ? System.Threading.Volatile.Read(ref rare.Waiting) : null;

    private SpaceQueue OwnWaiting
    {
        get
        {
            var rare = Rare;
            var queue = System.Threading.Volatile.Read(ref rare.Waiting);
            if (queue is null)
            {
                var made = new SpaceQueue(Server.Limits.AwaitedEmits, Server.Outbox.MaxBytes);
                queue = Interlocked.CompareExchange(ref rare.Waiting, made, null) ?? made;
            }

            return queue;
        }
    }

    /// <summary>Tells when there is room and all that waited before has left, or the socket is gone. On its loop; perhaps before it returns.</summary>
    public void AwaitRoom(ISpaceWaiter waiter)
    {
        if (_state != SocketState.Open)
        {
            waiter.OnGone();
            return;
        }

        OwnWaiting.Add(waiter);
        ServeWaiters();
    }

    private void ServeWaiters() => Waiting?.Serve(Session);
}
