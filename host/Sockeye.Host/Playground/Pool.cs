using System.Buffers.Binary;
using System.Numerics;

namespace Sockeye.Host.Playground;

/// <summary>The pool: a school of wild sockeyes, a fish for each visitor, and food. The server alone moves them; clients say where they would like to be.</summary>
/// <remarks><b>Thread.</b> The game loop. <b>Limits.</b> <see cref="School"/> wild fish, <see cref="PlaygroundLimits.Visitors"/> others, <see cref="PlaygroundLimits.Bites"/> bites of food.</remarks>
internal sealed class Pool
{
    /// <summary>Wild fish.</summary>
    public const int School = 14;

    private const float Near = 190;
    private const float Close = 84;
    private const float Smell = 420;
    private const float Cruise = 95;
    private const float Hurry = 250;
    private const float Owned = 430;
    private static readonly TimeSpan BiteLife = TimeSpan.FromSeconds(12);

    private readonly List<Fish> _fish = [];
    private readonly Dictionary<Fish, Vector2> _wishes = [];
    private readonly List<Bite> _bites = [];
    private TimeSpan _now;

    public Pool()
    {
        for (ushort id = 1; id <= School; id++)
        {
            Add(new Fish(id, isWild: true));
        }
    }

    /// <summary>Width and height, in units: what coordinates are in.</summary>
    public static Vector2 Size { get; } = new(1600, 600);

    public IReadOnlyList<Fish> Fish => _fish;

    public int Bites => _bites.Count;

    /// <summary>Puts a fish in, at a place that follows from its number and is far from those of its neighbours.</summary>
    public void Add(Fish fish)
    {
        fish.Place(new Vector2(0.1f + (0.8f * (fish.Id * 0.7549f % 1)), 0.15f + (0.7f * (fish.Id * 0.5698f % 1))) * Size);
        _fish.Add(fish);
    }

    public void Remove(Fish fish)
    {
        _fish.Remove(fish);
        _wishes.Remove(fish);
    }

    /// <summary>Where a visitor would like their fish to be.</summary>
    public void Steer(Fish fish, Vector2 to) => _wishes[fish] = Vector2.Clamp(to, Vector2.Zero, Size);

    /// <summary>Throws a bite of food in.</summary>
    public void Feed(Vector2 at)
    {
        if (_bites.Count == PlaygroundLimits.Bites)
        {
            _bites.RemoveAt(0);
        }

        _bites.Add(new Bite(Vector2.Clamp(at, Vector2.Zero, Size), _now + BiteLife));
    }

    /// <summary>Moves everything on.</summary>
    public void Step(TimeSpan elapsed)
    {
        _now += elapsed;
        var seconds = (float)Math.Min(elapsed.TotalSeconds, 0.2); // after a pause they do not jump
        _bites.RemoveAll(bite => bite.Until <= _now);
        for (var i = 0; i < _bites.Count; i++)
        {
            _bites[i] = _bites[i] with { At = Vector2.Min(_bites[i].At + new Vector2(0, 22 * seconds), Size) };
        }

        foreach (var fish in _fish)
        {
            if (fish.IsWild)
            {
                fish.Swim(WishOf(fish, out var speed) is var wish && wish != Vector2.Zero ? Vector2.Normalize(wish) * speed : fish.Velocity, 420, seconds);
                _bites.RemoveAll(bite => Vector2.DistanceSquared(bite.At, fish.Position) < 16 * 16);
            }
            else
            {
                var way = _wishes.GetValueOrDefault(fish, fish.Position) - fish.Position;
                var distance = way.Length();
                fish.Swim(distance < 1 ? Vector2.Zero : way / distance * Math.Min(Owned, distance * 4), 2400, seconds);
            }
        }
    }

    /// <summary>All positions in one message: tick, number of fish, number of bites; of each fish its number, place, direction and kind; of each bite its place. Little-endian.</summary>
    public byte[] Write(long tick)
    {
        var frame = new byte[6 + (_fish.Count * 8) + (_bites.Count * 4)];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)tick);
        frame[4] = (byte)_fish.Count;
        frame[5] = (byte)_bites.Count;
        var rest = frame.AsSpan(6);
        foreach (var fish in _fish)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, fish.Id);
            WritePlace(rest[2..], fish.Position);
            rest[6] = (byte)Math.Round((Math.Atan2(fish.Velocity.Y, fish.Velocity.X) / Math.Tau * 256) + 256); // 256 steps of a turn; the byte takes the rest
            rest[7] = fish.IsWild ? (byte)1 : (byte)0;
            rest = rest[8..];
        }

        foreach (var bite in _bites)
        {
            WritePlace(rest, bite.At);
            rest = rest[4..];
        }

        return frame;
    }

    private static void WritePlace(Span<byte> to, Vector2 place)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)place.X);
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], (ushort)place.Y);
    }

    // Swims with the others, not into them, away from the walls, and towards food before anything else.
    private Vector2 WishOf(Fish fish, out float speed)
    {
        speed = Cruise;
        if (NearestBite(fish.Position) is { } food)
        {
            speed = Hurry;
            return food - fish.Position;
        }

        Vector2 heading = fish.Velocity, centre = default, apart = default;
        var neighbours = 0;
        foreach (var other in _fish)
        {
            var way = other.Position - fish.Position;
            var distance = way.Length();
            if (other == fish || distance > Near || distance == 0)
            {
                continue;
            }

            if (distance < Close)
            {
                apart -= way / distance * (Close - distance);
            }

            if (other.IsWild)
            {
                heading += other.Velocity;
                centre += other.Position;
                neighbours++;
            }
        }

        var (sin, cos) = Math.SinCos((_now.TotalSeconds * 0.7) + (fish.Id * 2.4));
        var wander = new Vector2((float)cos, (float)sin) * 45;
        var together = neighbours == 0 ? Vector2.Zero : ((centre / neighbours) - fish.Position) * 0.35f;
        return (heading / (neighbours + 1)) + wander + together + (apart * 5) + FromWalls(fish.Position);
    }

    private static Vector2 FromWalls(Vector2 at)
    {
        const float Margin = 110;
        static float Push(float place, float length) => place < Margin ? Margin - place : place > length - Margin ? length - Margin - place : 0;
        return new Vector2(Push(at.X, Size.X), Push(at.Y, Size.Y)) * 1.6f;
    }

    private Vector2? NearestBite(Vector2 from)
    {
        Vector2? nearest = null;
        var least = Smell * Smell;
        foreach (var bite in _bites)
        {
            var distance = Vector2.DistanceSquared(bite.At, from);
            if (distance < least)
            {
                (nearest, least) = (bite.At, distance);
            }
        }

        return nearest;
    }

    private readonly record struct Bite(Vector2 At, TimeSpan Until);
}
