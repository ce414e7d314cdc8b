using System.Collections.Concurrent;
using Xunit;

namespace Sockeye.Server.Tests.History;

/// <summary>What ran for a socket.</summary>
internal enum HistoryKind
{
    Connection,
    Event,
    Posted,
    Disconnection,
}

/// <summary>What ran for each socket, when it began and when it ended, and what must hold of it: connection and disconnection come in pairs, everything lies between them, nothing overlaps,
/// events come in their order and without a gap, posted work runs if and only if it was taken.</summary>
/// <remarks>Any thread. It looks at nothing of the server's own.</remarks>
internal sealed class SocketHistory
{
    private readonly ConcurrentDictionary<string, OfSocket> _sockets = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _stamp;
    private int _disconnected;
    private int _expected = -1;

    /// <summary>Handlers of connections that have begun.</summary>
    public int Connected => _sockets.Values.Count(socket => !socket.Entries.IsEmpty);

    /// <summary>Entries, for the message of a run.</summary>
    public long Entries => Volatile.Read(ref _stamp);

    /// <summary>A handler begins; it ends when the result is disposed.</summary>
    public IDisposable Enter(SockeyeSocket socket, HistoryKind kind, int number = 0) => new Span(this, Of(socket), kind, number);

    /// <summary>Posts work to a socket, and remembers whether it was taken.</summary>
    public void Post(SockeyeSocket socket, int number)
    {
        var history = Of(socket);
        var taken = socket.Post((this, number), static (socket, post) =>
        {
            using (post.Item1.Enter(socket, HistoryKind.Posted, post.number))
            {
            }
        });
        if (taken)
        {
            history.Taken.Add(number);
        }
        else
        {
            history.Refused.Add(number);
        }
    }

    /// <summary>The client has sent so many events and then leaves in order: if nothing else has ended the socket, it ends for that reason, and all of them have been handled.</summary>
    public void Sent(string id, int events, DisconnectReason reason)
    {
        var history = _sockets.GetOrAdd(id, static _ => new OfSocket());
        history.Sent = events;
        history.Leaving = reason;
    }

    /// <summary>Completes when the handlers of so many disconnections have ended.</summary>
    public Task CompleteAsync(int sockets)
    {
        Volatile.Write(ref _expected, sockets);
        Interlocked.MemoryBarrier();
        LookWhetherComplete();
        return _complete.Task;
    }

    /// <param name="losesNothing">Whether all events must have been handled that a client has sent that left in order.</param>
    public void Check(bool losesNothing)
    {
        foreach (var (id, history) in _sockets)
        {
            var entries = history.Entries.OrderBy(entry => entry.Stamp).ToArray();
            var told = $"socket {id}:\n{string.Join('\n', entries)}";
            Assert.True(entries.Length >= 4, $"no pair of connection and disconnection, {told}");
            Assert.True(entries[0] is { Kind: HistoryKind.Connection, Begins: true }, $"the connection is not first, {told}");
            Assert.True(entries[^1] is { Kind: HistoryKind.Disconnection, Begins: false }, $"the disconnection is not last, {told}");
            Assert.True(entries.Count(entry => entry.Kind == HistoryKind.Connection) == 2, $"more than one connection, {told}");
            Assert.True(entries.Count(entry => entry.Kind == HistoryKind.Disconnection) == 2, $"more than one disconnection, {told}");
            for (var i = 0; i < entries.Length; i += 2)
            {
                var overlaps = i + 1 >= entries.Length || !entries[i].Begins || entries[i + 1].Begins || entries[i].Kind != entries[i + 1].Kind || entries[i].Number != entries[i + 1].Number;
                Assert.False(overlaps, $"entry {i} overlaps with another, {told}");
            }

            var events = entries.Where(entry => entry is { Kind: HistoryKind.Event, Begins: true }).Select(entry => entry.Number).ToArray();
            Assert.True(events.SequenceEqual(Enumerable.Range(0, events.Length)), $"events out of order or lost in the middle, {told}");
            if (losesNothing && history.Leaving is not null && history.Reason == history.Leaving)
            {
                Assert.True(events.Length == history.Sent, $"{history.Sent} events were sent before the client left ({history.Reason}), {told}");
            }

            var posted = entries.Where(entry => entry is { Kind: HistoryKind.Posted, Begins: true }).Select(entry => entry.Number).Order().ToArray();
            if (losesNothing)
            {
                Assert.True(posted.SequenceEqual(history.Taken.Order()), $"posted work that was taken has not run once, {told}");
            }

            Assert.True(!posted.Intersect(history.Refused).Any(), $"posted work that was refused has run, {told}");
        }
    }

    /// <summary>Why the socket has gone, as its handlers heard.</summary>
    public void Ended(SockeyeSocket socket, DisconnectReason reason) => Of(socket).Reason = reason;

    private OfSocket Of(SockeyeSocket socket) => _sockets.GetOrAdd(socket.Id, static _ => new OfSocket());

    private void LookWhetherComplete()
    {
        if (Volatile.Read(ref _disconnected) == Volatile.Read(ref _expected))
        {
            _complete.TrySetResult();
        }
    }

    private sealed class OfSocket
    {
        public ConcurrentQueue<Entry> Entries { get; } = [];

        public ConcurrentBag<int> Taken { get; } = [];

        public ConcurrentBag<int> Refused { get; } = [];

        public int Sent { get; set; }

        /// <summary>How the client leaves in order; null: it does not.</summary>
        public DisconnectReason? Leaving { get; set; }

        public DisconnectReason? Reason { get; set; }
    }

    private readonly record struct Entry(long Stamp, HistoryKind Kind, int Number, bool Begins, int Thread);

    private sealed class Span : IDisposable
    {
        private readonly SocketHistory _history;
        private readonly OfSocket _socket;
        private readonly HistoryKind _kind;
        private readonly int _number;

        public Span(SocketHistory history, OfSocket socket, HistoryKind kind, int number)
        {
            _history = history;
            _socket = socket;
            _kind = kind;
            _number = number;
            Add(begins: true);
        }

        public void Dispose()
        {
            Add(begins: false);
            if (_kind == HistoryKind.Disconnection)
            {
                Interlocked.Increment(ref _history._disconnected);
                _history.LookWhetherComplete();
            }
        }

        private void Add(bool begins) =>
            _socket.Entries.Enqueue(new Entry(Interlocked.Increment(ref _history._stamp), _kind, _number, begins, Environment.CurrentManagedThreadId));
    }
}
