using System.Buffers.Binary;
using System.Text;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Rules by the name of the event that they ask for, found by its bytes; and those that ask for names by their beginning. Both in the order of the rules. Does not change.</summary>
/// <remarks>Open addressing over names of the configuration alone: a client chooses what is looked for, never what is in it, so no name of a client makes a lookup longer than the longest run of these.</remarks>
internal sealed class EventIndex
{
    private readonly Entry[] _entries;
    private readonly int _mask;

    public EventIndex(IEnumerable<Rule> rules)
    {
        Dictionary<(string Name, bool IsNumber), List<Rule>> exact = [];
        List<Rule> any = [];
        foreach (var rule in rules)
        {
            if (rule.Match.HasAnyEvent)
            {
                any.Add(rule);
                continue;
            }

            var key = (rule.Match.Event, rule.Match.IsNumber);
            if (!exact.TryGetValue(key, out var list))
            {
                exact.Add(key, list = []);
            }

            list.Add(rule);
        }

        Any = [.. any];
        Exact = [.. exact.Values.Select(static list => list.ToArray())];
        var size = 4;
        while (size < exact.Count * 2)
        {
            size *= 2;
        }

        _entries = new Entry[size];
        _mask = size - 1;
        foreach (var ((name, isNumber), list) in exact)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            var i = Hash(utf8) & _mask;
            while (_entries[i].Rules is not null)
            {
                i = (i + 1) & _mask;
            }

            _entries[i] = new Entry { Name = utf8, IsNumber = isNumber, Rules = [.. list] };
        }
    }

    /// <summary>Rules whose event has a last <c>*</c>.</summary>
    public Rule[] Any { get; }

    /// <summary>The rules of each name.</summary>
    public IReadOnlyList<Rule[]> Exact { get; }

    /// <summary>The rules that ask for exactly this name.</summary>
    public ReadOnlySpan<Rule> Find(ReadOnlySpan<byte> nameUtf8, bool isNumber)
    {
        for (var i = Hash(nameUtf8) & _mask; _entries[i].Rules is { } rules; i = (i + 1) & _mask)
        {
            if (_entries[i].IsNumber == isNumber && nameUtf8.SequenceEqual(_entries[i].Name))
            {
                return rules;
            }
        }

        return default;
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        ulong head = 0, tail = 0;
        if (name.Length >= 8)
        {
            head = BinaryPrimitives.ReadUInt64LittleEndian(name);
            tail = BinaryPrimitives.ReadUInt64LittleEndian(name[^8..]);
        }
        else
        {
            foreach (var b in name)
            {
                head = (head << 8) | b;
            }
        }

        var mixed = (head ^ (tail * 0x9E3779B97F4A7C15) ^ (ulong)name.Length) * 0xD6E8FEB86659FD93;
        return (int)(mixed >> 33);
    }

    private struct Entry
    {
        public byte[] Name;
        public bool IsNumber;
        public Rule[]? Rules;
    }
}
