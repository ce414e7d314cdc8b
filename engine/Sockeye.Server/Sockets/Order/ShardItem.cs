using Sockeye.Abstractions.Values;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>What a shard is told to do.</summary>
internal enum ShardItemKind : byte
{
    /// <summary>Subject: the broadcast.</summary>
    Broadcast,

    /// <summary>A packet for one socket. Subject: the <see cref="PendingAck"/>, if an answer is wanted.</summary>
    Emit,

    /// <summary>Subject: the <see cref="Membership"/>.</summary>
    Join,

    /// <summary>Subject: the <see cref="Membership"/>.</summary>
    Leave,

    /// <summary>The socket is in the namespace from here on.</summary>
    Enter,

    /// <summary>The socket is out of the namespace. Subject: its memberships, a list that nobody changes any more.</summary>
    Exit,

    /// <summary>Subject: a <see cref="OrderedTask"/>.</summary>
    Task,

    /// <summary>The members that an awaited broadcast reaches are looked at. Subject: the broadcast.</summary>
    Look,
}

/// <summary>One entry of a loop's delivery queue, in the namespace's order.</summary>
internal readonly struct ShardItem
{
    public ShardItemKind Kind { get; init; }

    public ServerSocket? Socket { get; init; }

    public object? Subject { get; init; }

    public Frame? Frame { get; init; }

    public EmitOptions Options { get; init; }

    /// <summary>Bytes of the message and of the entry.</summary>
    public int Bytes { get; init; }

    /// <summary>Bytes of memory that the message takes beyond those.</summary>
    public int Overhead { get; init; }
}

/// <summary>Work that is done on a loop at one point of the namespace's order.</summary>
internal abstract class OrderedTask
{
    /// <summary>Runs on the loop; must not throw.</summary>
    public abstract void Run();
}
