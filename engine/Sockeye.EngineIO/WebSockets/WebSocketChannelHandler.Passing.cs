using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

// Messages that go past the source: answers, which nobody else receives and which leave at once, are written as frames into what leaves next.
public sealed partial class WebSocketChannelHandler
{
    /// <summary>The most that goes past the source in one batch: a batch takes it and what may leave before and behind it at once. Own choice.</summary>
    internal const int MaxPassedBytes = MaxBatchBytes - (2 * WebSocketControlFrames.MaxBytes);

    // Room for the answers to a small read.
    private const int FirstPassedBytes = 1024;

    private Frame? _passed;
    private int _readBytes;                 // of the read being handled: the answers to it are about as long, and a frame that grows copies

    /// <summary>Makes room for a text message that leaves before anything that the source offers, so only while the source holds nothing.</summary>
    /// <param name="prefix">The byte that precedes the body.</param>
    /// <param name="length">The exact length of the body.</param>
    /// <param name="body">The body, to be filled at once.</param>
    /// <returns>False, with nothing done, if the peer does not read, the connection is closing, or the batch is full: the message belongs into the source.</returns>
    internal bool TryReserve(byte prefix, int length, out Span<byte> body)
    {
        var size = length + 1 + MaxServerHeader;
        if (_phase != Phase.Open || !_channel.IsWritable || (_passed?.Length ?? 0) + size > MaxPassedBytes)
        {
            body = default;
            return false;
        }

        _passed ??= Frame.Rent(Math.Clamp(_readBytes, FirstPassedBytes, MaxPassedBytes));
        var room = _passed.GetSpan(size);
        var header = WebSocketFrames.WriteHeader(room, WebSocketFrames.Text, length + 1L);
        room[header++] = prefix;
        body = room.Slice(header, length);
        _passed.Advance(header + length);
        FlushLater();
        return true;
    }

    private void SendDirectly()
    {
        if (_passed is { } passed && _letter == 0 && _control.IsEmpty && _rare is not { LatestPong: not null } && _partial is null && !_isCloseDue && _source is not { QueuedMessages: > 0 })
        {
            // Nothing else leaves: it is the batch.
            _passed = null;
            _channel.SendDirectly(passed.Span);
            passed.Release();
            return;
        }

        var room = _channel.SendBuffer()[..MaxBatchBytes];
        var written = Fill(room);
        if (written > 0)
        {
            _channel.SendDirectly(room[..written]);
        }
    }

    // Whole or not at all: a control frame may come between two batches.
    private bool CopyPassed(Span<byte> room, ref int written)
    {
        if (_passed!.Length > room.Length - written)
        {
            return false;
        }

        _passed.Span.CopyTo(room[written..]);
        written += _passed.Length;
        DropPassed();
        return true;
    }

    private void DropPassed()
    {
        _passed?.Release();
        _passed = null;
    }
}
