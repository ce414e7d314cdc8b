using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>What belongs to one received event and may be kept across an await: who sent it, its name, and the way to answer it.</summary>
/// <remarks>Copies answer the same event: only the first answer of an event is sent. May be used from any thread.</remarks>
public readonly struct EventContext
{
    private readonly AckTicket? _ticket;
    private readonly long _use;

    internal EventContext(SockeyeSocket socket, EventName name, long ackId = -1)
    {
        Socket = socket;
        Name = name;
        if (ackId >= 0)
        {
            _ticket = AckTicket.Rent(ackId, out var use);
            _use = use;
        }
    }

    private EventContext(in EventContext replaced, EventName name)
    {
        this = replaced;
        Name = name;
    }

    /// <summary>The socket that sent the event.</summary>
    public SockeyeSocket Socket { get; }

    /// <summary>The event.</summary>
    public EventName Name { get; }

    /// <summary>Whether the client wants an acknowledgement and none was given yet.</summary>
    public bool WantsAck => _ticket is not null && _ticket.IsOpen(_use);

    /// <summary>Fires when the socket is gone.</summary>
    public CancellationToken Aborted => Socket.Aborted;

    /// <summary>Answers without arguments.</summary>
    /// <returns>False if the event was already answered, wants no answer, or the socket is gone.</returns>
    public bool Ack()
    {
        if (!WantsAck)
        {
            return false;
        }

        return Send(BeginAck());
    }

    /// <summary>Answers with one argument.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="a">The argument.</param>
    /// <inheritdoc cref="Ack()" path="/returns" />
    public bool Ack<T>(T a)
    {
        if (!WantsAck)
        {
            return false;
        }

        var writer = BeginAck();
        writer.Argument(Socket.Codec, a);
        return Send(writer);
    }

    /// <summary>Answers with two arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <param name="a">The first argument.</param>
    /// <param name="b">The second argument.</param>
    /// <inheritdoc cref="Ack()" path="/returns" />
    public bool Ack<T1, T2>(T1 a, T2 b)
    {
        if (!WantsAck)
        {
            return false;
        }

        var writer = BeginAck();
        writer.Argument(Socket.Codec, a);
        writer.Argument(Socket.Codec, b);
        return Send(writer);
    }

    /// <summary>Answers with three arguments.</summary>
    /// <typeparam name="T1">The first argument.</typeparam>
    /// <typeparam name="T2">The second argument.</typeparam>
    /// <typeparam name="T3">The third argument.</typeparam>
    /// <param name="a">The first argument.</param>
    /// <param name="b">The second argument.</param>
    /// <param name="c">The third argument.</param>
    /// <inheritdoc cref="Ack()" path="/returns" />
    public bool Ack<T1, T2, T3>(T1 a, T2 b, T3 c)
    {
        if (!WantsAck)
        {
            return false;
        }

        var writer = BeginAck();
        writer.Argument(Socket.Codec, a);
        writer.Argument(Socket.Codec, b);
        writer.Argument(Socket.Codec, c);
        return Send(writer);
    }

    /// <summary>Answers with any number of arguments, each written by its type at run time.</summary>
    /// <param name="args">The arguments.</param>
    /// <inheritdoc cref="Ack()" path="/returns" />
    /// <exception cref="ArgumentException">An argument cannot be written, or there are too many attachments.</exception>
    public bool AckArgs(params ReadOnlySpan<object?> args)
    {
        if (!WantsAck)
        {
            return false;
        }

        var writer = BeginAck();
        foreach (var argument in args)
        {
            writer.Argument(Socket.Codec, argument);
        }

        return Send(writer);
    }

    /// <summary>As <see cref="AckArgs(ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="args">The arguments.</param>
    /// <inheritdoc cref="AckArgs(ReadOnlySpan{object?})" path="/returns|/exception" />
    public bool AckArgs(object?[]? args) => AckArgs(args is null ? Encoded.Null : args);

    /// <summary>Answers with arguments that are JSON already.</summary>
    /// <param name="argumentsUtf8">The arguments, without the brackets around them: <c>1,"x"</c>; empty: none. Checked.</param>
    /// <inheritdoc cref="Ack()" path="/returns" />
    /// <exception cref="ArgumentException">The arguments are no JSON, or nested deeper than 1,024.</exception>
    public bool AckUtf8(ReadOnlySpan<byte> argumentsUtf8)
    {
        if (!WantsAck)
        {
            return false;
        }

        var writer = BeginAck();
        writer.RawArguments(Socket.Codec, argumentsUtf8, default);
        writer.End();
        writer.CheckArray();
        return SendEnded(writer);
    }

    /// <summary>Answers that the event is refused: <c>{"refused": reason, "code": code}</c>, the one shape in which clients hear of it.</summary>
    /// <param name="reason">Why, for people; cut after <see cref="EventRefusal.MaxLength"/> characters.</param>
    /// <param name="code">Which kind it is, for programs: one of <see cref="RefusalCode"/>, or one of the application's own.</param>
    /// <inheritdoc cref="Ack()" path="/returns" />
    /// <exception cref="ArgumentException">The code is empty.</exception>
    public bool Refuse(string reason, string code = RefusalCode.Refused) => Refuse(new EventRefusal(reason, code));

    /// <inheritdoc cref="Refuse(string, string)" path="/summary" />
    /// <param name="refusal">Why.</param>
    /// <inheritdoc cref="Ack()" path="/returns" />
    public bool Refuse(EventRefusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        if (!WantsAck)
        {
            return false;
        }

        // As it stands, whatever the codec does with objects.
        var writer = BeginAck();
        writer.Write("{\"refused\":"u8);
        JsonText.Write(writer, refusal.Reason);
        writer.Write(",\"code\":"u8);
        JsonText.Write(writer, refusal.Code);
        writer.Write("}"u8);
        return Send(writer);
    }

    /// <summary>That of an event which takes the place of this one: the same answer under another name.</summary>
    internal EventContext Renamed(EventName name) => new(this, name);

    internal bool AckRaw(ReadOnlySpan<byte> arguments, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        if (!WantsAck)
        {
            return false;
        }

        var writer = BeginAck();
        writer.RawArguments(Socket.Codec, arguments, attachments);
        return Send(writer);
    }

    private static EventWriter BeginAck()
    {
        var writer = EventWriter.Rent();
        writer.BeginAck();
        return writer;
    }

    private bool Send(EventWriter writer)
    {
        writer.End();
        return SendEnded(writer);
    }

    private bool SendEnded(EventWriter writer)
    {
        var sent = _ticket!.TryUse(_use, out var id) && Socket.AckCore(id, writer);
        writer.Return();
        return sent;
    }
}
