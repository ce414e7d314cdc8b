using System.Collections.Concurrent;

namespace Chat;

/// <summary>What a guest finds in a room: who is there, and what was said last.</summary>
internal sealed record Welcome(string[] Guests, Line[] History);

/// <summary>One line of a room.</summary>
internal sealed record Line(int Number, string Name, string Text);

/// <summary>Where a guest sits; one for each socket.</summary>
internal sealed class Guest
{
    public string? Room { get; set; }
}

/// <summary>The last lines of each room. Sockets of one room may belong to several event loops, so it has a lock.</summary>
internal sealed class RoomHistory
{
    private const int LinesKept = 50;

    private readonly ConcurrentDictionary<string, Queue<Line>> _rooms = new();
    private int _number;

    public Line Add(string room, string name, string text)
    {
        var lines = _rooms.GetOrAdd(room, _ => new Queue<Line>());
        lock (lines)
        {
            var line = new Line(Interlocked.Increment(ref _number), name, text);
            lines.Enqueue(line);
            if (lines.Count > LinesKept)
            {
                lines.Dequeue();
            }

            return line;
        }
    }

    public Line[] Of(string room)
    {
        if (!_rooms.TryGetValue(room, out var lines))
        {
            return [];
        }

        lock (lines)
        {
            return [.. lines];
        }
    }
}
