using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Relays;

/// <summary>What a frame of a relay says beside its bytes. Numbers stand on the wire.</summary>
[Flags]
internal enum RelayFlags : byte
{
    None = 0,

    /// <summary>It comes from the server that has the connection of the client; else from the one that has the session.</summary>
    FromEntry = 1,

    /// <summary>No bytes follow, and the connection stays.</summary>
    Whole = 2,

    /// <summary>No bytes follow: its sender's side has ended, behind these.</summary>
    End = 4,

    /// <summary>The connection is cut. Number 0: it is not known to the sender.</summary>
    Cut = 8,

    /// <summary>The sender stops: whatever can be answered is to be answered now.</summary>
    Stop = 16,

    /// <summary>With <see cref="Cut"/>: there is no room for it.</summary>
    Busy = 32,
}

/// <summary>Which relay a frame belongs to, and where in it: 21 bytes.</summary>
/// <param name="Id">The relay, a number of the server that has opened it.</param>
/// <param name="Number">The frame, counted from 1 in each direction (<see cref="FrameNumber"/>).</param>
/// <param name="Flags">What it says.</param>
/// <param name="Limit">Bytes from the beginning on that its sender takes.</param>
internal readonly record struct RelayHead(long Id, uint Number, RelayFlags Flags, long Limit)
{
    public const int Bytes = 21;

    private const RelayFlags Known = RelayFlags.FromEntry | RelayFlags.Whole | RelayFlags.End | RelayFlags.Cut | RelayFlags.Stop | RelayFlags.Busy;

    public bool IsFromEntry => (Flags & RelayFlags.FromEntry) != 0;

    public void Write(HeadWriter head)
    {
        var to = head.Reserve(WireField.Relay, Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(to, Id);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Number);
        to[12] = (byte)Flags;
        BinaryPrimitives.WriteInt64LittleEndian(to[13..], Limit);
    }

    /// <returns>False: it is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, out RelayHead head)
    {
        head = from.Length != Bytes ? default : new RelayHead(
            BinaryPrimitives.ReadInt64LittleEndian(from), BinaryPrimitives.ReadUInt32LittleEndian(from[8..]), (RelayFlags)from[12], BinaryPrimitives.ReadInt64LittleEndian(from[13..]));
        return head is { Id: > 0, Limit: >= 0 } && (head.Flags & ~Known) == 0;
    }
}

/// <summary>The numbers of frames: 1 comes first, and again behind the last that 32 bits have; 0 is none.</summary>
/// <remarks>It has no state. What has come before is told by half of the circle, which is further than two frames on their way are ever apart.</remarks>
internal static class FrameNumber
{
    /// <summary>The number behind one.</summary>
    public static uint After(uint number) => number == uint.MaxValue ? 1 : number + 1;

    /// <summary>Whether a frame has come before another, or is the same.</summary>
    public static bool IsUpTo(uint number, uint last) => (int)(last - number) >= 0;
}

/// <summary>Whose request is relayed: 24 bytes.</summary>
/// <param name="EndPoint">The peer.</param>
/// <param name="IsSecure">Whether it came over TLS.</param>
/// <param name="Loop">The loop of the session.</param>
internal sealed record RelayPeer(IPEndPoint EndPoint, bool IsSecure, byte Loop)
{
    public const int Bytes = 24;

    public void Write(HeadWriter head)
    {
        var to = head.Reserve(WireField.Peer, Bytes);
        to.Clear();
        EndPoint.Address.MapToIPv6().TryWriteBytes(to, out _);
        if (EndPoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(to[16..], (uint)EndPoint.Address.ScopeId);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(to[20..], (ushort)EndPoint.Port);
        to[22] = IsSecure ? (byte)1 : (byte)0;
        to[23] = Loop;
    }

    /// <returns>Null: it is none.</returns>
    public static RelayPeer? Read(ReadOnlySpan<byte> from)
    {
        if (from.Length != Bytes || from[22] > 1)
        {
            return null;
        }

        var address = new IPAddress(from[..16], BinaryPrimitives.ReadUInt32LittleEndian(from[16..]));
        return new RelayPeer(
            new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, BinaryPrimitives.ReadUInt16LittleEndian(from[20..])), from[22] == 1, from[23]);
    }
}

/// <summary>How one relay stands, in a list of them: 13 bytes.</summary>
/// <param name="Id">The relay.</param>
/// <param name="Number">The last frame that was sent.</param>
/// <param name="IsFromEntry">Whether the sender of the list has opened it.</param>
internal readonly record struct RelayStanding(long Id, uint Number, bool IsFromEntry)
{
    public const int Bytes = 13;

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, Id);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Number);
        to[12] = IsFromEntry ? (byte)1 : (byte)0;
    }

    public static RelayStanding Read(ReadOnlySpan<byte> from) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(from), BinaryPrimitives.ReadUInt32LittleEndian(from[8..]), from[12] == 1);
}
