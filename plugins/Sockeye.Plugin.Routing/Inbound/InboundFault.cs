namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>Why something from outside became no event.</summary>
internal enum InboundFault
{
    /// <summary>It is larger than it may be.</summary>
    TooLarge,

    /// <summary>A header of the signature is missing or none.</summary>
    Unsigned,

    /// <summary>Its timestamp is too far from the server's clock.</summary>
    OutsideWindow,

    /// <summary>No key made its signature.</summary>
    BadSignature,

    /// <summary>The very same request has come before.</summary>
    Replayed,

    /// <summary>A request with its id has been taken before, and it was sent again.</summary>
    Repeated,

    /// <summary>As many ids are remembered as may be.</summary>
    MemoryFull,

    /// <summary>It is no JSON, or not the fields that it should have.</summary>
    Malformed,

    /// <summary>Its namespace is not there.</summary>
    NoNamespace,

    /// <summary>The server has ended.</summary>
    Closed,
}

/// <summary>The names of the faults in metrics, logs and the status.</summary>
internal static class InboundFaults
{
    private static readonly string[] Names =
        ["too_large", "unsigned", "outside_window", "bad_signature", "replayed", "repeated", "memory_full", "malformed", "no_namespace", "closed"];

    /// <summary>All of them; the number of each stays, since counts outlive a version.</summary>
    public static IReadOnlyList<InboundFault> All { get; } = [.. Enumerable.Range(0, Names.Length).Select(number => (InboundFault)number)];

    /// <summary>The name of a fault.</summary>
    public static string Name(this InboundFault fault) => Names[(int)fault];
}
