using System.ComponentModel.DataAnnotations;

namespace Sockeye;

/// <summary>How servers on one bus are one cluster. Plain data, validated when the server is created; <see cref="Name"/> and <see cref="Secret"/> must be the same on all of them.</summary>
public sealed class ClusterOptions
{
    /// <summary>The name of the cluster: servers of one name on one bus are one. Default <c>default</c>; 1 to 255 characters.</summary>
    public string Name { get; set; } = "default";

    /// <summary>A key with which every message is sealed, for a bus that others publish on too: what has no seal of it is dropped. Default empty: no seal; else 16 bytes at least.</summary>
    public ReadOnlyMemory<byte> Secret { get; set; }

    /// <summary>How long a server that starts waits for the others to tell of themselves, so that no two are one node. Default 0.3 s (own); 10 ms to 1 min.</summary>
    public TimeSpan JoinTime { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How often a server says that it lives and where its messages stand; a lost message is noticed after two of them at most. Default 2 s (own); 100 ms to 1 min.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a server may be silent before it is asked whether it lives. Default 6 s (own, three heartbeats); more than <see cref="Heartbeat"/>, to 5 min.</summary>
    public TimeSpan SuspectAfter { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a server may be silent, and leave the question open, before it counts as gone. Default 12 s (own); more than <see cref="SuspectAfter"/>, to 10 min.</summary>
    public TimeSpan GoneAfter { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>How long the answers of other servers are waited for; those that come later are missing. Default 5 s (as the adapters of Socket.IO); 10 ms to 5 min.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a room without members here is still listened to, since it may be joined again. Default 30 s (own); 0 to 1 h.</summary>
    public TimeSpan RoomLinger { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Rooms here that have a subscription of their own, so that nothing comes for others; further ones share those of <see cref="RoomBuckets"/>. Default 100,000 (own: a server of NATS keeps 1.4 KB for each); 0 to 10,000,000.</summary>
    [Range(0, 10_000_000)]
    public int ExactRooms { get; set; } = 100_000;

    /// <summary>Into how many parts the rooms of each namespace are divided, of which one subscription can have a whole part. The same on all servers of a cluster, or a server does not start. Default 4,096 (own); 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int RoomBuckets { get; set; } = 4096;

    /// <summary>Other servers that are known at once; further ones are not taken into the cluster until one of those has gone, and the log says so. Default 1,000 (own: ten times as many as numbers of nodes are drawn for); 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxNodes { get; set; } = 1000;

    /// <summary>Requests to other servers that may be open at once; further ones have no answers. Default 10,000 (own); 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int OpenRequests { get; set; } = 10_000;

    /// <summary>Requests and WebSockets of clients that may be open at once between this server and the owners of their sessions, those that it hands on and those that it is handed each for themselves. Further ones get 503. Default 65,536 (as connections); 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int OpenRelays { get; set; } = 65_536;

    /// <summary>All faults, each with the name of its option; empty if there are none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (Name is not { Length: > 0 and <= 255 })
        {
            faults.Add($"{nameof(Name)} must be 1 to 255 characters.");
        }

        if (Secret.Length is > 0 and < 16)
        {
            faults.Add($"{nameof(Secret)} has {Secret.Length} bytes; it must be 16 at least, or empty.");
        }

        Between(nameof(JoinTime), JoinTime, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Between(nameof(Heartbeat), Heartbeat, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Between(nameof(SuspectAfter), SuspectAfter, Heartbeat + TimeSpan.FromTicks(1), TimeSpan.FromMinutes(5));
        Between(nameof(GoneAfter), GoneAfter, SuspectAfter + TimeSpan.FromTicks(1), TimeSpan.FromMinutes(10));
        Between(nameof(RequestTimeout), RequestTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5));
        Between(nameof(RoomLinger), RoomLinger, TimeSpan.Zero, TimeSpan.FromHours(1));
        Number(nameof(ExactRooms), ExactRooms, 0, 10_000_000);
        Number(nameof(RoomBuckets), RoomBuckets, 1, 65_536);
        Number(nameof(MaxNodes), MaxNodes, 1, 100_000);
        Number(nameof(OpenRequests), OpenRequests, 1, 1_000_000);
        Number(nameof(OpenRelays), OpenRelays, 1, 1_000_000);
        return faults;

        void Number(string name, int value, int min, int max)
        {
            if (value < min || value > max)
            {
                faults.Add($"{name} is {value}; it must be {min} to {max}.");
            }
        }

        void Between(string name, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max)
            {
                faults.Add($"{name} is {value}; it must be {min} to {max}.");
            }
        }
    }
}
