using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Notifications;

/// <summary>Something that a user has not read yet.</summary>
internal sealed record Notification(long Id, string Text);

/// <summary>The unread notifications of every user, and those that wait for the courier. A real one is a table; this one forgets with the process.</summary>
internal sealed class Inbox
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<long, Notification>> _unread = new();
    private readonly Channel<(string User, Notification Notification)> _outgoing = Channel.CreateBounded<(string, Notification)>(1000);
    private long _lastId;

    public ChannelReader<(string User, Notification Notification)> Outgoing => _outgoing.Reader;

    public async Task AddAsync(string user, string text)
    {
        var notification = new Notification(Interlocked.Increment(ref _lastId), text);
        _unread.GetOrAdd(user, _ => new())[notification.Id] = notification;
        await _outgoing.Writer.WriteAsync((user, notification));
    }

    public Notification[] UnreadOf(string user) =>
        _unread.TryGetValue(user, out var unread) ? [.. unread.Values.OrderBy(notification => notification.Id)] : [];

    public bool Remove(string user, long id) => _unread.TryGetValue(user, out var unread) && unread.TryRemove(id, out _);
}
