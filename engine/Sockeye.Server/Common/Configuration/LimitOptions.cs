using System.ComponentModel.DataAnnotations;
using System.Text;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>What one client may cost. Plain data, not changed while a server has it; zero never means unlimited.</summary>
public sealed class LimitOptions
{
    /// <summary>In place of a number: no limit. Where it may stand, the option says so; in configuration it is the word <c>Unlimited</c>.</summary>
    public const int Unlimited = int.MaxValue;

    /// <summary>Bytes of one message or one body of a connection that has never been in a namespace; more closes it, with 1009 or 413. The first namespace lifts it.
    /// Default 65,536 (own, a lesson of NATS); 1 to 2^31 - 2, or <see cref="Unlimited"/>: only <see cref="EngineIO.EngineOptions.MaxPayloadBytes"/> counts.</summary>
    [Range(1, Unlimited)]
    public int PreAuthBytes { get; set; } = 64 << 10;

    /// <summary>Bytes of memory that what waits for a connection may take that has never been in a namespace, buffers and objects included; more closes it. One message of any size is taken.
    /// Default 65,536 (own, as <see cref="PreAuthBytes"/>); 1,024 to 2^30.</summary>
    [Range(1024, 1 << 30)]
    public int PreAuthOutboxBytes { get; set; } = 64 << 10;

    /// <summary>Refusals that a connection may get that has never been in a namespace; with the last one it is closed. Default 16 (own: a few namespaces, or mistyped passwords); 1 to 65,536.</summary>
    [Range(1, 65536)]
    public int PreAuthRefusals { get; set; } = 16;

    /// <summary>Namespaces that one connection may be in; further ones are refused. As many may be left whose handlers have not ended. Default 32 (own); 1 to 65,536.</summary>
    [Range(1, 65536)]
    public int NamespacesPerConnection { get; set; } = 32;

    /// <summary>Rooms that one socket may be in, its own id aside; a further join returns false. Default 128 (Centrifugo); 1 to 1,048,576.</summary>
    [Range(1, 1 << 20)]
    public int RoomsPerSocket { get; set; } = 128;

    /// <summary>Bytes of a room's name in UTF-8; joining a longer one returns false. Default 255 (Centrifugo); 1 to 65,536.</summary>
    [Range(1, 65536)]
    public int RoomNameBytes { get; set; } = 255;

    /// <summary>Whether an application may give a room this name.</summary>
    internal bool AllowRoom(string name) => !ReservedRooms.Has(name) && Encoding.UTF8.GetByteCount(name) <= RoomNameBytes;

    /// <summary>Bytes of a namespace's name in UTF-8; a longer one closes the connection. Default 255 (own, as room names); 1 to 65,536.</summary>
    [Range(1, 65536)]
    public int NamespaceNameBytes { get; set; } = 255;

    /// <summary>Bytes of an event's name in UTF-8; a longer one closes the connection. Default 255 (own); 1 to 255.</summary>
    [Range(1, EventName.MaxBytes)]
    public int EventNameBytes { get; set; } = EventName.MaxBytes;

    /// <summary>Bytes of what a client sends to enter a namespace; more closes the connection. Default 16,384 (own); 2 to 2^30.</summary>
    [Range(2, 1 << 30)]
    public int AuthPayloadBytes { get; set; } = 16 << 10;

    /// <summary>Attachments of one event; more close the connection. Default 10 (Socket.IO); 1 to 65,536.</summary>
    [Range(1, 65536)]
    public int Attachments { get; set; } = 10;

    /// <summary>Attachments of one event or acknowledgement that the server sends; a call that has more throws an <see cref="ArgumentException"/> and sends nothing.
    /// Default 10 (JavaScript clients close the connection over more); 1 to 65,536.</summary>
    [Range(1, 65536)]
    public int SentAttachments { get; set; } = PayloadCodec.DefaultMaxAttachments;

    /// <summary>Bytes of one event with attachments, text and attachments together; more close the connection. Default 4,000,000 (own, four bodies of Socket.IO's 1,000,000); 1,024 to 2^30.</summary>
    [Range(1024, 1 << 30)]
    public int EventBytes { get; set; } = 4_000_000;

    /// <summary>How long the attachments of an event may take to arrive; then the connection is closed. Default 10 s (own); 10 ms to 1 h.</summary>
    public TimeSpan AttachmentTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Nested arrays and objects in a packet; more close the connection. Default 64 (System.Text.Json); 1 to 64.</summary>
    [Range(1, 64)]
    public int JsonDepth { get; set; } = 64;

    /// <summary>Acknowledgements that one socket may owe; a further emit that wants one fails. Default 1,000 (own); 1 to 2^20.</summary>
    [Range(1, 1 << 20)]
    public int OpenAcksPerSocket { get; set; } = 1000;

    /// <summary>Calls of <c>EmitAsync</c> that may wait for room at one time: for each socket, and for each room or other target of broadcasts. A further one is dropped.
    /// Their messages together are bounded by <see cref="OutboxOptions.MaxBytes"/>. Default 1,024 (own); 1 to 2^20.</summary>
    [Range(1, 1 << 20)]
    public int AwaitedEmits { get; set; } = 1024;

    /// <summary>Events of one socket that may wait for its handlers; then nothing more is read from its connection until half of them are handled. Default 128 (own); 1 to 2^20.</summary>
    [Range(1, 1 << 20)]
    public int QueuedEvents { get; set; } = 128;

    /// <summary>Handlers of one socket that may run at one time where its namespace or handler is marked Concurrent; then nothing more is read from its connection
    /// until half of them are done. Default 1,024 (own); 1 to 2^20.</summary>
    [Range(1, 1 << 20)]
    public int ConcurrentHandlers { get; set; } = 1024;

    /// <summary>Bytes of the events of one socket that may wait for its handlers, counted as <see cref="QueuedEvents"/>. Default 65,536 (own); 1 to 2^30.</summary>
    [Range(1, 1 << 30)]
    public int QueuedEventBytes { get; set; } = 64 << 10;

    /// <summary>As <see cref="QueuedEvents"/>, while the connection owes an acknowledgement: its answer may stand behind them, and a handler may wait for it.
    /// Default 4,096 (own); 1 to 2^20; where it is less than <see cref="QueuedEvents"/> that counts.</summary>
    [Range(1, 1 << 20)]
    public int QueuedEventsBehindAck { get; set; } = 4096;

    /// <summary>As <see cref="QueuedEventBytes"/>, while the connection owes an acknowledgement. Default 1,048,576 (own); 1 to 2^30; where it is less than <see cref="QueuedEventBytes"/> that counts.</summary>
    [Range(1, 1 << 30)]
    public int QueuedEventBytesBehindAck { get; set; } = 1 << 20;
}
