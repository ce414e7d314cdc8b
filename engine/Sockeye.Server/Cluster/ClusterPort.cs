using System.Buffers;
using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>How this server speaks to the others: heads with its identity, sealed if the cluster has a key; and what comes, opened and checked.</summary>
/// <remarks>It owns the seal, the streams that are published and the counts. Any thread. Lives as long as its server, and publishes nothing after <see cref="Close"/>; the bus is somebody else's.</remarks>
internal sealed class ClusterPort
{
    private readonly long[] _faults = new long[Enum.GetValues<WireFault>().Length];
    private readonly WireSeal? _seal;
    private long _published;
    private long _received;
    private long _unsent;
    private volatile bool _isClosed;

    public ClusterPort(IClusterBus bus, ClusterOptions options, ClusterIdentity me, TimeProvider time)
    {
        Bus = bus;
        Me = me;
        Streams = new OutgoingStreams(me, time, (int)Math.Ceiling(options.GoneAfter / options.Heartbeat) + 2);
        Subjects = new ClusterSubjects(options.Name, options.RoomBuckets);
        _seal = options.Secret.IsEmpty ? null : new WireSeal(options.Secret.ToArray());
    }

    public IClusterBus Bus { get; }

    public ClusterIdentity Me { get; }

    public ClusterSubjects Subjects { get; }

    public OutgoingStreams Streams { get; }

    /// <summary>Whether nothing can go out any more.</summary>
    public bool IsClosed => _isClosed || Bus.State == BusState.Closed;

    /// <summary>Told of each message that is sealed with another key than this server's, or with none. On the bus's threads. Set before it listens.</summary>
    public Action? OtherKey { get; set; }

    /// <summary>Messages published so far.</summary>
    public long Published => Interlocked.Read(ref _published);

    /// <summary>Messages so far that the bus did not take, or that were too long.</summary>
    public long Unsent => Interlocked.Read(ref _unsent);

    /// <summary>Messages of others that came so far and were whole.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Messages that were dropped so far for a reason.</summary>
    public long Dropped(WireFault fault) => Interlocked.Read(ref _faults[(int)fault]);

    public void Count(WireFault fault) => Interlocked.Increment(ref _faults[(int)fault]);

    public HeadWriter Head(ClusterKind kind) => HeadWriter.Begin(kind, Me.Node, Me.Incarnation);

    /// <summary>Publishes a message that is in no stream.</summary>
    public EmitResult Send(string subject, HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null) =>
        TryCount() ? Sent(head.IsTooLong ? EmitResult.Dropped : Bus.Publish(subject, head.End(subject, parts, _seal), parts, replyTo)) : EmitResult.Closed;

    /// <summary>Publishes the next message of the stream of its subject.</summary>
    public EmitResult Publish(string subject, HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null) =>
        TryCount() ? Sent(head.IsTooLong ? EmitResult.Dropped : Streams.Publish(Bus, _seal, subject, head, parts, replyTo)) : EmitResult.Closed;

    /// <summary>Publishes the next messages of the stream of a subject as one.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="writer">Writes the head that they have together.</param>
    /// <param name="messages">Whole messages without numbers and checksums, one behind the other.</param>
    public EmitResult Publish(string subject, HeadWriter writer, Memory<byte> messages) =>
        TryCount() ? Sent(Streams.Publish(Bus, _seal, subject, writer.Start(ClusterKind.Batch, Me.Node, Me.Incarnation), messages)) : EmitResult.Closed;

    /// <returns>False: it goes nowhere.</returns>
    private bool TryCount()
    {
        if (_isClosed)
        {
            return false;
        }

        Interlocked.Increment(ref _published);
        return true;
    }

    private EmitResult Sent(EmitResult result)
    {
        if (result is EmitResult.Dropped or EmitResult.Closed)
        {
            Interlocked.Increment(ref _unsent);
        }

        return result;
    }

    /// <summary>A message as one piece, for somebody who sends it.</summary>
    /// <param name="subject">Where it goes; empty for an answer, whose subject its sender chooses.</param>
    /// <param name="head">Its head.</param>
    /// <param name="parts">Its body.</param>
    public byte[] Whole(string subject, HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        Interlocked.Increment(ref _published);
        var written = head.End(subject, parts, _seal);
        var length = written.Length;
        foreach (var part in parts)
        {
            length += part.Length;
        }

        var whole = new byte[length];
        written.CopyTo(whole);
        var at = written.Length;
        foreach (var part in parts)
        {
            part.Span.CopyTo(whole.AsSpan(at));
            at += part.Length;
        }

        return whole;
    }

    /// <summary>Reads what has come.</summary>
    /// <param name="subject">Where; empty for an answer.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="message">The message.</param>
    /// <returns>False: it is dropped, and counted unless it is this server's own.</returns>
    public bool TryOpen(string subject, ReadOnlySpan<byte> bytes, out ClusterMessage message)
    {
        var fault = ClusterMessage.TryRead(bytes, out message);
        if (fault == WireFault.None && (_seal is null ? message.IsSealed : !_seal.Holds(subject, bytes)))
        {
            // Who has no key would hear those who have one, and not be heard.
            fault = WireFault.Unsealed;
            OtherKey?.Invoke();
        }

        if (fault != WireFault.None)
        {
            Count(fault);
            return false;
        }

        if (Me.Is(message))
        {
            return false;
        }

        Interlocked.Increment(ref _received);
        return true;
    }

    /// <summary>The bytes of a message of the bus: where they are, if they are in one piece.</summary>
    public static ReadOnlySpan<byte> BytesOf(in BusMessage message) => message.Payload.IsSingleSegment ? message.Payload.FirstSpan : message.Payload.ToArray();

    /// <summary>The server has left: what it says from now on goes nowhere.</summary>
    public void Close() => _isClosed = true;
}
