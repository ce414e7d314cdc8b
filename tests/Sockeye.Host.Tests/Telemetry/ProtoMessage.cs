using System.Buffers.Binary;
using System.Text;

namespace Sockeye.Host.Tests.Telemetry;

/// <summary>A message of protobuf as its fields, which is all that a test has to know of the format.</summary>
internal sealed class ProtoMessage
{
    private readonly List<(int Number, ulong Value, byte[] Bytes)> _fields = [];

    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public ProtoMessage(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var tag = Varint(ref bytes);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((number, Varint(ref bytes), []));
                    break;
                case 1:
                    _fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(bytes), []));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    _fields.Add((number, 0, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    _fields.Add((number, BinaryPrimitives.ReadUInt32LittleEndian(bytes), []));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"Field {number} has the wire type {tag & 7}.");
            }
        }
    }

    public bool Has(int number) => _fields.Exists(field => field.Number == number);

    public IEnumerable<ProtoMessage> All(int number) => _fields.Where(field => field.Number == number).Select(static field => new ProtoMessage(field.Bytes));

    public ProtoMessage? One(int number) => All(number).FirstOrDefault();

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public byte[] Bytes(int number) => _fields.Find(field => field.Number == number).Bytes ?? [];

    public long Integer(int number) => (long)_fields.Find(field => field.Number == number).Value;

    public double Double(int number) => BitConverter.UInt64BitsToDouble(_fields.Find(field => field.Number == number).Value);

    /// <summary>Numbers of eight bytes, packed into one field.</summary>
    public long[] Packed(int number) => [.. Bytes(number).Chunk(8).Select(static bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes))];

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var one = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80)
            {
                return value;
            }
        }
    }
}
