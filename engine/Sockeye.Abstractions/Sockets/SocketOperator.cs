using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye;

/// <summary>One socket and the way in which the next events to it are sent. Each operator returns a changed copy; nothing is allocated.</summary>
public readonly partial struct SocketOperator
{
    private readonly SockeyeSocket _socket;
    private readonly EmitOptions _options;

    internal SocketOperator(SockeyeSocket socket, in EmitOptions options = default)
    {
        _socket = socket;
        _options = options;
    }

    /// <summary>The event may be dropped: it is while the outbox is above its high watermark.</summary>
    public SocketOperator Volatile => new(_socket, _options.With(EmitFlags.Volatile));

    /// <summary>Whether the event may be compressed, where the connection compresses at all.</summary>
    /// <param name="compress">Default is yes.</param>
    public SocketOperator Compress(bool compress) => new(_socket, _options.WithCompress(compress));

    /// <summary>How long an acknowledgement is awaited.</summary>
    /// <param name="timeout">More than zero, at most a day; in milliseconds. The server's default is 10 s.</param>
    public SocketOperator Timeout(TimeSpan timeout) => new(_socket, _options.WithTimeout(timeout));

    /// <summary>Of the events with one key only the latest waits in the outbox: it takes the place of the one before that has not left yet.</summary>
    /// <param name="key">The key, a text and a number so that it need not be formatted.</param>
    /// <param name="id">The number.</param>
    public SocketOperator Latest(string key, long id = 0) => new(_socket, _options.WithLatest(key, id));

    /// <summary>What happens if the outbox has no room for the event.</summary>
    /// <param name="policy">The policy for this event.</param>
    public SocketOperator WhenFull(OutboxPolicy policy) => new(_socket, _options with { WhenFull = policy });

    /// <summary>All sockets of the namespace but this one, sent to in the same way.</summary>
    public BroadcastOperator Broadcast => new(_socket.Namespace, new BroadcastScope { Sender = _socket }, _options);

    /// <summary>The sockets in a room, without this one, sent to in the same way.</summary>
    /// <param name="room">Its name; the id of a socket is a room with only this socket.</param>
    public BroadcastOperator To(string room) => Broadcast.To(room);

    /// <summary>The sockets in rooms, without this one, sent to in the same way. An empty list is nobody, not everybody.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>The same as <see cref="To(string)"/>.</summary>
    /// <param name="room">Its name.</param>
    public BroadcastOperator In(string room) => Broadcast.To(room);

    /// <summary>The same as <see cref="To(ReadOnlySpan{string})"/>.</summary>
    /// <param name="rooms">Their names.</param>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>Sends an event without arguments.</summary>
    /// <param name="name">The event.</param>
    /// <returns>What became of it; never blocks, and never throws for the network's sake.</returns>
    /// <exception cref="ArgumentException">The name is reserved, too long or contains NUL; an argument cannot be written, such as NaN or an object that contains itself;
    /// or there are more attachments than clients take (<c>Limits:SentAttachments</c>). Nothing was sent, and nobody else is concerned.</exception>
    /// <exception cref="NotSupportedException">The type of an argument cannot travel.</exception>
    public EmitResult Emit(EventName name) => Send(Encoded.Event(name));

    /// <summary>Sends an event with one argument.</summary>
    /// <typeparam name="T1">The argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1>(EventName name, T1 a) => Send(Encoded.Event(_socket.Codec, name, a));

    /// <summary>Sends an event with two arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, read during the call.</param>
    /// <param name="b">The second argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1, T2>(EventName name, T1 a, T2 b) => Send(Encoded.Event(_socket.Codec, name, a, b));

    /// <summary>Sends an event with three arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <typeparam name="T3">The third argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, read during the call.</param>
    /// <param name="b">The second argument, read during the call.</param>
    /// <param name="c">The third argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1, T2, T3>(EventName name, T1 a, T2 b, T3 c) => Send(Encoded.Event(_socket.Codec, name, a, b, c));

    /// <summary>Sends a declared event.</summary>
    /// <param name="socketEvent">The event.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit(SocketEvent socketEvent)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Emit(socketEvent.Name);
    }

    /// <summary>Sends a declared event.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="value">The argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T>(SocketEvent<T> socketEvent, T value)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Emit(socketEvent.Name, value);
    }

    /// <summary>Sends an event with any number of arguments, each written by its type at run time.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitArgs(EventName name, params ReadOnlySpan<object?> args) => Send(Encoded.Args(_socket.Codec, name, args));

    /// <summary>As <see cref="EmitArgs(EventName, ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitArgs(EventName name, object?[]? args) => EmitArgs(name, args is null ? Encoded.Null : args);

    /// <summary>Sends a received event on: name, arguments and attachments as they came, without parsing.</summary>
    /// <param name="e">The event; all of its arguments, whatever was read of them.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitRaw(in EventReader e) => Send(Encoded.Raw(_socket.Codec, e));

    /// <summary>Sends the arguments and attachments of a received event on under another name, without parsing.</summary>
    /// <param name="name">The event.</param>
    /// <param name="arguments">The event whose arguments are sent; all of them, whatever was read.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitRaw(EventName name, in EventReader arguments) => Send(Encoded.Raw(_socket.Codec, name, arguments));

    /// <summary>Sends an event whose arguments are JSON already, such as those that a plugin has made of another event.</summary>
    /// <param name="name">The event.</param>
    /// <param name="argumentsUtf8">The arguments, without the brackets around them: <c>1,"x"</c>; empty: none. Checked, and copied during the call.</param>
    /// <param name="attachments">The attachments, in the order of their placeholders; they must not change before the call returns.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns" />
    /// <exception cref="ArgumentException">The arguments are no JSON, are nested deeper than 1,024, or there are too many attachments.</exception>
    public EmitResult EmitUtf8(EventName name, ReadOnlySpan<byte> argumentsUtf8, params ReadOnlySpan<ReadOnlyMemory<byte>> attachments) =>
        Send(Encoded.Utf8(_socket.Codec, name, argumentsUtf8, attachments));

    /// <summary>Sends once there is room: at once while the outbox is below its high watermark, else when it is back at the low one.</summary>
    /// <param name="name">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns><see cref="EmitResult.Accepted"/>, <see cref="EmitResult.Closed"/> if the socket went away first, or <see cref="EmitResult.Dropped"/> if so many calls waited for it already that nothing was sent.
    /// A shared task if there was room: nothing is allocated.</returns>
    /// <exception cref="OperationCanceledException">The token fired first; nothing was sent.</exception>
    public Task<EmitResult> EmitAsync(EventName name, CancellationToken cancellationToken = default) =>
        SendAsync(Encoded.Event(name), cancellationToken);

    /// <summary>Sends once there is room: at once while the outbox is below its high watermark, else when it is back at the low one. The argument is read at once, so it may change afterwards.</summary>
    /// <typeparam name="T1">The argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitAsync(EventName, CancellationToken)" path="/returns|/exception" />
    public Task<EmitResult> EmitAsync<T1>(EventName name, T1 a, CancellationToken cancellationToken = default) =>
        SendAsync(Encoded.Event(_socket.Codec, name, a), cancellationToken);

    /// <summary>Sends once there is room: at once while the outbox is below its high watermark, else when it is back at the low one. The argument is read at once, so it may change afterwards.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="value">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitAsync(EventName, CancellationToken)" path="/returns|/exception" />
    public Task<EmitResult> EmitAsync<T>(SocketEvent<T> socketEvent, T value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return EmitAsync(socketEvent.Name, value, cancellationToken);
    }

    private EmitResult Send(EventWriter writer)
    {
        var result = _socket.EmitCore(writer, _options);
        writer.Return();
        return result;
    }

    private Task<EmitResult> SendAsync(EventWriter writer, CancellationToken cancellationToken)
    {
        var task = cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<EmitResult>(cancellationToken)
            : _socket.EmitWhenWritableCore(writer, _options, cancellationToken);
        writer.Return();
        return task;
    }
}
