using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>An event that another server of the cluster has sent to this one. May be kept, and used from any thread.</summary>
public sealed class ServerSideEvent
{
    private readonly PayloadCodec _codec;
    private readonly byte[] _arguments;
    private readonly ReadOnlyMemory<byte>[] _attachments;
    private Action<EventWriter>? _answer;

    internal ServerSideEvent(string node, EventName name, byte[] arguments, ReadOnlyMemory<byte>[] attachments, PayloadCodec codec, Action<EventWriter>? answer)
    {
        Node = node;
        Name = name;
        _arguments = arguments;
        _attachments = attachments;
        _codec = codec;
        _answer = answer;
    }

    /// <summary>The name of the server that has sent it.</summary>
    public string Node { get; }

    /// <summary>The event.</summary>
    public EventName Name { get; }

    /// <summary>Whether the sender waits for an answer, and none was given yet.</summary>
    public bool WantsAck => Volatile.Read(ref _answer) is not null;

    /// <summary>Reads the arguments, from the first one on.</summary>
    public EventReader Read() => new(default, System.Text.Encoding.UTF8.GetBytes(Name.ToString()), _arguments, _attachments, _codec);

    /// <summary>An argument.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="index">Its position.</param>
    /// <exception cref="EventFormatException">It is missing or of another type.</exception>
    public T? Get<T>(int index = 0)
    {
        var reader = Read();
        for (var i = 0; i < index; i++)
        {
            reader.Read<object?>();
        }

        return reader.Read<T>();
    }

    /// <summary>Answers. The first answer counts.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="value">The answer.</param>
    /// <returns>False: it was answered, or nobody waits for an answer, as when all handlers of it have failed.</returns>
    /// <exception cref="ArgumentException">The answer cannot be written. Another one can be given.</exception>
    /// <exception cref="NotSupportedException">The type cannot be an answer. Another one can be given.</exception>
    /// <exception cref="InvalidOperationException">The answer is longer than one message of the bus. This server is missing there then, at once.</exception>
    public bool Ack<T>(T value)
    {
        if (!WantsAck)
        {
            return false;
        }

        var writer = EventWriter.Rent();
        writer.BeginAck("an answer to a server");
        writer.Argument(_codec, value);
        writer.End();
        try
        {
            var answer = Interlocked.Exchange(ref _answer, null);
            answer?.Invoke(writer);
            return answer is not null;
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>Nobody waits for an answer any more.</summary>
    internal void GiveUp() => Volatile.Write(ref _answer, null);
}

/// <summary>The answers of the other servers of a cluster to an event.</summary>
/// <typeparam name="T">The type of an answer.</typeparam>
public sealed class ServerAck<T>
{
    internal ServerAck(IReadOnlyList<ServerAnswer<T>> answers, IReadOnlyList<string> missingNodes)
    {
        Answers = answers;
        MissingNodes = missingNodes;
    }

    /// <summary>The answers. A server without a handler of the event has none, and is not missing.</summary>
    public IReadOnlyList<ServerAnswer<T>> Answers { get; }

    /// <summary>Names of the servers that did not answer in time, or with another type, or with more than goes into one message of the bus, or whose handlers of the event have all failed without an answer; all of them, if the event does not go into one.</summary>
    public IReadOnlyList<string> MissingNodes { get; }

    /// <summary>Whether none is missing.</summary>
    public bool IsComplete => MissingNodes.Count == 0;
}

/// <summary>The answer of one server.</summary>
/// <typeparam name="T">Its type.</typeparam>
/// <param name="Node">The name of the server.</param>
/// <param name="Value">The answer.</param>
public readonly record struct ServerAnswer<T>(string Node, T? Value);
