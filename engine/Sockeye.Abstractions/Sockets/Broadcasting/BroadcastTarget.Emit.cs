using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public abstract partial class BroadcastTarget
{
    private BroadcastOperator Everybody => new(this);

    /// <summary>Sends an event without arguments.</summary>
    /// <param name="name">The event.</param>
    /// <returns>The worst result among the members on the calling event loop, <see cref="EmitResult.Accepted"/> if there are none; never blocks, and never throws for the network's sake.</returns>
    /// <exception cref="ArgumentException">The name is reserved, too long or contains NUL; an argument cannot be written, such as NaN or an object that contains itself;
    /// or there are more attachments than clients take (<c>Limits:SentAttachments</c>). Nothing was sent, and nobody else is concerned.</exception>
    /// <exception cref="NotSupportedException">The type of an argument cannot travel.</exception>
    public EmitResult Emit(EventName name) => Everybody.Emit(name);

    /// <summary>Sends an event with one argument.</summary>
    /// <typeparam name="T1">The argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1>(EventName name, T1 a) => Everybody.Emit(name, a);

    /// <summary>Sends an event with two arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, read during the call.</param>
    /// <param name="b">The second argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1, T2>(EventName name, T1 a, T2 b) => Everybody.Emit(name, a, b);

    /// <summary>Sends an event with three arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <typeparam name="T3">The third argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, read during the call.</param>
    /// <param name="b">The second argument, read during the call.</param>
    /// <param name="c">The third argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T1, T2, T3>(EventName name, T1 a, T2 b, T3 c) => Everybody.Emit(name, a, b, c);

    /// <summary>Sends a declared event.</summary>
    /// <param name="socketEvent">The event.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit(SocketEvent socketEvent) => Everybody.Emit(socketEvent);

    /// <summary>Sends a declared event.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="value">The argument, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult Emit<T>(SocketEvent<T> socketEvent, T value) => Everybody.Emit(socketEvent, value);

    /// <summary>Sends an event with any number of arguments, each written by its type at run time.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitArgs(EventName name, params ReadOnlySpan<object?> args) => Everybody.EmitArgs(name, args);

    /// <summary>As <see cref="EmitArgs(EventName, ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, read during the call.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitArgs(EventName name, object?[]? args) => EmitArgs(name, args is null ? Encoded.Null : args);

    /// <summary>Sends a received event on: name, arguments and attachments as they came, without parsing.</summary>
    /// <param name="e">The event; all of its arguments, whatever was read of them.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitRaw(in EventReader e) => Everybody.EmitRaw(e);

    /// <summary>Sends the arguments and attachments of a received event on under another name, without parsing.</summary>
    /// <param name="name">The event.</param>
    /// <param name="arguments">The event whose arguments are sent; all of them, whatever was read.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns|/exception" />
    public EmitResult EmitRaw(EventName name, in EventReader arguments) => Everybody.EmitRaw(name, arguments);

    /// <summary>Sends an event whose arguments are JSON already, such as those that a plugin has made of another event.</summary>
    /// <param name="name">The event.</param>
    /// <param name="argumentsUtf8">The arguments, without the brackets around them: <c>1,"x"</c>; empty: none. Checked, and copied during the call.</param>
    /// <param name="attachments">The attachments, in the order of their placeholders; they must not change before the call returns.</param>
    /// <inheritdoc cref="Emit(EventName)" path="/returns" />
    /// <exception cref="ArgumentException">The arguments are no JSON, are nested deeper than 1,024, or there are too many attachments.</exception>
    public EmitResult EmitUtf8(EventName name, ReadOnlySpan<byte> argumentsUtf8, params ReadOnlySpan<ReadOnlyMemory<byte>> attachments) =>
        Everybody.EmitUtf8(name, argumentsUtf8, attachments);

    /// <summary>Sends an event once every member has room.</summary>
    /// <param name="name">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="BroadcastOperator.EmitAsync(EventName, CancellationToken)" path="/remarks|/returns|/exception" />
    public Task<EmitResult> EmitAsync(EventName name, CancellationToken cancellationToken = default) => Everybody.EmitAsync(name, cancellationToken);

    /// <summary>Sends an event with one argument once every member has room. The argument is read at once, so it may change afterwards.</summary>
    /// <typeparam name="T1">The argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="BroadcastOperator.EmitAsync(EventName, CancellationToken)" path="/remarks|/returns|/exception" />
    public Task<EmitResult> EmitAsync<T1>(EventName name, T1 a, CancellationToken cancellationToken = default) => Everybody.EmitAsync(name, a, cancellationToken);

    /// <summary>Sends a declared event once every member has room. The argument is read at once, so it may change afterwards.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="value">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="BroadcastOperator.EmitAsync(EventName, CancellationToken)" path="/remarks|/returns|/exception" />
    public Task<EmitResult> EmitAsync<T>(SocketEvent<T> socketEvent, T value, CancellationToken cancellationToken = default) =>
        Everybody.EmitAsync(socketEvent, value, cancellationToken);

    /// <summary>Sends an event and collects the acknowledgements, at most for the timeout of the server: 10 s unless configured.</summary>
    /// <typeparam name="TAck">The first argument of an acknowledgement; <see cref="EventMessage"/> for all of its arguments.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What came and who did not answer. It never fails because somebody is missing, and does not wait for who has gone.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<BroadcastAck<TAck>> EmitWithAckAsync<TAck>(EventName name, CancellationToken cancellationToken = default) =>
        Everybody.EmitWithAckAsync<TAck>(name, cancellationToken);

    /// <summary>Sends an event with one argument and collects the acknowledgements.</summary>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument, written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitWithAckAsync<TAck>(EventName name, object? a, CancellationToken cancellationToken = default) =>
        Everybody.EmitWithAckAsync<TAck>(name, a, cancellationToken);

    /// <summary>Sends an event with two arguments and collects the acknowledgements.</summary>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, written by its type at run time.</param>
    /// <param name="b">The second argument, written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitWithAckAsync<TAck>(
        EventName name, object? a, object? b, CancellationToken cancellationToken = default) =>
        Everybody.EmitWithAckAsync<TAck>(name, a, b, cancellationToken);

    /// <summary>Sends a declared event and collects the acknowledgements.</summary>
    /// <typeparam name="TRequest">The argument.</typeparam>
    /// <typeparam name="TResponse">The acknowledgement.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="request">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/returns|/exception" />
    public Task<BroadcastAck<TResponse>> EmitWithAckAsync<TRequest, TResponse>(
        SocketEvent<TRequest, TResponse> socketEvent, TRequest request, CancellationToken cancellationToken = default) =>
        Everybody.EmitWithAckAsync(socketEvent, request, cancellationToken);

    /// <summary>Sends an event with any number of arguments and collects the acknowledgements.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitArgsWithAckAsync<TAck>(
        EventName name, ReadOnlySpan<object?> args, CancellationToken cancellationToken = default) =>
        Everybody.EmitArgsWithAckAsync<TAck>(name, args, cancellationToken);

    /// <summary>As <see cref="EmitArgsWithAckAsync{TAck}(EventName, ReadOnlySpan{object?}, CancellationToken)"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<BroadcastAck<TAck>> EmitArgsWithAckAsync<TAck>(EventName name, object?[]? args, CancellationToken cancellationToken = default) =>
        EmitArgsWithAckAsync<TAck>(name, args is null ? Encoded.Null : args, cancellationToken);
}
