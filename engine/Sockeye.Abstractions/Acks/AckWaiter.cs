namespace Sockeye;

/// <summary>An acknowledgement that somebody awaits.</summary>
internal abstract class AckWaiter<T> : AckCallback
{
    /// <summary>Emits and waits; what does not come is an <see cref="AckException"/>.</summary>
    public static Task<T> ValueAsync(SockeyeSocket socket, EventWriter writer, in EmitOptions options, CancellationToken cancellationToken)
    {
        writer.PrepareAnswer<T>(socket.Codec);
        var waiter = new ForValue();
        return Send(socket, writer, options, waiter, cancellationToken) ? Cancellable(waiter.Source, waiter, socket, cancellationToken) : waiter.Source.Task;
    }

    /// <summary>Emits and waits; what does not come is a result.</summary>
    public static Task<AckResult<T>> ResultAsync(SockeyeSocket socket, EventWriter writer, in EmitOptions options, CancellationToken cancellationToken)
    {
        writer.PrepareAnswer<T>(socket.Codec);
        var waiter = new ForResult();
        return Send(socket, writer, options, waiter, cancellationToken) ? Cancellable(waiter.Source, waiter, socket, cancellationToken) : waiter.Source.Task;
    }

    public sealed override void Answer(EventReader answer)
    {
        try
        {
            if (answer.TryReadArgument<T>(out var value))
            {
                Complete(new AckResult<T>(AckStatus.Answered, value));
            }
            else
            {
                Complete(new AckResult<T>(AckStatus.Malformed));
            }
        }
        catch (Exception exception)
        {
            // A converter of the application failed: that belongs to whoever awaits, not to the loop.
            Fault(exception);
        }
    }

    public sealed override void Fail(AckStatus status) => Complete(new AckResult<T>(status));

    protected abstract void Complete(AckResult<T> result);

    protected abstract void Fault(Exception exception);

    /// <returns>Whether a token has to be watched.</returns>
    private static bool Send(SockeyeSocket socket, EventWriter writer, in EmitOptions options, AckWaiter<T> waiter, CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
        {
            socket.EmitForAckCore(writer, options, waiter);
        }

        writer.Return();
        return cancellationToken.CanBeCanceled;
    }

    private static async Task<TResult> Cancellable<TResult>(
        TaskCompletionSource<TResult> source, AckWaiter<T> waiter, SockeyeSocket socket, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                if (source.TrySetCanceled(token))
                {
                    socket.ForgetAckCore(waiter);
                }
            },
            null);
        try
        {
            // Back to where it was called, a loop as a rule, so that what awaits this goes on there within the same turn.
            return await source.Task.ConfigureAwait(true);
        }
        finally
        {
            // Not disposed: that would wait for a cancellation that is running on another thread.
            registration.Unregister();
        }
    }

    private sealed class ForValue : AckWaiter<T>
    {
        public TaskCompletionSource<T> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override void Complete(AckResult<T> result)
        {
            if (result.IsAnswered)
            {
                Source.TrySetResult(result.Value!);
            }
            else
            {
                Source.TrySetException(new AckException(result.Status));
            }
        }

        protected override void Fault(Exception exception) => Source.TrySetException(exception);
    }

    private sealed class ForResult : AckWaiter<T>
    {
        public TaskCompletionSource<AckResult<T>> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override void Complete(AckResult<T> result) => Source.TrySetResult(result);

        protected override void Fault(Exception exception) => Source.TrySetException(exception);
    }
}
