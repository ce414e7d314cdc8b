using System.Buffers.Binary;
using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Nodes;

/// <summary>Scopes and options of emits as fields of a message.</summary>
internal static class ScopeWire
{
    private const int OptionsBytes = 10;

    public static HeadWriter Scope(this HeadWriter head, in BroadcastScope scope)
    {
        for (var i = 0; i < scope.Rooms.Count; i++)
        {
            head.Field(WireField.Room, scope.Rooms[i]);
        }

        for (var i = 0; i < scope.Except.Count; i++)
        {
            head.Field(WireField.Except, scope.Except[i]);
        }

        return head;
    }

    /// <summary>Writes what is not the default. The policy of a room is left out: where the room is, it may have another.</summary>
    public static HeadWriter Options(this HeadWriter head, in EmitOptions options)
    {
        var flags = options.Flags & ~EmitFlags.RoomPolicy;
        var policy = (options.Flags & EmitFlags.RoomPolicy) != 0 ? OutboxPolicy.Inherit : options.WhenFull;
        if (flags == EmitFlags.None && policy == OutboxPolicy.Inherit && options.LatestKey is null)
        {
            return head;
        }

        var key = options.LatestKey ?? "";
        var keyBytes = Encoding.UTF8.GetByteCount(key);
        if (head.Reserve(WireField.Options, OptionsBytes + keyBytes) is { IsEmpty: false } field)
        {
            field[0] = (byte)((byte)flags | (options.LatestKey is null ? 0 : 0x80));
            field[1] = (byte)policy;
            BinaryPrimitives.WriteInt64LittleEndian(field[2..], options.LatestId);
            Encoding.UTF8.GetBytes(key, field[OptionsBytes..]);
        }

        return head;
    }

    /// <summary>The scope of a message: on this server alone.</summary>
    public static BroadcastScope ReadScope(in ClusterMessage message)
    {
        var (rooms, except) = (default(RoomList), default(RoomList));
        var fields = message.Fields;
        while (fields.TryNext(out var field, out var value))
        {
            if (field == WireField.Room)
            {
                rooms = Add(rooms, value);
            }
            else if (field == WireField.Except)
            {
                except = Add(except, value);
            }
        }

        return new BroadcastScope { Rooms = rooms, Except = except, IsLocal = true };
    }

    public static EmitOptions ReadOptions(in ClusterMessage message)
    {
        var field = message.Find(WireField.Options);
        if (field.Length < OptionsBytes)
        {
            return default;
        }

        var policy = (OutboxPolicy)field[1];
        return new EmitOptions
        {
            Flags = (EmitFlags)field[0] & (EmitFlags.Volatile | EmitFlags.NoCompress),
            WhenFull = Enum.IsDefined(policy) ? policy : OutboxPolicy.Inherit,
            LatestId = BinaryPrimitives.ReadInt64LittleEndian(field[2..]),
            LatestKey = (field[0] & 0x80) != 0 ? Encoding.UTF8.GetString(field[OptionsBytes..]) : null,
        };
    }

    /// <summary>As <see cref="ReadOptions(in ClusterMessage)"/>, of an event with an acknowledgement: how long it is awaited here, so that the answers are there in time.</summary>
    public static EmitOptions ReadOptions(in ClusterMessage message, TimeSpan onTheWay)
    {
        var options = ReadOptions(message);
        return message.Number(WireField.Timeout) is > 0 and var wait && wait <= BusRequester.MaxTimeout.TotalMilliseconds
            ? options with { Timeout = TimeSpan.FromMilliseconds(Math.Max(1, wait - onTheWay.TotalMilliseconds)) }
            : options;
    }

    /// <summary>Whether somebody will ask what has become of it.</summary>
    public static bool IsCall(in ClusterMessage message) => message.Find(WireField.Call) is { Length: 8 };

    /// <summary>What is to be done to sockets.</summary>
    public static bool TryReadAction(in ClusterMessage message, out SocketAction action)
    {
        var isOne = message.Body is [<= (byte)SocketActionKind.Close, ..];
        action = isOne ? new SocketAction((SocketActionKind)message.Body[0], Encoding.UTF8.GetString(message.Body[1..])) : default;
        return isOne;
    }

    /// <summary>Counts to how many sockets an action was applied here, for who will ask.</summary>
    public static SocketActionCollector CollectFor(BroadcastTarget target, TaskCompletionSource<ReadOnlyMemory<byte>> result)
    {
        var collector = new SocketActionCollector(target, CancellationToken.None);
        _ = PassAsync(collector.Task, result);
        return collector;

        static async Task PassAsync(Task<SocketCount> done, TaskCompletionSource<ReadOnlyMemory<byte>> result)
        {
            var body = new WireWriter();
            body.Number((await done.ConfigureAwait(false)).Count);
            result.TrySetResult(body.Written);
        }
    }

    private static RoomList Add(RoomList list, ReadOnlySpan<byte> name)
    {
        var room = Encoding.UTF8.GetString(name);
        return ReservedRooms.UserOf(room) is { } user ? list.AddUser(user) : list.Add(room);
    }
}
