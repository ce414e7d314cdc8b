using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>The streams that this node publishes, one for each subject: each message has the next number, so that who hears the subject finds holes by itself.</summary>
/// <remarks>It owns the streams. Any thread. One that was quiet for some heartbeats, each of which has told its last number, is forgotten; the next message to its subject begins another. So heartbeats tell of all streams that there are.</remarks>
/// <param name="me">Whose streams they are.</param>
/// <param name="time">Its clock.</param>
/// <param name="toldBeats">Heartbeats that tell the last number of a quiet stream: so many that who has heard none of them takes the node for gone.</param>
internal sealed class OutgoingStreams(ClusterIdentity me, TimeProvider time, int toldBeats)
{
    /// <summary>Bytes of a stream in a digest: the hash of its subject, the stream, the last number, how many messages there were since the heartbeat before, and how many milliseconds ago the first of them.</summary>
    public const int EntryBytes = 28;

    private readonly ConcurrentDictionary<string, OutgoingStream> _streams = new(StringComparer.Ordinal);
    private int _lastStream = BitConverter.ToInt32(RandomNumberGenerator.GetBytes(sizeof(int)));

    public int Count => _streams.Count;

    /// <summary>Publishes the next message of a stream. The number and the publication are one step, so the numbers come in their order.</summary>
    public EmitResult Publish(IClusterBus bus, WireSeal? seal, string subject, HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null)
    {
        while (true)
        {
            var stream = Of(subject);
            lock (stream)
            {
                if (stream.IsForgotten)
                {
                    continue;
                }

                stream.Count(1, time);
                head.Number(stream.Node, stream.Id, ++stream.Sequence);
                return bus.Publish(subject, head.End(subject, parts, seal), parts, replyTo);
            }
        }
    }

    /// <summary>Publishes the next messages of a stream as one.</summary>
    /// <param name="bus">Where.</param>
    /// <param name="seal">Seals it; null: nobody does.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="batch">The head that they have together.</param>
    /// <param name="messages">Whole messages without numbers and checksums, one behind the other.</param>
    public EmitResult Publish(IClusterBus bus, WireSeal? seal, string subject, HeadWriter batch, Memory<byte> messages)
    {
        while (true)
        {
            var stream = Of(subject);
            lock (stream)
            {
                if (stream.IsForgotten)
                {
                    continue;
                }

                var count = 0;
                for (var rest = messages.Span; !rest.IsEmpty; count++)
                {
                    var message = rest[..ClusterMessage.LengthOf(rest)];
                    ClusterMessage.Number(message, stream.Node, stream.Id, ++stream.Sequence);
                    ClusterMessage.Sum(message);
                    rest = rest[message.Length..];
                }

                stream.Count(count, time);
                if (count == 1 && seal is null)
                {
                    return bus.Publish(subject, messages.Span, []);
                }

                batch.Number(stream.Node, 0, 0);
                ReadOnlySpan<ReadOnlyMemory<byte>> body = [messages];
                return bus.Publish(subject, batch.End(subject, body, seal), body);
            }
        }
    }

    /// <summary>This server is another node from now on: streams that have begun end, and what is published next begins others.</summary>
    public void Restart()
    {
        foreach (var (subject, stream) in _streams)
        {
            lock (stream)
            {
                stream.IsForgotten = true;
                _streams.TryRemove(new KeyValuePair<string, OutgoingStream>(subject, stream));
            }
        }
    }

    /// <summary>A heartbeat: where the streams stand, as the bodies of messages of at most so many bytes each; one at least.</summary>
    public List<byte[]> Beat(int maxBytes)
    {
        var most = Math.Max(1, maxBytes / EntryBytes) * EntryBytes;
        List<byte[]> bodies = [];
        var body = new byte[Math.Min(most, _streams.Count * EntryBytes)];
        var at = 0;
        foreach (var (subject, stream) in _streams)
        {
            lock (stream)
            {
                if (++stream.Quiet > toldBeats)
                {
                    stream.IsForgotten = true;
                    _streams.TryRemove(subject, out _);
                    continue;
                }

                if (at + EntryBytes > body.Length)
                {
                    bodies.Add(body[..at]);
                    body = new byte[most];
                    at = 0;
                }

                BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(at), stream.Hash);
                BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(at + 8), stream.Id);
                BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(at + 12), stream.Sequence);
                BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at + 20), stream.Fresh);
                BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at + 24), stream.Fresh == 0 ? 0 : (int)Math.Min(int.MaxValue, time.GetElapsedTime(stream.FreshSince).TotalMilliseconds));
                stream.Fresh = 0;
                at += EntryBytes;
            }
        }

        bodies.Add(body[..at]);
        return bodies;
    }

    private OutgoingStream Of(string subject) =>
        _streams.GetOrAdd(subject, static (name, streams) => new OutgoingStream(name, streams.Node, (uint)Interlocked.Increment(ref streams._lastStream)), this);

    private int Node => me.Node;

    /// <summary>One stream. Guarded by itself.</summary>
    private sealed class OutgoingStream(string subject, int node, uint id)
    {
        public int Node { get; } = node;

        public uint Id { get; } = id;

        public long Hash { get; } = ClusterSubjects.Hash(subject);

        public long Sequence { get; set; }

        /// <summary>Heartbeats since the last message.</summary>
        public int Quiet { get; set; }

        /// <summary>Messages since the last heartbeat.</summary>
        public int Fresh { get; set; }

        /// <summary>When the first of them was published.</summary>
        public long FreshSince { get; private set; }

        public bool IsForgotten { get; set; }

        public void Count(int messages, TimeProvider time)
        {
            Quiet = 0;
            FreshSince = Fresh == 0 ? time.GetTimestamp() : FreshSince;
            Fresh += messages;
        }
    }
}
