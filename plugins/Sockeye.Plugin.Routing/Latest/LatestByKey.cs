using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Latest;

/// <summary>Keeps the last value of each key and delivers it once in each interval, by the server's clock. Any thread; what is delivered for one key comes in its order and never twice at once.</summary>
/// <remarks>
/// <para><b>When.</b> The interval of a key begins with its first value and ends with the delivery of its last one. With the leading edge the first goes at once, and the interval ends silently if nothing came.</para>
/// <para><b>Bounds.</b> A key too many, or bytes too many, deliver the oldest key early: nothing is lost, and memory does not grow.</para>
/// <para><b>End.</b> Disposing delivers all that waits, at once.</para>
/// </remarks>
/// <typeparam name="T">The value.</typeparam>
internal sealed class LatestByKey<T> : IDisposable
    where T : class
{
    private readonly Lock _lock = new();
    private readonly LatestOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<T> _deliver;
    private readonly Action<Exception> _failed;
    private readonly Func<T, int> _size;
    private readonly ITimer _timer;
    private readonly Dictionary<string, LinkedListNode<Entry>> _keys = new(StringComparer.Ordinal);

    // In the order of their ends, which is that of their beginnings: the interval is one.
    private readonly LinkedList<Entry> _order = new();
    private readonly Queue<T> _ready = new();
    private long _bytes;
    private bool _isDelivering;
    private bool _isDisposed;
    private long _offered;
    private long _delivered;
    private long _replaced;
    private long _early;

    /// <summary>Begins.</summary>
    /// <param name="options">How.</param>
    /// <param name="time">The server's clock.</param>
    /// <param name="size">The bytes of a value.</param>
    /// <param name="deliver">Gets what is due, on the thread of the timer, or of who offers; must not block.</param>
    /// <param name="failed">Hears what that throws.</param>
    public LatestByKey(LatestOptions options, TimeProvider time, Func<T, int> size, Action<T> deliver, Action<Exception> failed)
    {
        _options = options;
        _time = time;
        _size = size;
        _deliver = deliver;
        _failed = failed;
        _timer = time.CreateTimer(static latest => ((LatestByKey<T>)latest!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Values that came: each was delivered, replaced by a later one, or still waits.</summary>
    public long Offered => Read(ref _offered);

    /// <summary>Values that were delivered.</summary>
    public long Delivered => Read(ref _delivered);

    /// <summary>Values that gave way to a later one of their key.</summary>
    public long Replaced => Read(ref _replaced);

    /// <summary>Values that were delivered before their time for want of room.</summary>
    public long Early => Read(ref _early);

    /// <summary>Values that wait.</summary>
    public long Waiting
    {
        get
        {
            lock (_lock)
            {
                return _order.Count(entry => entry.Value is not null) + _ready.Count;
            }
        }
    }

    /// <summary>A value has come.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The value.</param>
    public void Offer(string key, T value)
    {
        lock (_lock)
        {
            _offered++;
            if (_isDisposed)
            {
                _ready.Enqueue(value);
            }
            else if (_keys.TryGetValue(key, out var node))
            {
                _replaced += node.ValueRef.Value is null ? 0 : 1;
                Put(node, value);
            }
            else
            {
                Begin(key, value);
            }

            while (_order.First is { } oldest && (_keys.Count > _options.MaxKeys || _bytes > _options.MaxBytes))
            {
                _early += oldest.ValueRef.Value is null ? 0 : 1;
                End(oldest);
            }
        }

        DeliverReady();
    }

    /// <summary>Writes the counts into an object that is open.</summary>
    public void WriteStatus(Utf8JsonWriter json)
    {
        json.WriteNumber("offered"u8, Offered);
        json.WriteNumber("delivered"u8, Delivered);
        json.WriteNumber("replaced"u8, Replaced);
        json.WriteNumber("early"u8, Early);
        json.WriteNumber("waiting"u8, Waiting);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_order.First is { } oldest)
            {
                End(oldest);
            }
        }

        _timer.Dispose();
        DeliverReady();
    }

    private void Begin(string key, T value)
    {
        var node = Add(key, _time.GetTimestamp());
        if (_options.Leading)
        {
            _ready.Enqueue(value);
        }
        else
        {
            Put(node, value);
        }

        if (_order.Count == 1)
        {
            Arm();
        }
    }

    private LinkedListNode<Entry> Add(string key, long now)
    {
        var node = _order.AddLast(new Entry { Key = key, Until = now + Ticks(), Bytes = KeyBytes(key) });
        _bytes += node.ValueRef.Bytes;
        _keys.Add(key, node);
        return node;
    }

    private void Put(LinkedListNode<Entry> node, T value)
    {
        ref var entry = ref node.ValueRef;
        _bytes -= entry.Bytes;
        entry.Value = value;
        entry.Bytes = KeyBytes(entry.Key) + _size(value);
        _bytes += entry.Bytes;
    }

    private static int KeyBytes(string key) => key.Length * sizeof(char);

    private void End(LinkedListNode<Entry> node)
    {
        _order.Remove(node);
        _keys.Remove(node.ValueRef.Key);
        _bytes -= node.ValueRef.Bytes;
        if (node.ValueRef.Value is { } value)
        {
            _ready.Enqueue(value);
        }
    }

    private void OnDue()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            while (_order.First is { } first && first.ValueRef.Until <= now)
            {
                var key = first.ValueRef.Key;
                var goesOn = _options.Leading && first.ValueRef.Value is not null;
                End(first);
                if (goesOn)
                {
                    // What was delivered at the end begins the next interval, or a value just after it would be the second within one.
                    Add(key, now);
                }
            }

            Arm();
        }

        DeliverReady();
    }

    private void Arm()
    {
        if (_order.First is { } first && !_isDisposed)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), first.ValueRef.Until);

            // Timers count whole milliseconds and cut: one that fires too early finds nothing.
            _timer.Change(left <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private long Ticks() => (long)(_options.Every.TotalSeconds * _time.TimestampFrequency);

    private void DeliverReady()
    {
        lock (_lock)
        {
            if (_isDelivering)
            {
                return;
            }

            _isDelivering = true;
        }

        while (TryTakeReady(out var value))
        {
            try
            {
                _deliver(value);
            }
#pragma warning disable CA1031 // One value that cannot be delivered keeps no other back.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _failed(failure);
            }
        }
    }

    private bool TryTakeReady([NotNullWhen(true)] out T? value)
    {
        lock (_lock)
        {
            if (_ready.TryDequeue(out value))
            {
                _delivered++;
                return true;
            }

            _isDelivering = false;
            return false;
        }
    }

    private long Read(ref long count)
    {
        lock (_lock)
        {
            return count;
        }
    }

    private struct Entry
    {
        public required string Key;
        public required long Until;
        public T? Value;
        public int Bytes;
    }
}
