using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public readonly partial struct BroadcastOperator
{
    /// <summary>Sends an event without arguments.</summary>
    /// <param name="name">The event.</param>
    /// <returns>The worst result among the members on the calling event loop, <see cref="EmitResult.Accepted"/> if there are none; never blocks, and never throws for the network's sake.</returns>
    /// <exception cref="ArgumentException">The name is reserved, too long or contains NUL; an argument cannot be written, such as NaN or an object that contains itself;
    /// or there are more attachments than clients take (<c>Limits:SentAttachments</c>). Nothing was sent, and nobody else is concerned.</exception>
    /// <exception cref="NotSupportedException">The type of an argument cannot travel.</exception>
    public EmitResult Emit(EventName name) => Send(Encoded.Event(name));

    /// <summary>Sends an event with one argument.</summary>
    /// <typeparam name="T1">The argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1>(EventName name, T1 a) => Send(Encoded.Event(_target.Codec, name, a));

    /// <summary>Sends an event with two arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, read during the call.</param>
    /// <param name="b">The second argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1, T2>(EventName name, T1 a, T2 b) => Send(Encoded.Event(_target.Codec, name, a, b));

    /// <summary>Sends an event with three arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <typeparam name="T3">The third argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, read during the call.</param>
    /// <param name="b">The second argument, read during the call.</param>
    /// <param name="c">The third argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1, T2, T3>(EventName name, T1 a, T2 b, T3 c) => Send(Encoded.Event(_target.Codec, name, a, b, c));

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
    public EmitResult EmitArgs(EventName name, params ReadOnlySpan<object?> args) => Send(Encoded.Args(_target.Codec, name, args));

    /// <summary>As <see cref="EmitArgs(EventName, ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitArgs(EventName name, object?[]? args) => EmitArgs(name, args is null ? Encoded.Null : args);

    /// <summary>Sends a received event on: name, arguments and attachments as they came, without parsing.</summary>
    /// <param name="e">The event; all of its arguments, whatever was read of them.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitRaw(in EventReader e) => Send(Encoded.Raw(_target.Codec, e));

    /// <summary>Sends the arguments and attachments of a received event on under another name, without parsing.</summary>
    /// <param name="name">The event.</param>
    /// <param name="arguments">The event whose arguments are sent; all of them, whatever was read.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitRaw(EventName name, in EventReader arguments) => Send(Encoded.Raw(_target.Codec, name, arguments));

    /// <summary>Sends an event whose arguments are JSON already, such as those that a plugin has made of another event.</summary>
    /// <param name="name">The event.</param>
    /// <param name="argumentsUtf8">The arguments, without the brackets around them: <c>1,"x"</c>; empty: none. Checked, and copied during the call.</param>
    /// <param name="attachments">The attachments, in the order of their placeholders; they must not change before the call returns.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns" />
    /// <exception cref="ArgumentException">The arguments are no JSON, are nested deeper than 1,024, or there are too many attachments.</exception>
    public EmitResult EmitUtf8(EventName name, ReadOnlySpan<byte> argumentsUtf8, params ReadOnlySpan<ReadOnlyMemory<byte>> attachments) =>
        Send(Encoded.Utf8(_target.Codec, name, argumentsUtf8, attachments));

    /// <summary>Sends an event once every member has room.</summary>
    /// <remarks>It waits until each socket that the target reaches at the call has had room since, below its high watermark or, once that was reached, at its low one, or is gone; then
    /// it takes its place in the namespace's order and goes to those that the target reaches at that moment. Calls for one and the same single room leave in the order of the calls, and
    /// so do all calls of a namespace for several rooms or everybody. No event loop waits. It costs an object for each call.</remarks>
    /// <param name="name">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The worst result among all members on all event loops: <see cref="EmitResult.Accepted"/> or <see cref="EmitResult.AboveHighWatermark"/> if it is queued for each of them,
    /// also if there are none; <see cref="EmitResult.Dropped"/> if one had no room again by then, or if so many calls waited for this target already that nothing was sent;
    /// <see cref="EmitResult.Closed"/> if a member was disconnected over it, or the server ended first.</returns>
    /// <exception cref="OperationCanceledException">The token fired first; nothing was sent. Of a pattern it was sent in those namespaces where all had room before.</exception>
    public Task<EmitResult> EmitAsync(EventName name, CancellationToken cancellationToken = default) =>
        SendAsync(Encoded.Event(name), cancellationToken);

    /// <summary>Sends an event with one argument once every member has room. The argument is read at once, so it may change afterwards.</summary>
    /// <typeparam name="T1">The argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitAsync(EventName, CancellationToken)" path="/remarks|/returns|/exception" />
    public Task<EmitResult> EmitAsync<T1>(EventName name, T1 a, CancellationToken cancellationToken = default) =>
        SendAsync(Encoded.Event(_target.Codec, name, a), cancellationToken);

    /// <summary>Sends a declared event once every member has room. The argument is read at once, so it may change afterwards.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="value">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitAsync(EventName, CancellationToken)" path="/remarks|/returns|/exception" />
    public Task<EmitResult> EmitAsync<T>(SocketEvent<T> socketEvent, T value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return EmitAsync(socketEvent.Name, value, cancellationToken);
    }

    /// <summary>Sends an event and collects the acknowledgements, at most for the timeout of this operator or of the server: 10 s, never forever.</summary>
    /// <typeparam name="TAck">The first argument of an acknowledgement; <see cref="EventMessage"/> for all of its arguments.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What came and who did not answer. It never fails because somebody is missing, and does not wait for who has gone.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<BroadcastAck<TAck>> EmitWithAckAsync<TAck>(EventName name, CancellationToken cancellationToken = default) =>
        Collect<TAck>(Encoded.Event(name), cancellationToken);

    /// <summary>Sends an event with one argument and collects the acknowledgements.</summary>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument, written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitWithAckAsync<TAck>(EventName name, object? a, CancellationToken cancellationToken = default) =>
        Collect<TAck>(Encoded.Event(_target.Codec, name, a), cancellationToken);

    /// <summary>Sends an event with two arguments and collects the acknowledgements.</summary>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, written by its type at run time.</param>
    /// <param name="b">The second argument, written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitWithAckAsync<TAck>(EventName name, object? a, object? b, CancellationToken cancellationToken = default) =>
        Collect<TAck>(Encoded.Event(_target.Codec, name, a, b), cancellationToken);

    /// <summary>Sends a declared event and collects the acknowledgements.</summary>
    /// <typeparam name="TRequest">The argument.</typeparam>
    /// <typeparam name="TResponse">The acknowledgement.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="request">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/returns|/exception" />
    public Task<BroadcastAck<TResponse>> EmitWithAckAsync<TRequest, TResponse>(
        SocketEvent<TRequest, TResponse> socketEvent, TRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socketEvent);
        return Collect<TResponse>(Encoded.Event(_target.Codec, socketEvent.Name, request), cancellationToken);
    }

    /// <summary>Sends an event with any number of arguments and collects the acknowledgements.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitArgsWithAckAsync<TAck>(
        EventName name, ReadOnlySpan<object?> args, CancellationToken cancellationToken = default) =>
        Collect<TAck>(Encoded.Args(_target.Codec, name, args), cancellationToken);

    /// <summary>As <see cref="EmitArgsWithAckAsync{TAck}(EventName, ReadOnlySpan{object?}, CancellationToken)"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitArgsWithAckAsync<TAck>(EventName name, object?[]? args, CancellationToken cancellationToken = default) =>
        EmitArgsWithAckAsync<TAck>(name, args is null ? Encoded.Null : args, cancellationToken);

    private EmitResult Send(EventWriter writer)
    {
        var result = _target.BroadcastCore(writer, _scope, _options);
        writer.Return();
        return result;
    }

    private Task<EmitResult> SendAsync(EventWriter writer, CancellationToken cancellationToken)
    {
        var task = cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<EmitResult>(cancellationToken)
            : _target.BroadcastWhenWritableCore(writer, _scope, _options, cancellationToken);
        writer.Return();
        return task;
    }

    private Task<BroadcastAck<TAck>> Collect<TAck>(EventWriter writer, CancellationToken cancellationToken)
    {
        writer.PrepareAnswer<TAck>(_target.Codec);
        if (cancellationToken.IsCancellationRequested)
        {
            writer.Return();
            return Task.FromCanceled<BroadcastAck<TAck>>(cancellationToken);
        }

        var collector = new BroadcastAckCollector<TAck>(_target, cancellationToken);
        _target.BroadcastForAckCore(writer, _scope, _options, collector);
        writer.Return();
        return collector.Task;
    }
}
