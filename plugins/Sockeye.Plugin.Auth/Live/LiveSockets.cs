using System.Diagnostics.CodeAnalysis;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>The sockets of this node that have an identity of the plugin, by socket and by user, and in the order in which something is due. All members may be called from any thread.</summary>
/// <remarks>One lock, never held over code of others. One list of what is due and one periodic look at it serve all sockets: none has a timer.</remarks>
internal sealed class LiveSockets
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SockeyeSocket, SocketEntry> _all = [];
    private readonly Dictionary<string, List<SocketEntry>> _bySubject = new(StringComparer.Ordinal);
    private readonly SortedSet<SocketEntry> _due = new(Comparer<SocketEntry>.Create(static (a, b) => a.DueAt != b.DueAt ? a.DueAt.CompareTo(b.DueAt) : a.Number.CompareTo(b.Number)));
    private readonly List<SocketEntry> _inTurn = [];
    private int _next;
    private long _lastNumber;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _all.Count;
            }
        }
    }

    /// <summary>Keeps a socket until it goes.</summary>
    /// <param name="socket">The socket; one that is kept already gets the new token.</param>
    /// <param name="credential">Its token.</param>
    /// <param name="dueAt">When something is due for it.</param>
    /// <param name="expiresAt">When its identity expires.</param>
    public SocketEntry Add(SockeyeSocket socket, Credential credential, long dueAt, long expiresAt)
    {
        SocketEntry entry;
        lock (_lock)
        {
            if (_all.TryGetValue(socket, out var held))
            {
                ReplaceHere(held, credential, dueAt, expiresAt);
                return held;
            }

            entry = new SocketEntry(socket, credential, TokenTag.Of(socket.Connection.Id)) { Number = ++_lastNumber, DueAt = dueAt, ExpiresAt = expiresAt };
            _all.Add(socket, entry);
            entry.Place = _inTurn.Count;
            _inTurn.Add(entry);
            Index(entry);
        }

        // Outside of the lock: the socket may have gone already, and then this runs at once. A socket that is refused by others after this goes this way as well.
        var ending = socket.Aborted.UnsafeRegister(state => Remove((SocketEntry)state!), entry);
        lock (_lock)
        {
            if (!entry.IsGone)
            {
                entry.Ending = ending;
                return entry;
            }
        }

        ending.Unregister();
        return entry;
    }

    /// <summary>The token of a socket has been replaced.</summary>
    /// <returns>The token before; null: the socket has gone.</returns>
    public Credential? Replace(SocketEntry entry, Credential credential, long dueAt, long expiresAt)
    {
        lock (_lock)
        {
            if (entry.IsGone)
            {
                return null;
            }

            var before = entry.Credential;
            ReplaceHere(entry, credential, dueAt, expiresAt);
            return before;
        }
    }

    /// <summary>The application has given a socket an identity of its own. What can be revoked stays its token.</summary>
    public void TakeOver(SocketEntry entry, SocketIdentity identity, long dueAt, long expiresAt)
    {
        lock (_lock)
        {
            entry.TakenOver = identity;
            entry.ExpiresAt = expiresAt;
            entry.WasAsked = false;
        }

        Schedule(entry, dueAt);
    }

    /// <summary>The next of all sockets in turn, some of them at each call.</summary>
    /// <param name="rounds">Calls after which all of them have been looked at.</param>
    public SocketEntry[] NextInTurn(int rounds)
    {
        lock (_lock)
        {
            // Downwards: what fills the place of one that has gone comes from above, and is looked at again and never left out.
            var end = _next > 0 && _next <= _inTurn.Count ? _next : _inTurn.Count;
            var count = Math.Min(end, (_inTurn.Count + rounds - 1) / rounds);
            _next = end - count;
            return [.. System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_inTurn).Slice(_next, count)];
        }
    }

    /// <summary>The token of a socket at this moment.</summary>
    public Credential CredentialOf(SocketEntry entry)
    {
        lock (_lock)
        {
            return entry.Credential;
        }
    }

    /// <summary>Forgets a socket.</summary>
    /// <returns>Whether it was kept.</returns>
    public bool Remove(SocketEntry entry)
    {
        CancellationTokenRegistration ending;
        lock (_lock)
        {
            if (entry.IsGone)
            {
                return false;
            }

            entry.IsGone = true;
            _all.Remove(entry.Socket);
            var last = _inTurn[^1];
            _inTurn[last.Place = entry.Place] = last;
            _inTurn.RemoveAt(_inTurn.Count - 1);
            Unindex(entry);
            ending = entry.Ending;
            entry.Ending = default;
        }

        ending.Unregister();
        return true;
    }

    public bool TryFind(SockeyeSocket socket, [NotNullWhen(true)] out SocketEntry? entry)
    {
        lock (_lock)
        {
            return _all.TryGetValue(socket, out entry);
        }
    }

    /// <summary>The sockets of a user at this moment.</summary>
    public SocketEntry[] OfSubject(string subject)
    {
        lock (_lock)
        {
            return _bySubject.TryGetValue(subject, out var found) ? [.. found] : [];
        }
    }

    /// <summary>All sockets at this moment.</summary>
    public SocketEntry[] All()
    {
        lock (_lock)
        {
            return [.. _all.Values];
        }
    }

    /// <summary>Forgets all of them, with what is registered on them: the generation ends, and the next one keeps them.</summary>
    public void Clear()
    {
        foreach (var entry in All())
        {
            Remove(entry);
        }
    }

    /// <summary>Takes one that is due; its next moment has to be said by <see cref="Schedule"/>.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="entry">The entry.</param>
    public bool TryTakeDue(long now, [NotNullWhen(true)] out SocketEntry? entry)
    {
        lock (_lock)
        {
            if (_due.Min is { } first && first.DueAt <= now)
            {
                _due.Remove(first);
                first.DueAt = long.MaxValue;
                entry = first;
                return true;
            }
        }

        entry = null;
        return false;
    }

    /// <summary>Says when something is due for a socket.</summary>
    public void Schedule(SocketEntry entry, long dueAt)
    {
        lock (_lock)
        {
            if (!entry.IsGone)
            {
                _due.Remove(entry);
                entry.DueAt = dueAt;
                if (dueAt != long.MaxValue)
                {
                    _due.Add(entry);
                }
            }
        }
    }

    /// <summary>Puts a session in its place: sockets of one connection have one. Another node's clock has gone into the stamp already.</summary>
    public void Stamp(SocketEntry entry, Func<long> next)
    {
        lock (_lock)
        {
            // A stamp is given under the lock under which the sockets of a user are read: whoever reads them later and takes a stamp gets a later one.
            entry.Stamp = _bySubject.TryGetValue(entry.Credential.Identity.Subject, out var own) && own.Find(other => other != entry && other.Session == entry.Session && other.Stamp != 0) is { } same
                ? same.Stamp
                : next();
        }
    }

    private void ReplaceHere(SocketEntry entry, Credential credential, long dueAt, long expiresAt)
    {
        Unindex(entry);
        entry.Credential = credential;
        entry.DueAt = dueAt;
        entry.ExpiresAt = expiresAt;
        entry.WasAsked = false;
        entry.TakenOver = null;
        Index(entry);
    }

    private void Index(SocketEntry entry)
    {
        var subject = entry.Credential.Identity.Subject;
        if (!_bySubject.TryGetValue(subject, out var sockets))
        {
            _bySubject.Add(subject, sockets = []);
        }

        sockets.Add(entry);
        if (entry.DueAt != long.MaxValue)
        {
            _due.Add(entry);
        }
    }

    private void Unindex(SocketEntry entry)
    {
        _due.Remove(entry);
        var subject = entry.Credential.Identity.Subject;
        if (_bySubject.TryGetValue(subject, out var sockets) && sockets.Remove(entry) && sockets.Count == 0)
        {
            _bySubject.Remove(subject);
        }
    }
}
