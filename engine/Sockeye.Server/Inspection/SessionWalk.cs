using System.Diagnostics.CodeAnalysis;
using Sockeye.EngineIO;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Inspection;

/// <summary>Goes through the sessions of all event loops, on each in pieces of <see cref="Sockeye.Inspection.ServerInspection.ClientsPerTurn"/> in a turn.</summary>
/// <remarks>It owns the pass over each loop. Any thread; one walk at a time, others wait. Lives as long as the server. A loop that has not come round to its last pass gets no further one: what waits there is one piece of work, however
/// often it is asked.</remarks>
/// <param name="engine">Whose sessions.</param>
/// <param name="loops">Its event loops.</param>
/// <param name="time">For the patience.</param>
/// <param name="patience">How long a walk takes at most.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "The semaphore holds nothing: nobody asks for its handle.")]
internal sealed class SessionWalk(EngineServer engine, LoopSet loops, TimeProvider time, TimeSpan patience)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Pass?[] _passes = new Pass?[loops.Count];

    /// <summary>Walks, and says what each loop has seen; null: it has not come to the end in time.</summary>
    public async Task<LoopAnswer<T>[]> RunAsync<T>(Func<T> makeVisitor, CancellationToken cancellationToken)
        where T : class, ISessionVisitor
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var visitors = new T?[_passes.Length];
            for (var index = 0; index < _passes.Length; index++)
            {
                if (_passes[index] is null or { IsOver: true })
                {
                    // The one before, if any, was given up and has come round.
                    visitors[index] = makeVisitor();
                    _passes[index] = new Pass(engine, loops[index], visitors[index]!, time.GetTimestamp());
                    loops[index].Post(_passes[index]!);
                }
            }

            // Whoever has not ended by then is told.
            var all = Task.WhenAll(_passes.Where((_, index) => visitors[index] is not null).Select(static pass => pass!.Ended));
            await all.WaitAsync(patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            return [.. _passes.Select((pass, index) => visitors[index] is { } visitor && pass!.HasEnded
                ? new LoopAnswer<T>(visitor, null)
                : new LoopAnswer<T>(null, time.GetElapsedTime(pass!.Begun)))];
        }
        finally
        {
            // What has been seen is not kept: clients go.
            for (var index = 0; index < _passes.Length; index++)
            {
                if (_passes[index] is { IsOver: true })
                {
                    _passes[index] = null;
                }
                else
                {
                    _passes[index]?.GiveUp();
                }
            }

            _turn.Release();
        }
    }

    /// <summary>One pass over the sessions of one loop.</summary>
    private sealed class Pass(EngineServer engine, ITransportLoop loop, ISessionVisitor visitor, long begun) : ILoopWork
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly EngineSession[] _sessions = new EngineSession[Sockeye.Inspection.ServerInspection.ClientsPerTurn];
        private long _position;
        private volatile bool _isGivenUp;

        public Task Ended => _ended.Task;

        /// <summary>Whether the visitor has seen all.</summary>
        public bool HasEnded => _ended.Task.IsCompletedSuccessfully;

        /// <summary>Whether its loop does nothing more for it.</summary>
        public bool IsOver => _ended.Task.IsCompleted;

        public long Begun => begun;

        public void GiveUp() => _isGivenUp = true;

        public void Run()
        {
            var goesOn = false;
            try
            {
                goesOn = !_isGivenUp && Look();
            }
            finally
            {
                // A fault of the visitor ends its pass, so that the loop is asked again.
                if (goesOn)
                {
                    loop.Post(this);
                }
                else if (!HasEnded)
                {
                    _ended.TrySetCanceled();
                }
            }
        }

        /// <summary>The loop has ended with its server.</summary>
        public void Dropped() => _ended.TrySetCanceled();

        /// <returns>Whether more are left.</returns>
        private bool Look()
        {
            var count = engine.ReadSessions(loop.Index, ref _position, _sessions);
            foreach (var session in _sessions.AsSpan(0, count))
            {
                if (session.State == EngineState.Open && !visitor.IsDone)
                {
                    visitor.Visit(session);
                }
            }

            if (_position < IdTable<EngineSession>.End && !visitor.IsDone)
            {
                return true;
            }

            visitor.End();
            _ended.TrySetResult();
            return false;
        }
    }
}

/// <summary>What a loop has seen of its sessions.</summary>
/// <param name="Visitor">Who has looked; null: not to the end.</param>
/// <param name="Silence">Since when it has been asked, if it has not come to the end.</param>
internal readonly record struct LoopAnswer<T>(T? Visitor, TimeSpan? Silence)
    where T : class;
