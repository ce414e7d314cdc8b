using System.Numerics;

namespace Sockeye.Host.Playground;

/// <summary>Something that swims: it wants to be somewhere, and turns and speeds up as its kind can.</summary>
/// <param name="id">A number of its own, from 1 on.</param>
/// <param name="isWild">Whether it follows the school; else its owner.</param>
internal sealed class Fish(ushort id, bool isWild)
{
    public ushort Id { get; } = id;

    public bool IsWild { get; } = isWild;

    public Vector2 Position { get; private set; }

    public Vector2 Velocity { get; private set; } = Vector2.UnitX;

    /// <summary>Puts it somewhere, at rest.</summary>
    public void Place(Vector2 position) => (Position, Velocity) = (position, Vector2.UnitX);

    /// <summary>Swims on.</summary>
    /// <param name="wanted">The velocity that it would like.</param>
    /// <param name="agility">How much of its velocity it can change in a second, in units.</param>
    /// <param name="seconds">The time.</param>
    public void Swim(Vector2 wanted, float agility, float seconds)
    {
        var change = wanted - Velocity;
        var most = agility * seconds;
        if (change.LengthSquared() > most * most)
        {
            change = Vector2.Normalize(change) * most;
        }

        Velocity += change;
        Position = Vector2.Clamp(Position + (Velocity * seconds), Vector2.Zero, Pool.Size);
    }
}
