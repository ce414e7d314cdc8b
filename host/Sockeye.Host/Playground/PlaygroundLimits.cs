namespace Sockeye.Host.Playground;

/// <summary>What visitors can make the playground hold, compute and send; all of it is the playground's own choice.</summary>
internal static class PlaygroundLimits
{
    /// <summary>Ticks of the game loop in a second, and frames of the pool that each visitor gets.</summary>
    public const double TicksPerSecond = 30;

    /// <summary>People at one time. A further one is refused with a sentence; each of them costs every other one 8 bytes in each tick.</summary>
    public const int Visitors = 100;

    /// <summary>People who may come between two ticks; a further one is refused. Everybody hears of each.</summary>
    public const int ArrivalsPerTick = 10;

    /// <summary>Characters of a name.</summary>
    public const int NameLength = 24;

    /// <summary>Characters of the name of a room. Rooms are there while somebody is in them, so there are no more than visitors.</summary>
    public const int RoomLength = 24;

    /// <summary>Characters of what is said.</summary>
    public const int TextLength = 400;

    /// <summary>Bites of food in the pool; a further one takes the place of the oldest.</summary>
    public const int Bites = 40;

    /// <summary>What a visitor may spend at once, see <see cref="Allowance"/>: a thousand echoes and some talk.</summary>
    public const int Burst = 1500;

    /// <summary>What a visitor gets back in each tick: 120 a second.</summary>
    public const int Refill = 4;

    /// <summary>Refused events after which the connection is closed, counted from when half of the allowance was left.</summary>
    public const int Refusals = 1000;

    /// <summary>Pairs of readers at one time, each with up to <see cref="OutboxOptions.MaxBytes"/> in the outbox of the slow one.</summary>
    public const int ReaderPairs = 6;

    /// <summary>Ticks after which a stream ends by itself: 40 s.</summary>
    public const int StreamTicks = 40 * (int)TicksPerSecond;
}
