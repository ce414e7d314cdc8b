using System.Text;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

/// <summary>A packet as strings that outlives the text, so that tests can compare it.</summary>
internal sealed record Packet(
    SocketPacketType Type, int Attachments, string Namespace, long AckId, string Payload, string Name, bool IsNumericName, bool NameHasEscape, string Arguments)
{
    public static Packet From(in SocketPacket packet) => new(
        packet.Type, packet.Attachments, Utf8(packet.Namespace), packet.AckId, Utf8(packet.Payload), Utf8(packet.EventName), packet.IsNumericName, packet.NameHasEscape, Utf8(packet.Arguments));

    public static ProtocolError Check(string text, SocketPacketLimits? limits = null) =>
        SocketPacketReader.TryRead(Encoding.UTF8.GetBytes(text), limits ?? SocketPacketLimits.Default, out _);

    public static Packet Read(string text, SocketPacketLimits? limits = null)
    {
        var error = SocketPacketReader.TryRead(Encoding.UTF8.GetBytes(text), limits ?? SocketPacketLimits.Default, out var packet);
        Assert.Equal(ProtocolError.None, error);
        return From(packet);
    }

    /// <summary>Header and payload, as a server would send them.</summary>
    public static byte[] Write(SocketPacketType type, int attachments, string nsp, long ackId, string payload)
    {
        var name = Encoding.UTF8.GetBytes(nsp);
        var header = new byte[SocketPacketWriter.HeaderLength(attachments, name, ackId)];
        Assert.Equal(header.Length, SocketPacketWriter.WriteHeader(header, type, attachments, name, ackId));
        return [.. header, .. Encoding.UTF8.GetBytes(payload)];
    }

    private static string Utf8(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
