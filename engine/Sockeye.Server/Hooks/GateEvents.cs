using System.Text;
using Sockeye.Plugins;

namespace Sockeye.Server.Hooks;

/// <summary>The events that a gate is asked about, found by the bytes of a name. Never changes; any thread.</summary>
internal sealed class GateEvents
{
    private readonly byte[][]?[] _byLength = new byte[][]?[EventName.MaxBytes + 1];
    private readonly int[] _numbers;

    private GateEvents(IReadOnlyCollection<EventName> names)
    {
        _numbers = [.. names.Where(static name => name.IsNumber).Select(static name => name.Number)];
        foreach (var group in names.Where(static name => !name.IsNumber).Select(static name => Encoding.UTF8.GetBytes(name.Text!)).GroupBy(static name => name.Length))
        {
            _byLength[group.Key] = [.. group];
        }
    }

    /// <summary>Those of a gate; null: all.</summary>
    /// <exception cref="InvalidOperationException">It has no list, not even an empty one.</exception>
    public static GateEvents? Of(IEventGate gate)
    {
        EventName[] names = [.. gate.Events ?? throw new InvalidOperationException("Events of its IEventGate is null; an empty list stands for all events.")];
        return names.Length == 0 ? null : new GateEvents(names);
    }

    /// <summary>Whether a name as it stands in a packet, unescaped text or digits, is one of them.</summary>
    public bool Has(ReadOnlySpan<byte> nameUtf8, bool isNumeric)
    {
        if (isNumeric)
        {
            return _numbers.Length > 0 && EventName.TryParseNumber(nameUtf8, out var number) && _numbers.Contains(number);
        }

        // Hardly two names are of one length: most events are told by that alone.
        if (nameUtf8.Length < _byLength.Length && _byLength[nameUtf8.Length] is { } names)
        {
            foreach (var name in names)
            {
                if (nameUtf8.SequenceEqual(name))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
