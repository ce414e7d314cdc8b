using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing.Model;

/// <summary>An event on its way through the rules: what came in, which matches look at, and what earlier actions have made of it, which later actions and the application see. Lives on the stack of the call.</summary>
internal ref struct RuleEvent
{
    /// <summary>Times that an event may come to the rules again: 8 (own). Loops that are written down are refused at the start; this bounds those that only come true by what is in an event.</summary>
    public const int MaxHops = 8;

    /// <summary>Bytes that the actions of all rules may write to change one event: 16 MiB (own), so that a large event and many rules do not hold a loop.</summary>
    public const int MaxEditedBytes = 16 << 20;

    private readonly EventReader _reader;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>>? _attachments;
    private byte[]? _changed;
    private int _edited;

    /// <summary>An event of a socket.</summary>
    public RuleEvent(in EventReader reader)
    {
        _reader = reader;
        Socket = reader.Socket;
        Identity = Socket.Identity;
        Namespace = Socket.Namespace.Name;
        ReceivedName = Name = reader.Context.Name;
        ReceivedNameUtf8 = reader.NameUtf8;
        Received = reader.ArgumentsUtf8;
        AttachmentCount = reader.AttachmentCount;
        Context = reader.Context;
        HasReader = true;
    }

    /// <summary>An event of no socket: one that came from outside, or comes again, or is tried out.</summary>
    public RuleEvent(string nsp, EventName name, ReadOnlySpan<byte> nameUtf8, ReadOnlySpan<byte> arguments, IReadOnlyList<ReadOnlyMemory<byte>>? attachments = null)
    {
        Namespace = nsp;
        ReceivedName = Name = name;
        ReceivedNameUtf8 = nameUtf8;
        Received = arguments;
        _attachments = attachments;
        AttachmentCount = attachments?.Count ?? 0;
    }

    /// <summary>Who sent it; null: nobody did, it came from outside or is tried out.</summary>
    public SockeyeSocket? Socket { get; init; }

    /// <summary>Who is behind it.</summary>
    public SocketIdentity? Identity { get; init; }

    /// <summary>The rooms of a trial, which has no socket.</summary>
    public IReadOnlyCollection<string>? Rooms { get; init; }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The name as it came.</summary>
    public EventName ReceivedName { get; }

    /// <summary>The name as it came, the digits if it is a number.</summary>
    public ReadOnlySpan<byte> ReceivedNameUtf8 { get; }

    /// <summary>The arguments as they came, without the brackets around them.</summary>
    public ReadOnlySpan<byte> Received { get; }

    /// <summary>How often it has been through the rules before.</summary>
    public int Hops { get; init; }

    /// <summary>The name now.</summary>
    public EventName Name { get; private set; }

    /// <summary>The arguments now.</summary>
    public readonly ReadOnlySpan<byte> Arguments => _changed is null ? Received : _changed;

    /// <summary>The arguments now, if an action has changed them; null: they are those that came. May be kept.</summary>
    public readonly byte[]? ChangedArguments => _changed;

    /// <summary>Whether the name or the arguments are not those that came.</summary>
    public readonly bool IsChanged => _changed is not null || Name != ReceivedName;

    /// <summary>Number of attachments; actions leave them as they are.</summary>
    public int AttachmentCount { get; }

    /// <summary>Whether <see cref="Reader"/> is there.</summary>
    public bool HasReader { get; }

    /// <summary>The event as the engine gave it.</summary>
    public readonly EventReader Reader => _reader;

    /// <summary>How it is answered; null: nobody asks for an answer.</summary>
    public EventContext? Context { get; init; }

    /// <summary>The room that the rule asks for, which <c>{room}</c> stands for; null: it asks for none.</summary>
    public string? MatchedRoom { get; set; }

    /// <summary>The bytes of an attachment, valid during the call.</summary>
    public readonly ReadOnlyMemory<byte> Attachment(int index) => HasReader ? _reader.Attachment(index) : _attachments![index];

    /// <summary>The attachments as one, for those who send them on; allocates if there are some.</summary>
    public readonly ReadOnlyMemory<byte>[] Attachments()
    {
        var attachments = AttachmentCount == 0 ? [] : new ReadOnlyMemory<byte>[AttachmentCount];
        for (var i = 0; i < attachments.Length; i++)
        {
            attachments[i] = Attachment(i);
        }

        return attachments;
    }

    /// <summary>What matches look at.</summary>
    public readonly EventFacts Facts => new(Namespace, ReceivedNameUtf8, ReceivedName.IsNumber, Received, Socket, Identity, Rooms);

    /// <summary>What the engine is told of the new name, if whoever gave it has that ready.</summary>
    public EventReplacement? Renamed { get; private set; }

    public void Rename(EventName name, EventReplacement? renamed = null)
    {
        Name = name;
        Renamed = renamed;
    }

    /// <summary>Puts other arguments in the place of those that are there.</summary>
    /// <param name="arguments">JSON, without the brackets around it; not written to any more.</param>
    /// <returns>False: all changes of this event together are longer than <see cref="MaxEditedBytes"/>, and it stays as it is.</returns>
    public bool TryChange(byte[] arguments)
    {
        if (arguments.Length > MaxEditedBytes - _edited)
        {
            return false;
        }

        _edited += arguments.Length;
        _changed = arguments;
        return true;
    }

    /// <summary>The value that a path leads to now, as JSON.</summary>
    public readonly bool TryFind(JsonPath path, out ReadOnlySpan<byte> value)
    {
        var found = path.TryFind(Arguments, out var start, out var end);
        value = found ? Arguments[start..end] : default;
        return found;
    }
}
