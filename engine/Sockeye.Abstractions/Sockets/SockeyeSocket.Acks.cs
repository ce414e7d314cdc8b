using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public abstract partial class SockeyeSocket
{
    /// <summary>Sends an event and waits for its acknowledgement, at most for the timeout of the server: 10 s unless configured.</summary>
    /// <typeparam name="TAck">The acknowledgement's first argument; <see cref="EventMessage"/> for all of its arguments.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The first argument of the acknowledgement; null for a reference type if it has none.</returns>
    /// <exception cref="AckException">It did not come, or is of another type; <see cref="AckException.Status"/> says which.</exception>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<TAck> EmitWithAckAsync<TAck>(EventName name, CancellationToken cancellationToken = default) =>
        Plain.EmitWithAckAsync<TAck>(name, cancellationToken);

    /// <summary>Sends an event with one argument and waits for its acknowledgement.</summary>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument, written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<TAck> EmitWithAckAsync<TAck>(EventName name, object? a, CancellationToken cancellationToken = default) =>
        Plain.EmitWithAckAsync<TAck>(name, a, cancellationToken);

    /// <summary>Sends an event with two arguments and waits for its acknowledgement.</summary>
    /// <param name="name">The event.</param>
    /// <param name="a">The first argument, written by its type at run time.</param>
    /// <param name="b">The second argument, written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<TAck> EmitWithAckAsync<TAck>(EventName name, object? a, object? b, CancellationToken cancellationToken = default) =>
        Plain.EmitWithAckAsync<TAck>(name, a, b, cancellationToken);

    /// <summary>Sends a declared event and waits for its acknowledgement.</summary>
    /// <typeparam name="TRequest">The argument.</typeparam>
    /// <typeparam name="TResponse">The acknowledgement.</typeparam>
    /// <param name="socketEvent">The event.</param>
    /// <param name="request">The argument.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/returns|/exception" />
    public Task<TResponse> EmitWithAckAsync<TRequest, TResponse>(
        SocketEvent<TRequest, TResponse> socketEvent, TRequest request, CancellationToken cancellationToken = default) =>
        Plain.EmitWithAckAsync(socketEvent, request, cancellationToken);

    /// <summary>Sends an event with any number of arguments and waits for its acknowledgement.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<TAck> EmitArgsWithAckAsync<TAck>(
        EventName name, ReadOnlySpan<object?> args, CancellationToken cancellationToken = default) =>
        Plain.EmitArgsWithAckAsync<TAck>(name, args, cancellationToken);

    /// <summary>As <see cref="EmitArgsWithAckAsync{TAck}(EventName, ReadOnlySpan{object?}, CancellationToken)"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="EmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<TAck> EmitArgsWithAckAsync<TAck>(EventName name, object?[]? args, CancellationToken cancellationToken = default) =>
        EmitArgsWithAckAsync<TAck>(name, args is null ? Encoded.Null : args, cancellationToken);

    /// <summary>As <c>EmitWithAckAsync</c>, and an acknowledgement that does not come is a result, not an exception.</summary>
    /// <typeparam name="TAck">The acknowledgement's first argument; <see cref="EventMessage"/> for all of its arguments.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The acknowledgement, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task<AckResult<TAck>> TryEmitWithAckAsync<TAck>(EventName name, CancellationToken cancellationToken = default) =>
        Plain.TryEmitWithAckAsync<TAck>(name, cancellationToken);

    /// <summary>As <c>EmitWithAckAsync</c>, and an acknowledgement that does not come is a result, not an exception.</summary>
    /// <param name="name">The event.</param>
    /// <param name="a">The argument, written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="TryEmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<AckResult<TAck>> TryEmitWithAckAsync<TAck>(EventName name, object? a, CancellationToken cancellationToken = default) =>
        Plain.TryEmitWithAckAsync<TAck>(name, a, cancellationToken);

    /// <summary>As <c>EmitArgsWithAckAsync</c>, and an acknowledgement that does not come is a result, not an exception.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="TryEmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<AckResult<TAck>> TryEmitArgsWithAckAsync<TAck>(
        EventName name, ReadOnlySpan<object?> args, CancellationToken cancellationToken = default) =>
        Plain.TryEmitArgsWithAckAsync<TAck>(name, args, cancellationToken);

    /// <summary>As <see cref="TryEmitArgsWithAckAsync{TAck}(EventName, ReadOnlySpan{object?}, CancellationToken)"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">The arguments, each written by its type at run time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <inheritdoc cref="TryEmitWithAckAsync{TAck}(EventName, CancellationToken)" path="/typeparam|/returns|/exception" />
    public Task<AckResult<TAck>> TryEmitArgsWithAckAsync<TAck>(EventName name, object?[]? args, CancellationToken cancellationToken = default) =>
        TryEmitArgsWithAckAsync<TAck>(name, args is null ? Encoded.Null : args, cancellationToken);
}
