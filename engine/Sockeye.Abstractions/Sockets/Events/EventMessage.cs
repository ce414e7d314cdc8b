namespace Sockeye;

/// <summary>A received event or acknowledgement with its own copy of the bytes, which may be kept.</summary>
/// <remarks>A handler gets one by a parameter of this type, a caller who awaits an acknowledgement by asking for it. Does not change; may be used from any thread.</remarks>
public sealed class EventMessage
{
    private readonly PayloadCodec _codec;
    private readonly byte[] _name;
    private readonly byte[] _arguments;
    private readonly ReadOnlyMemory<byte>[] _attachments;

    internal EventMessage(in EventReader reader, PayloadCodec codec)
    {
        _codec = codec;
        Context = reader.Context;
        _name = reader.NameUtf8.ToArray();
        _arguments = reader.ArgumentsUtf8.ToArray();
        _attachments = new ReadOnlyMemory<byte>[reader.AttachmentCount];
        for (var i = 0; i < _attachments.Length; i++)
        {
            _attachments[i] = reader.Attachment(i).ToArray();
        }
    }

    /// <summary>Who sent it, its name, and the way to answer it.</summary>
    public EventContext Context { get; }

    /// <summary>All arguments as they came, without the brackets around them.</summary>
    public ReadOnlyMemory<byte> ArgumentsUtf8 => _arguments;

    /// <summary>The attachments, in the order of their placeholders.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments => _attachments;

    /// <summary>Reads the arguments from the first one on, or sends them on by <c>EmitRaw</c>.</summary>
    public EventReader Read() => new(Context, _name, _arguments, _attachments, _codec);

    /// <summary>All arguments: null, bool, long, double, string, byte[], object?[] and Dictionary&lt;string, object?&gt;.</summary>
    /// <exception cref="EventFormatException">An argument cannot be read.</exception>
    public object?[] ToArray()
    {
        var reader = Read();
        var values = new List<object?>();
        while (!reader.IsAtEnd)
        {
            values.Add(reader.Read<object?>());
        }

        return [.. values];
    }
}
