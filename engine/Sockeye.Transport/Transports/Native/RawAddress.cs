using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Sockeye.Transport.Transports;

/// <summary>A socket address as the kernel writes it, kept inline: the end point object is made when somebody asks for it.</summary>
[InlineArray(Size)]
internal struct RawAddress
{
    /// <summary>Bytes of the largest address in use, IPv6's.</summary>
    internal const int Size = 28;

    private byte _first;

    /// <summary>Whether it is one of IPv4 or IPv6.</summary>
    internal readonly bool IsInternet
    {
        get
        {
            ReadOnlySpan<byte> bytes = this;
            return BitConverter.ToUInt16(bytes) is Libc.AF_INET or Libc.AF_INET6;
        }
    }

    internal static RawAddress From(IPEndPoint endPoint, out int length)
    {
        RawAddress raw = default;
        Span<byte> bytes = raw;
        var isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        BitConverter.TryWriteBytes(bytes, (ushort)(isV6 ? Libc.AF_INET6 : Libc.AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)endPoint.Port);
        endPoint.Address.TryWriteBytes(bytes[(isV6 ? 8 : 4)..], out _);
        if (isV6)
        {
            BitConverter.TryWriteBytes(bytes[24..], (uint)endPoint.Address.ScopeId);
        }

        length = isV6 ? 28 : 16;
        return raw;
    }

    internal readonly PeerAddress ToPeerAddress()
    {
        ReadOnlySpan<byte> bytes = this;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        return BitConverter.ToUInt16(bytes) == Libc.AF_INET
            ? new PeerAddress(bytes.Slice(4, 4), 0, port)
            : new PeerAddress(bytes.Slice(8, 16), BitConverter.ToUInt32(bytes[24..]), port);
    }

    internal readonly IPEndPoint ToEndPoint()
    {
        ReadOnlySpan<byte> bytes = this;
        int port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (BitConverter.ToUInt16(bytes) == Libc.AF_INET)
        {
            return new IPEndPoint(new IPAddress(bytes.Slice(4, 4)), port);
        }

        IPAddress address = new(bytes.Slice(8, 16), BitConverter.ToUInt32(bytes[24..]));
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }
}
