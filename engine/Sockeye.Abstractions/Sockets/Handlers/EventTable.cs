using System.Text;

namespace Sockeye.Abstractions.Sockets;

/// <summary>The handlers of events by name. Found by bytes; reading takes no lock and sees each name complete.</summary>
internal class EventTable : IHandlerOwner
{
    private const int InitialBuckets = 4;

    private readonly Lock _lock = new();
    private EventHandlers?[]? _buckets;
    private int _count;
    private int _version;

    /// <summary>A number that is another one when handlers were added or removed. Read before a lookup, it says whether that still holds.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Whether nothing is registered.</summary>
    public bool IsEmpty => Volatile.Read(ref _buckets) is null;

    /// <summary>Events with a handler.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Hears of each handler that is added: its event, and how many that has now. Set before the first one.</summary>
    public Action<EventName, int>? Added { get; init; }

    /// <summary>The events with a handler that are no numbers.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            foreach (var head in Volatile.Read(ref _buckets) ?? [])
            {
                for (var handlers = head; handlers is not null; handlers = handlers.Next)
                {
                    if (handlers.Name.Text is { } text)
                    {
                        yield return text;
                    }
                }
            }
        }
    }

    public virtual EventRegistration Add(EventName name, EventInvoker invoker)
    {
        int count;
        lock (_lock)
        {
            var buckets = _buckets ?? new EventHandlers?[InitialBuckets];
            var text = name.Text is null ? null : Encoding.UTF8.GetBytes(name.Text);
            var handlers = Find(buckets, text, name.IsNumber, name.Number);
            if (handlers is null)
            {
                if (_count == buckets.Length)
                {
                    buckets = Grow(buckets);
                }

                handlers = new EventHandlers(name, text);
                ref var bucket = ref buckets[handlers.Hash & (uint)(buckets.Length - 1)];
                handlers.Next = bucket;
                handlers.Invokers = [invoker];
                Volatile.Write(ref bucket, handlers);
                _count++;
            }
            else
            {
                handlers.Invokers = [.. handlers.Invokers, invoker];
            }

            Volatile.Write(ref _buckets, buckets);
            Volatile.Write(ref _version, _version + 1);
            count = handlers.Invokers.Length;
        }

        Added?.Invoke(name, count);
        return new EventRegistration(this, invoker);
    }

    /// <summary>The handlers of a name as it stands in a packet: unescaped text, or digits.</summary>
    public EventHandlers? Find(ReadOnlySpan<byte> nameUtf8, bool isNumeric)
    {
        var buckets = Volatile.Read(ref _buckets);
        if (buckets is null)
        {
            return null;
        }

        if (!isNumeric)
        {
            return Find(buckets, nameUtf8, isNumber: false, number: 0);
        }

        return EventName.TryParseNumber(nameUtf8, out var number) ? Find(buckets, default, isNumber: true, number) : null;
    }

    /// <summary>Removes those that are meant.</summary>
    public void RemoveAll(Predicate<object> isMeant)
    {
        List<EventInvoker>? meant = null;
        lock (_lock)
        {
            foreach (var head in _buckets ?? [])
            {
                for (var handlers = head; handlers is not null; handlers = handlers.Next)
                {
                    foreach (var invoker in handlers.Invokers)
                    {
                        if (isMeant(invoker))
                        {
                            (meant ??= []).Add(invoker);
                        }
                    }
                }
            }
        }

        foreach (var invoker in meant ?? [])
        {
            Remove(invoker);
        }
    }

    public void Remove(object handler)
    {
        lock (_lock)
        {
            if (_buckets is not { } buckets)
            {
                return;
            }

            for (var i = 0; i < buckets.Length; i++)
            {
                EventHandlers? previous = null;
                for (var handlers = buckets[i]; handlers is not null; previous = handlers, handlers = handlers.Next)
                {
                    var index = Array.IndexOf(handlers.Invokers, handler);
                    if (index < 0)
                    {
                        continue;
                    }

                    handlers.Invokers = [.. handlers.Invokers.AsSpan(0, index), .. handlers.Invokers.AsSpan(index + 1)];
                    if (handlers.Invokers.Length == 0)
                    {
                        // A reader that stands on the removed node still finds the rest of the chain behind it.
                        if (previous is null)
                        {
                            Volatile.Write(ref buckets[i], handlers.Next);
                        }
                        else
                        {
                            previous.Next = handlers.Next;
                        }

                        _count--;
                    }

                    Volatile.Write(ref _version, _version + 1);
                    return;
                }
            }
        }
    }

    /// <summary>Nodes are copied, since readers may stand on the old ones.</summary>
    private static EventHandlers?[] Grow(EventHandlers?[] buckets)
    {
        var larger = new EventHandlers?[buckets.Length * 2];
        foreach (var head in buckets)
        {
            for (var handlers = head; handlers is not null; handlers = handlers.Next)
            {
                ref var bucket = ref larger[handlers.Hash & (uint)(larger.Length - 1)];
                bucket = new EventHandlers(handlers.Name, handlers.Text) { Invokers = handlers.Invokers, Next = bucket };
            }
        }

        return larger;
    }

    private static EventHandlers? Find(EventHandlers?[] buckets, ReadOnlySpan<byte> text, bool isNumber, int number)
    {
        var hash = Hash(text, isNumber, number);
        for (var handlers = Volatile.Read(ref buckets[hash & (uint)(buckets.Length - 1)]); handlers is not null; handlers = handlers.Next)
        {
            if (handlers.Hash == hash && handlers.Matches(text, isNumber, number))
            {
                return handlers;
            }
        }

        return null;
    }

    private static uint Hash(ReadOnlySpan<byte> text, bool isNumber, int number) => isNumber ? NameHash.Of(number) : NameHash.Of(text);

    /// <summary>The handlers of one name, in the order of their registration.</summary>
    internal sealed class EventHandlers
    {
        private volatile EventInvoker[] _invokers = [];
        private volatile EventHandlers? _next;

        public EventHandlers(EventName name, byte[]? text)
        {
            Name = name;
            Text = text;
            Hash = EventTable.Hash(text, name.IsNumber, name.Number);
        }

        public EventName Name { get; }

        /// <summary>The name as it comes in packets; null: it is a number.</summary>
        public byte[]? Text { get; }

        public uint Hash { get; }

        public EventInvoker[] Invokers
        {
            get => _invokers;
            set => _invokers = value;
        }

        public EventHandlers? Next
        {
            get => _next;
            set => _next = value;
        }

        public bool Matches(ReadOnlySpan<byte> text, bool isNumber, int number) =>
            Text is null ? isNumber && number == Name.Number : !isNumber && text.SequenceEqual(Text);
    }
}
