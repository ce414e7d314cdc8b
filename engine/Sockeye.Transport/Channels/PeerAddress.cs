using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Sockeye.Transport;

/// <summary>Address and port of a peer in 24 bytes and without an object, for what is kept as long as a connection: the end point is made when somebody asks. Any thread.</summary>
public readonly record struct PeerAddress
{
    private const int AddressBytes = 16;
    private const ulong MappedPrefix = 0xFFFF;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;
    private readonly ushort _port;

    /// <summary>The address of an end point.</summary>
    /// <param name="endPoint">IPv4, IPv6 or IPv4 in IPv6, which are one.</param>
    public PeerAddress(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Span<byte> bytes = stackalloc byte[AddressBytes];
        if (endPoint.AddressFamily == AddressFamily.InterNetwork)
        {
            _ = endPoint.Address.TryWriteBytes(bytes, out _);
            _low = (MappedPrefix << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes);
        }
        else
        {
            _ = endPoint.Address.TryWriteBytes(bytes, out _);
            _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
            _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
            _scope = (uint)endPoint.Address.ScopeId;
        }

        _port = (ushort)endPoint.Port;
    }

    internal PeerAddress(ReadOnlySpan<byte> address, uint scope, ushort port)
    {
        if (address.Length == AddressBytes)
        {
            _high = BinaryPrimitives.ReadUInt64BigEndian(address);
            _low = BinaryPrimitives.ReadUInt64BigEndian(address[8..]);
        }
        else
        {
            _low = (MappedPrefix << 32) | BinaryPrimitives.ReadUInt32BigEndian(address);
        }

        _scope = scope;
        _port = port;
    }

    /// <summary>The end point, an IPv4 address in IPv6 as IPv4. Allocates.</summary>
    public IPEndPoint ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[AddressBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low);
        var isV4 = _high == 0 && _low >> 32 == MappedPrefix;
        return new IPEndPoint(isV4 ? new IPAddress(bytes[12..]) : new IPAddress(bytes, _scope), _port);
    }
}
