using System.Text;
using Sockeye.Protocol.EngineIO;

namespace Sockeye.Protocol.Tests.EngineIO;

/// <summary>A packet that outlives the reader, so that tests can compare lists.</summary>
internal readonly record struct ReadPacket(EnginePacketType Type, string Data, bool IsBinary);

internal static class Payload
{
    /// <summary>All packets of a body; data as text, of binary packets as hexadecimal digits.</summary>
    public static (List<ReadPacket> Packets, ProtocolError Error) Read(ReadOnlySpan<byte> body, int maxPackets = EnginePayloadReader.DefaultMaxPackets)
    {
        var packets = new List<ReadPacket>();
        var reader = new EnginePayloadReader(body, maxPackets);
        while (reader.TryRead(out var packet))
        {
            packets.Add(new(packet.Type, packet.IsBinary ? Convert.ToHexString(packet.Data) : Encoding.UTF8.GetString(packet.Data), packet.IsBinary));
        }

        return (packets, reader.Error);
    }

    public static (List<ReadPacket> Packets, ProtocolError Error) Read(string body) => Read(Encoding.UTF8.GetBytes(body));

    /// <summary>The body that consists of these packets.</summary>
    public static byte[] Write(IReadOnlyList<ReadPacket> packets)
    {
        var body = new List<byte>();
        foreach (var packet in packets)
        {
            if (body.Count > 0)
            {
                body.Add(EnginePayloadWriter.Separator);
            }

            var data = packet.IsBinary ? Convert.FromHexString(packet.Data) : Encoding.UTF8.GetBytes(packet.Data);
            var buffer = new byte[EnginePayloadWriter.MaxEncodedLength(data.Length, packet.IsBinary)];
            var written = EnginePayloadWriter.WritePacket(buffer, packet.Type, data, packet.IsBinary);
            body.AddRange(buffer.AsSpan(0, written));
        }

        return [.. body];
    }
}
