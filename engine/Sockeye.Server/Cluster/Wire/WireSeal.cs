using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Server.Cluster;

/// <summary>Seals messages with a key that all nodes of a cluster have: whoever else publishes on the bus is not heard. HMAC-SHA256 over the subject, the head and the body, its first 16 bytes.</summary>
/// <remarks>It owns a copy of the key, and a hash for each thread that seals. Any thread. Lives as long as anybody has it: what is on its way as the server stops is sealed too.</remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "Nobody knows who is the last to seal; the hashes go with it.")]
internal sealed class WireSeal(ReadOnlyMemory<byte> key)
{
    private readonly ThreadLocal<IncrementalHash> _hash = new(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span));

    /// <summary>Writes the seal of a message.</summary>
    public void Write(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, Span<byte> seal)
    {
        var hash = Begin(subject, head);
        foreach (var part in parts)
        {
            hash.AppendData(part.Span);
        }

        End(hash, seal);
    }

    /// <summary>Whether a message has the seal of this key.</summary>
    public bool Holds(string subject, ReadOnlySpan<byte> message)
    {
        var end = BinaryPrimitives.ReadInt32LittleEndian(message[4..]);
        if ((BinaryPrimitives.ReadUInt16LittleEndian(message[8..]) & ClusterMessage.Sealed) == 0)
        {
            return false;
        }

        var hash = Begin(subject, message[..(end - ClusterMessage.SealBytes)]);
        hash.AppendData(message[end..]);
        Span<byte> seal = stackalloc byte[ClusterMessage.SealBytes];
        End(hash, seal);
        return CryptographicOperations.FixedTimeEquals(seal, message.Slice(end - ClusterMessage.SealBytes, ClusterMessage.SealBytes));
    }

    private IncrementalHash Begin(string subject, ReadOnlySpan<byte> head)
    {
        // Subjects are ASCII, and at most this long.
        Span<byte> ascii = stackalloc byte[Sockeye.Cluster.BusSubject.MaxLength];
        var hash = _hash.Value!;
        hash.AppendData(ascii[..Encoding.ASCII.GetBytes(subject, ascii)]);

        // The checksum holds the seal, and not the other way round.
        hash.AppendData(head[..ClusterMessage.ChecksumAt]);
        hash.AppendData(head[ClusterMessage.FixedBytes..]);
        return hash;
    }

    private static void End(IncrementalHash hash, Span<byte> seal)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(whole);
        whole[..seal.Length].CopyTo(seal);
    }
}
