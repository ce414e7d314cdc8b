using System.Runtime.CompilerServices;
using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Where the paths of conditions lead in one event: each is followed once, however many rules ask for it. Lives on the stack of the call.</summary>
internal struct FoundPaths
{
    /// <summary>Paths that rules may look up in one event: 16 (own). It bounds what a large event costs: 16 times its bytes are passed over.</summary>
    public const int MaxPaths = 16;

    private Slots _slots;
    private int _count;

    /// <summary>The value that the path of a condition leads to.</summary>
    public bool TryFind(JsonCondition condition, ReadOnlySpan<byte> arguments, out ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_slots[i].Path == condition.PathNumber)
            {
                value = _slots[i].End < 0 ? default : arguments[_slots[i].Start.._slots[i].End];
                return _slots[i].End >= 0;
            }
        }

        var found = condition.Path.TryFind(arguments, out var start, out var end);
        if (_count < MaxPaths)
        {
            // Written in place: a slot that is made elsewhere is copied before it is there.
            ref var slot = ref _slots[_count++];
            slot.Path = condition.PathNumber;
            slot.Start = start;
            slot.End = found ? end : -1;
        }

        value = found ? arguments[start..end] : default;
        return found;
    }

    private struct Slot
    {
        public int Path;
        public int Start;
        public int End;
    }

    [InlineArray(MaxPaths)]
    private struct Slots
    {
        private Slot _first;
    }
}
