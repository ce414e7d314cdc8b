using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Rules by the name of the event that they ask for, found by its bytes; and those that ask for names by their beginning. Both in the order of the rules. Does not change.</summary>
/// <remarks>Open addressing over names of the configuration alone: a client chooses what is looked for, never what is in it, so no name of a client makes a lookup longer than the longest run of these.</remarks>
internal sealed class EventIndex
{
    private readonly Entry[] _entries;

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
        foreach (var ((name, isNumber), list) in exact)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            var i = Hash(utf8) & (uint)(size - 1);
            while (_entries[i].Rules is not null)
            {
                i = (i + 1) & (uint)(size - 1);
            }

            _entries[i] = new Entry { Name = utf8, IsNumber = isNumber, Rules = [.. list] };
        }
    }

    /// <summary>Rules whose event has a last <c>*</c>.</summary>
    public Rule[] Any { get; }

    /// <summary>The rules of each name.</summary>
    public Rule[][] Exact { get; }

    /// <summary>The rules that ask for exactly this name.</summary>
    public ReadOnlySpan<Rule> Find(ReadOnlySpan<byte> nameUtf8, bool isNumber)
    {
        if (Exact.Length == 0)
        {
            return default;
        }

        var entries = _entries;
        for (var i = Hash(nameUtf8); ; i++)
        {
            ref readonly var entry = ref entries[i & (uint)(entries.Length - 1)];
            if (entry.Rules is null)
            {
                return default;
            }

            if (entry.IsNumber == isNumber && nameUtf8.SequenceEqual(entry.Name))
            {
                return entry.Rules;
            }
        }
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var hash = (ulong)name.Length;
        while (name.Length > 8)
        {
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name)) * Multiplier, 29);
            name = name[8..];
        }

        var rest = name.Length switch
        {
            >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(name) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(name[^4..]) << 32),
            > 0 => name[0] | ((ulong)name[name.Length >> 1] << 8) | ((ulong)name[^1] << 16),
            _ => 0UL,
        };

        // A product carries upwards only: folded between two of them, each bit of the name is in the lowest bits, which are the place.
        hash = (hash ^ rest) * Multiplier;
        return (uint)(((hash ^ (hash >> 32)) * Multiplier) >> 32);
    }

    private struct Entry
    {
        public byte[] Name;
        public bool IsNumber;
        public Rule[]? Rules;
    }
}
