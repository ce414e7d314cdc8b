using System.Runtime.ExceptionServices;
using Sockeye.Abstractions.Values;

namespace Sockeye.Abstractions.Sockets;

/// <summary>An acknowledgement that somebody awaits.</summary>
internal abstract class AckWaiter<T> : AckCallback, ILoopPromise
{
    /// <summary>The socket; what was thrown when it has failed.</summary>
    private object _subject;
    private T? _value;
    private AckStatus _status;
    private int _settled;

    private AckWaiter(SockeyeSocket socket) => _subject = socket;

    /// <inheritdoc />
    public bool NeedsThisThread => _subject is SockeyeSocket { IsOnItsLoop: true };

    protected abstract Task Promise { get; }

    /// <summary>Emits and waits; what does not come is an <see cref="AckException"/>.</summary>
    public static Task<T> ValueAsync(SockeyeSocket socket, EventWriter writer, in EmitOptions options, CancellationToken cancellationToken)
    {
        writer.PrepareAnswer<T>(socket.Codec);
        if (cancellationToken.IsCancellationRequested)
        {
            writer.Return();
            return Task.FromCanceled<T>(cancellationToken);
        }

        var waiter = new ForValue(socket, cancellationToken);
        Send(socket, writer, options, waiter);
        return waiter.Task;
    }

    /// <summary>Emits and waits; what does not come is a result.</summary>
    public static Task<AckResult<T>> ResultAsync(SockeyeSocket socket, EventWriter writer, in EmitOptions options, CancellationToken cancellationToken)
    {
        writer.PrepareAnswer<T>(socket.Codec);
        if (cancellationToken.IsCancellationRequested)
        {
            writer.Return();
            return Task.FromCanceled<AckResult<T>>(cancellationToken);
        }

        var waiter = new ForResult(socket, cancellationToken);
        Send(socket, writer, options, waiter);
        return waiter.Task;
    }

    public sealed override void Answer(EventReader answer)
    {
        try
        {
            if (answer.TryReadArgument<T>(out var value))
            {
                Settle(AckStatus.Answered, value);
            }
            else
            {
                Settle(AckStatus.Malformed, default);
            }
        }
        catch (Exception exception)
        {
            // A converter of the application failed: that belongs to whoever awaits, not to the loop.
            if (TryFault(exception))
            {
                LoopPromises.Complete(Promise);
            }
        }
    }

    public sealed override void Fail(AckStatus status) => Settle(status, default);

    /// <inheritdoc />
    public bool TryRefuse()
    {
        // A fault takes the place of the socket.
        var socket = (SockeyeSocket)_subject;
        if (!TryFault(LoopPromises.Refusal()))
        {
            return false;
        }

        socket.ForgetAckCore(this);
        return true;
    }

    /// <inheritdoc />
    public bool TryCancel()
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
        {
            return false;
        }

        ((SockeyeSocket)_subject).ForgetAckCore(this);
        return true;
    }

    private static void Send(SockeyeSocket socket, EventWriter writer, in EmitOptions options, AckWaiter<T> waiter)
    {
        socket.EmitForAckCore(writer, options, waiter);
        writer.Return();
    }

    private void Settle(AckStatus status, T? value)
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            _status = status;
            _value = value;
            LoopPromises.Complete(Promise);
        }
    }

    private bool TryFault(Exception exception)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
        {
            return false;
        }

        _subject = exception;
        return true;
    }

    private AckResult<T> Result()
    {
        if (_subject is Exception exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        return new AckResult<T>(_status, _value);
    }

    private sealed class ForValue : AckWaiter<T>, ILoopPromise<T>
    {
        public ForValue(SockeyeSocket socket, CancellationToken cancellationToken)
            : base(socket) => Task = LoopPromises.Make(this, cancellationToken);

        public Task<T> Task { get; }

        protected override Task Promise => Task;

        public T Outcome()
        {
            var result = Result();
            return result.IsAnswered ? result.Value! : throw new AckException(result.Status);
        }
    }

    private sealed class ForResult : AckWaiter<T>, ILoopPromise<AckResult<T>>
    {
        public ForResult(SockeyeSocket socket, CancellationToken cancellationToken)
            : base(socket) => Task = LoopPromises.Make(this, cancellationToken);

        public Task<AckResult<T>> Task { get; }

        protected override Task Promise => Task;

        public AckResult<T> Outcome() => Result();
    }
}
