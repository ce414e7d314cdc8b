namespace Sockeye;

/// <summary>Where a server stands. It only goes forward.</summary>
public enum ServerState : byte
{
    /// <summary>Made, and not started.</summary>
    Created,

    /// <summary>Its plugins start, then its listeners.</summary>
    Starting,

    /// <summary>It listens.</summary>
    Running,

    /// <summary>It was asked to end, or could not start: it takes no new clients, and those that it has are told to go.</summary>
    Ending,

    /// <summary>Nothing of it runs any more.</summary>
    Stopped,
}
