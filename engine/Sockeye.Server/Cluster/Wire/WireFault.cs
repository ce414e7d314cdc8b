namespace Sockeye.Server.Cluster;

/// <summary>Why a message is dropped. The last word of the metric is the name in small letters.</summary>
internal enum WireFault : byte
{
    None,

    /// <summary>It is none of a cluster.</summary>
    Foreign,

    /// <summary>A version, kind, flag or field that has to be understood and is not.</summary>
    Unknown,

    /// <summary>It is shorter or longer than it says.</summary>
    Truncated,

    /// <summary>A field of it makes no sense.</summary>
    Corrupt,

    /// <summary>Its seal is missing or wrong.</summary>
    Unsealed,

    /// <summary>It came before, or later than one that was published after it.</summary>
    Duplicate,

    /// <summary>There was no room for it here.</summary>
    Refused,

    /// <summary>It belongs to a relay that does not exist.</summary>
    Stray,
}
