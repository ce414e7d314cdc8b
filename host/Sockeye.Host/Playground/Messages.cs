using System.Text.Json.Serialization;

namespace Sockeye.Host.Playground;

/// <summary>A visitor, as everybody sees them.</summary>
/// <param name="Id">A number that belongs to them and to their fish.</param>
/// <param name="Name">The name.</param>
/// <param name="Hue">Their colour, in degrees.</param>
/// <param name="Room">The room they are in.</param>
internal sealed record Person(int Id, string Name, int Hue, string Room);

/// <summary>What a visitor gets first.</summary>
/// <param name="You">Who they are.</param>
/// <param name="People">Everybody, they themselves among them.</param>
/// <param name="TicksPerSecond">The rate of the game loop.</param>
/// <param name="Past">The figures of the last minute.</param>
/// <param name="Node">The server, of which there may be several.</param>
internal sealed record Welcome(Person You, IReadOnlyList<Person> People, double TicksPerSecond, IReadOnlyList<Figures> Past, string Node);

/// <summary>What the process has done in half a second; rates are for one second.</summary>
/// <param name="Sent">Messages sent.</param>
/// <param name="Received">Messages received.</param>
/// <param name="BytesSent">Bytes that the kernel has taken.</param>
/// <param name="Dropped">Messages dropped for readers that are too slow.</param>
/// <param name="Cpu">Processor time, in percent of one processor.</param>
/// <param name="Memory">Resident memory of the process, in MiB.</param>
/// <param name="Connections">Open connections.</param>
/// <param name="Late">How late the latest of its ticks began, in milliseconds.</param>
internal sealed record Figures(long Sent, long Received, long BytesSent, long Dropped, double Cpu, double Memory, long Connections, double Late);

/// <summary>What waits for a reader.</summary>
/// <param name="Bytes">Bytes that it has not taken.</param>
/// <param name="Peak">The most that has been.</param>
/// <param name="Dropped">Messages that it will never get.</param>
internal sealed record Outbox(int Bytes, int Peak, long Dropped)
{
    /// <summary>Of the sockets of one client.</summary>
    public static Outbox Of(SockeyeSocket socket) => new(socket.OutboxBytes, socket.Connection.OutboxPeakBytes, socket.Connection.DroppedMessages);
}

/// <summary>What waits for two readers of the same stream.</summary>
internal sealed record TwoReaders(Outbox Fast, Outbox Slow);

/// <summary>How the messages are written, made by the compiler.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Person))]
[JsonSerializable(typeof(Welcome))]
[JsonSerializable(typeof(Figures))]
[JsonSerializable(typeof(TwoReaders))]
internal sealed partial class PlaygroundJson : JsonSerializerContext;
