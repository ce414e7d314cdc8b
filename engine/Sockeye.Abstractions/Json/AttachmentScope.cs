using System.Text.Json;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>Where converters on this thread put and find attachments while the serialiser runs.</summary>
internal readonly ref struct AttachmentScope : IDisposable
{
    [ThreadStatic]
    private static EventWriter? _writer;

    [ThreadStatic]
    private static ReadOnlyMemory<byte>[]? _attachments;

    private readonly EventWriter? _outerWriter;
    private readonly ReadOnlyMemory<byte>[]? _outerAttachments;

    private AttachmentScope(EventWriter? writer, ReadOnlyMemory<byte>[]? attachments)
    {
        _outerWriter = _writer;
        _outerAttachments = _attachments;
        _writer = writer;
        _attachments = attachments;
    }

    public static AttachmentScope Write(EventWriter writer) => new(writer, null);

    public static AttachmentScope Read(ReadOnlySpan<ReadOnlyMemory<byte>> attachments) =>
        new(null, attachments.IsEmpty ? null : attachments.ToArray());

    /// <summary>Writes the placeholder of an attachment.</summary>
    public static void Add(Utf8JsonWriter json, ReadOnlyMemory<byte> bytes)
    {
        var writer = _writer ?? throw new InvalidOperationException("Binary is written as an attachment of an event only.");
        Placeholder.Write(json, writer.AddAttachment(bytes));
    }

    /// <summary>A copy of the attachment for whose placeholder the reader stands at the start.</summary>
    public static bool TryRead(ref Utf8JsonReader json, out byte[]? bytes)
    {
        bytes = null;
        if (_attachments is not { } attachments || !Placeholder.TryRead(ref json, out var number) || (uint)number >= (uint)attachments.Length)
        {
            return false;
        }

        bytes = attachments[number].ToArray();
        return true;
    }

    public void Dispose()
    {
        _writer = _outerWriter;
        _attachments = _outerAttachments;
    }
}
