namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>Why an event did not leave.</summary>
internal enum DropReason
{
    /// <summary>It is larger than one event may be.</summary>
    TooLarge,

    /// <summary>As many wait as may.</summary>
    QueueFull,

    /// <summary>As many bytes wait as may.</summary>
    QueueBytes,

    /// <summary>The output has ended.</summary>
    Stopped,

    /// <summary>The target said no, in a way that does not change by asking again.</summary>
    Refused,

    /// <summary>The target sent it to another address, to which nothing goes.</summary>
    Redirected,

    /// <summary>The target was busy or failed at each attempt.</summary>
    Unavailable,

    /// <summary>No answer came in time, at the last attempt.</summary>
    TimedOut,

    /// <summary>No connection, or none that lasted, at the last attempt.</summary>
    Unreachable,

    /// <summary>The bus had no room.</summary>
    BusFull,

    /// <summary>The bus has been closed.</summary>
    BusClosed,
}

/// <summary>The names of the reasons in metrics, logs and the status.</summary>
internal static class DropReasons
{
    private static readonly string[] Names =
        ["too_large", "queue_full", "queue_bytes", "stopped", "refused", "redirected", "unavailable", "timed_out", "unreachable", "bus_full", "bus_closed"];

    /// <summary>All of them; the number of each stays, since counts outlive a version.</summary>
    public static IReadOnlyList<DropReason> All { get; } = [.. Enumerable.Range(0, Names.Length).Select(number => (DropReason)number)];

    /// <summary>Those for which events do not leave by the bus.</summary>
    public static IReadOnlyList<DropReason> OfBus { get; } = [DropReason.TooLarge, DropReason.BusFull, DropReason.BusClosed];

    /// <summary>Those for which events do not leave by HTTP.</summary>
    public static IReadOnlyList<DropReason> OfHttp { get; } = [.. All.Where(static reason => reason is not (DropReason.BusFull or DropReason.BusClosed))];

    /// <summary>The name of a reason.</summary>
    public static string Name(this DropReason reason) => Names[(int)reason];
}
