using Sockeye.Transport;

namespace Sockeye;

/// <content>An emit that waits for room.</content>
internal sealed partial class ServerSocket
{
    /// <summary>Its frame is sent, or let go, once; on the loop, unless the caller gives up.</summary>
    private sealed class AwaitedEmit : ShardTask, IRoomWaiter
    {
        private readonly TaskCompletionSource<EmitResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ServerSocket _socket;
        private readonly Frame _frame;
        private readonly EmitOptions _options;
        private readonly int _bytes;
        private readonly CancellationTokenRegistration _registration;
        private int _taken;

        public AwaitedEmit(ServerSocket socket, Frame frame, in EmitOptions options, CancellationToken cancellationToken)
        {
            _socket = socket;
            _frame = frame;
            _options = options;
            _bytes = frame.TotalLength;
            if (cancellationToken.CanBeCanceled)
            {
                _registration = cancellationToken.UnsafeRegister(static (state, token) => ((AwaitedEmit)state!).Cancel(token), this);
            }
        }

        public Task<EmitResult> Task => _done.Task;

        public bool IsOver => System.Threading.Volatile.Read(ref _taken) != 0;

        public override void Run(Shard shard) => _socket.AwaitRoom(this);

        public void OnRoom()
        {
            if (TryTake())
            {
                _done.TrySetResult(_socket.SendNow(_frame, _options));
            }
        }

        public void OnGone()
        {
            if (TryTake())
            {
                _frame.Release();
                _done.TrySetResult(EmitResult.Closed);
            }
        }

        private void Cancel(CancellationToken token)
        {
            if (TryTake())
            {
                _frame.Release();
                _done.TrySetCanceled(token);
            }
        }

        private bool TryTake()
        {
            if (Interlocked.Exchange(ref _taken, 1) != 0)
            {
                return false;
            }

            // Not disposed: that would wait for a cancellation that is running on another thread.
            _registration.Unregister();
            _socket.OwnWaiting.Release(_bytes);
            return true;
        }
    }
}
