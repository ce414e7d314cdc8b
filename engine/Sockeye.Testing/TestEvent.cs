using System.Diagnostics.CodeAnalysis;
using System.Text;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Testing;

/// <summary>An event that a test client received. Does not change.</summary>
public sealed class TestEvent
{
    private readonly SockeyeTestClient _client;
    private readonly PayloadCodec _codec;
    private readonly byte[] _arguments;
    private readonly ReadOnlyMemory<byte>[] _attachments;

    internal TestEvent(SockeyeTestClient client, PayloadCodec codec, string name, ReadOnlySpan<byte> arguments, ReadOnlyMemory<byte>[] attachments, long ackId)
    {
        _client = client;
        _codec = codec;
        Name = name;
        _arguments = arguments.ToArray();
        _attachments = attachments;
        AckId = ackId;
    }

    /// <summary>Its name; the digits, if it is a number.</summary>
    public string Name { get; }

    /// <summary>The arguments as JSON, without the brackets around them.</summary>
    public string Json => Encoding.UTF8.GetString(_arguments);

    /// <summary>Whether the server wants an answer.</summary>
    public bool WantsAck => AckId >= 0;

    /// <summary>The id by which an answer is known; -1 if none is wanted.</summary>
    internal long AckId { get; }

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

    /// <summary>Answers the server.</summary>
    /// <param name="args">The arguments of the answer.</param>
    /// <exception cref="InvalidOperationException">The server wants no answer.</exception>
    public void Answer(params ReadOnlySpan<object?> args)
    {
        if (!WantsAck)
        {
            throw new InvalidOperationException($"The server wants no answer to \"{Name}\".");
        }

        _client.SendAnswer(AckId, args);
    }

    /// <summary>As <see cref="Answer(ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="args">The arguments of the answer.</param>
    /// <inheritdoc cref="Answer(ReadOnlySpan{object?})" path="/exception" />
    public void Answer(object?[]? args) => Answer(args is null ? Encoded.Null : args);

    /// <summary>Whether it has one argument, and that is a refusal.</summary>
    internal bool IsRefusal([NotNullWhen(true)] out EventRefusal? refusal)
    {
        refusal = null;
        var reader = Read();
        return _arguments.AsSpan().IndexOf("\"refused\""u8) > 0 && reader.TryRead(out refusal) && refusal is not null && reader.IsAtEnd;
    }

    internal EventReader Read() => new(default, Encoding.UTF8.GetBytes(Name), _arguments, _attachments, _codec);
}
