using Sockeye.Abstractions.Sockets;

namespace Sockeye.Plugins;

/// <summary>One emit as bytes, valid during the call that it is handed to.</summary>
public readonly ref struct OutgoingEvent
{
    private readonly ReadOnlySpan<ReadOnlyMemory<byte>> _attachments;
    private readonly RoomList _targets;

    internal OutgoingEvent(
        SockeyeNamespace nsp, SockeyeSocket? receiver, SockeyeSocket? sender, RoomList targets, EventName name, ReadOnlySpan<byte> argumentsUtf8, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        Namespace = nsp;
        Receiver = receiver;
        Sender = sender;
        _targets = targets;
        Name = name;
        ArgumentsUtf8 = argumentsUtf8;
        _attachments = attachments;
    }

    /// <summary>The namespace; of a broadcast to a pattern the pattern.</summary>
    public SockeyeNamespace Namespace { get; }

    /// <summary>The socket that it goes to; null: it is a broadcast.</summary>
    public SockeyeSocket? Receiver { get; }

    /// <summary>The socket on behalf of which a broadcast goes out, and which does not get it; null: none.</summary>
    public SockeyeSocket? Sender { get; }

    /// <summary>The rooms that a broadcast goes to; a broadcast with neither rooms nor <see cref="Users"/> goes to everybody. Made at each call.</summary>
    public IReadOnlyList<string> Rooms => List(static room => ReservedRooms.Has(room) ? null : room);

    /// <summary>The subjects of the users that a broadcast goes to. Made at each call.</summary>
    public IReadOnlyList<string> Users => List(ReservedRooms.UserOf);

    /// <summary>The name.</summary>
    public EventName Name { get; }

    /// <summary>All arguments as JSON, without the brackets around them: <c>1,"x"</c>.</summary>
    public ReadOnlySpan<byte> ArgumentsUtf8 { get; }

    /// <summary>Number of attachments.</summary>
    public int AttachmentCount => _attachments.Length;

    /// <summary>The bytes of an attachment, valid during the call.</summary>
    /// <param name="index">Its number in the placeholders.</param>
    public ReadOnlyMemory<byte> Attachment(int index) => _attachments[index];

    private List<string> List(Func<string, string?> show)
    {
        List<string> shown = [];
        for (var i = 0; i < _targets.Count; i++)
        {
            if (show(_targets[i]) is { } name)
            {
                shown.Add(name);
            }
        }

        return shown;
    }
}
