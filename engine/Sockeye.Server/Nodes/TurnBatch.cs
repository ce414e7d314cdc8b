using Sockeye.Server.Cluster;
using Sockeye.Server.Common;

namespace Sockeye.Server.Nodes;

/// <summary>What one turn of a game loop says to other servers, until the turn ends: then it leaves as one message for each subject.</summary>
/// <remarks>It owns the bytes, at most <see cref="MaxBytes"/>, and keeps small buffers for the next turn. On its game loop. Lives as long as that.</remarks>
internal sealed class TurnBatch(ClusterPort port) : IHeldBack
{
    /// <summary>Bytes that wait for the end of a turn, as of what the turn emits to clients here (own).</summary>
    public const int MaxBytes = 256 << 10;

    /// <summary>Buffers that are kept for the next turn, and how long each may be for that (own).</summary>
    private const int KeptBuffers = 64;
    private const int KeptBytes = 16 << 10;

    private readonly Dictionary<string, Waiting> _bySubject = new(StringComparer.Ordinal);
    private readonly List<Waiting> _inOrder = [];
    private readonly Stack<Waiting> _unused = new();
    private readonly HeadWriter _head = new();
    private bool _areRooms;
    private int _bytes;

    /// <summary>Whether the loop sends it at the end of the turn.</summary>
    public bool IsHeld { get; set; }

    private int Most => Math.Min(MaxBytes, port.Bus.MaxMessageBytes) - ClusterMessage.FixedBytes - ClusterMessage.SealBytes;

    /// <summary>Adds a message, behind those of the turn to the same subject.</summary>
    /// <returns>Whether it was taken: one that is too long to wait is published at once.</returns>
    public EmitResult Add(string subject, bool isRoom, HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        var message = head.Unnumbered(parts);
        var length = message.Length;
        foreach (var part in parts)
        {
            length += part.Length;
        }

        var isAnotherKind = _inOrder.Count > 0 && !(isRoom ? _areRooms : _bySubject.ContainsKey(subject));
        if (isAnotherKind || _bytes + length > Most)
        {
            Send();
        }

        if (length > Most)
        {
            return port.Publish(subject, head, parts);
        }

        _areRooms = isRoom;
        _bytes += length;
        if (!_bySubject.TryGetValue(subject, out var waiting))
        {
            waiting = _unused.TryPop(out var unused) ? unused : new Waiting();
            waiting.Subject = subject;
            _bySubject.Add(subject, waiting);
            _inOrder.Add(waiting);
        }

        waiting.Add(message, parts, length);
        return EmitResult.Accepted;
    }

    /// <summary>Publishes what waits.</summary>
    public void Send()
    {
        foreach (var waiting in _inOrder)
        {
            port.Publish(waiting.Subject, _head, waiting.Written);
            if (_unused.Count < KeptBuffers && waiting.TryClear(KeptBytes))
            {
                _unused.Push(waiting);
            }
        }

        _bySubject.Clear();
        _inOrder.Clear();
        _bytes = 0;
    }

    void IHeldBack.Release(ServerGameLoop holder)
    {
        IsHeld = false;
        Send();
    }

    /// <summary>What waits for one subject: whole messages, one behind the other.</summary>
    private sealed class Waiting
    {
        private byte[] _bytes = new byte[512];
        private int _length;

        public string Subject { get; set; } = "";

        public Memory<byte> Written => _bytes.AsMemory(0, _length);

        public void Add(ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, int length)
        {
            if (_length + length > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(_length + length, 2 * _bytes.Length));
            }

            head.CopyTo(_bytes.AsSpan(_length));
            _length += head.Length;
            foreach (var part in parts)
            {
                part.Span.CopyTo(_bytes.AsSpan(_length));
                _length += part.Length;
            }
        }

        /// <returns>False: its buffer is too long to be kept.</returns>
        public bool TryClear(int kept)
        {
            _length = 0;
            return _bytes.Length <= kept;
        }
    }
}
