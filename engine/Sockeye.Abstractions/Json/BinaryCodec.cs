using System.Text.Json;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>Bytes as an argument: an attachment.</summary>
internal sealed class BinaryCodec<T>(Func<T, ReadOnlyMemory<byte>> open, Func<byte[], T> close) : ValueCodec<T>
{
    public override void Write(EventWriter writer, T value)
    {
        if (!typeof(T).IsValueType && value is null)
        {
            writer.Write("null"u8);
        }
        else
        {
            writer.WriteAttachment(open(value));
        }
    }

    public override bool TryRead(ref EventReader reader, out T? value)
    {
        value = default;
        if (default(T) is null && JsonCodecs.TryReadNull(ref reader))
        {
            return true;
        }

        var length = JsonSpan.Value(reader.Remaining);
        var json = new Utf8JsonReader(reader.Remaining[..length]);
        if (!json.Read() || !Placeholder.TryRead(ref json, out var number) || (uint)number >= (uint)reader.AttachmentCount)
        {
            return false;
        }

        value = close(reader.Attachment(number).ToArray());
        reader.Skip(length);
        return true;
    }
}
