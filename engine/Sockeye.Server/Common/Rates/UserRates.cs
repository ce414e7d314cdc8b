using System.Collections.Concurrent;

namespace Sockeye.Server.Common;

/// <summary>The buckets of users, each shared by the user's sockets in one namespace of this node.</summary>
/// <remarks>It owns them. Any thread. One that is full again is as one that is not there: when there are twice as many as were left the last time, and at least 1,024 (own), those are removed, on the thread pool.
/// So it holds no more than twice the users that have sent lately.</remarks>
internal sealed class UserRates
{
    private const int LeastSwept = 1024;

    private readonly ConcurrentDictionary<(string Namespace, string Subject), Buckets> _users = new();
    private int _count;
    private int _sweepAt = LeastSwept;

    /// <summary>Users that have buckets.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes one event with its bytes, or nothing.</summary>
    /// <param name="known">The buckets that were used the last time for this user; null: look for them.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="subject">The user.</param>
    /// <param name="rates">What its class allows.</param>
    /// <param name="bytes">Of the event.</param>
    /// <param name="now">Ticks of the clock of the loops.</param>
    public RateLimit TryTake(ref Buckets? known, string nsp, string subject, RateSet rates, long bytes, long now)
    {
        while (true)
        {
            known ??= Find(nsp, subject, now);
            if (known.TryTake(rates, bytes, now) is { } limit)
            {
                return limit;
            }

            known = null;   // removed meanwhile
        }
    }

    /// <summary>Removes the buckets that are full.</summary>
    public void Sweep(long now)
    {
        foreach (var (user, buckets) in _users)
        {
            if (buckets.TryRetire(now) && _users.TryRemove(user, out _))
            {
                Interlocked.Decrement(ref _count);
            }
        }

        Volatile.Write(ref _sweepAt, Math.Max(LeastSwept, Count * 2));
    }

    private Buckets Find(string nsp, string subject, long now)
    {
        var made = new Buckets();
        var found = _users.GetOrAdd((nsp, subject), made);
        if (found == made && Interlocked.Increment(ref _count) >= Volatile.Read(ref _sweepAt))
        {
            // Once, until it has been done.
            Volatile.Write(ref _sweepAt, int.MaxValue);
            ThreadPool.UnsafeQueueUserWorkItem(static sweep => sweep.Users.Sweep(sweep.Now), (Users: this, Now: now), preferLocal: false);
        }

        return found;
    }

    /// <summary>What is left of the rates of one user.</summary>
    internal sealed class Buckets
    {
        private readonly Lock _lock = new();
        private TokenBucket _events;
        private TokenBucket _bytes;
        private RateSet? _rates;
        private bool _isRetired;

        /// <returns>Null: it is not in use any more.</returns>
        public RateLimit? TryTake(RateSet rates, long bytes, long now)
        {
            lock (_lock)
            {
                if (_isRetired)
                {
                    return null;
                }

                _rates = rates;
                if (rates.UserEvents.IsOn)
                {
                    _events.Fill(rates.UserEvents, now);
                    if (!_events.Has(rates.UserEvents, 1))
                    {
                        return RateLimit.UserEvents;
                    }
                }

                if (rates.UserBytes.IsOn)
                {
                    _bytes.Fill(rates.UserBytes, now);
                    if (!_bytes.Has(rates.UserBytes, bytes))
                    {
                        return RateLimit.UserBytes;
                    }

                    _bytes.Take(bytes);
                }

                if (rates.UserEvents.IsOn)
                {
                    _events.Take(1);
                }

                return RateLimit.None;
            }
        }

        /// <summary>Ends it, if it is full.</summary>
        public bool TryRetire(long now)
        {
            lock (_lock)
            {
                if (_rates is not { } rates || _isRetired)
                {
                    return false;
                }

                if (rates.UserEvents.IsOn)
                {
                    _events.Fill(rates.UserEvents, now);
                }

                if (rates.UserBytes.IsOn)
                {
                    _bytes.Fill(rates.UserBytes, now);
                }

                return _isRetired = (_events.IsFull || !rates.UserEvents.IsOn) && (_bytes.IsFull || !rates.UserBytes.IsOn);
            }
        }
    }
}
