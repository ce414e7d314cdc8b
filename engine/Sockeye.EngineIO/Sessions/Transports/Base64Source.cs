using System.Buffers.Text;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>An outbox for a client whose WebSocket knows text only: binary messages leave as <c>b</c> and base64. It owns the text form of the one that is on its way.</summary>
/// <remarks>The session's loop. Lives as long as its <see cref="WebSocketTransport"/>. One message at a time.</remarks>
internal sealed class Base64Source(Outbox outbox) : IOutgoingSource
{
    // Both references are held, so that neither frame can come back from its pool as another one while it is compared.
    private Frame? _original;
    private Frame? _text;

    public int QueuedBytes => outbox.QueuedBytes;

    public int QueuedMessages => outbox.Count;

    public bool TryPeek(out OutgoingMessage message)
    {
        var has = outbox.TryPeek(out var frame);
        message = !has ? default
            : frame.IsBinary ? new OutgoingMessage(TextOf(frame), (byte)'b')
            : new OutgoingMessage(frame, outbox.TextPrefix);
        return has;
    }

    public void Advance()
    {
        Release();
        outbox.Dequeue();
    }

    public void OnTransportPending(int bytes) => outbox.ReportTransport(bytes);

    /// <summary>The message has left, or never will.</summary>
    public void Release()
    {
        _original?.Release();
        _text?.Release();
        _original = _text = null;
    }

    /// <summary>The text form of a frame, the same one until another frame is asked for.</summary>
    private Frame TextOf(Frame binary)
    {
        if (_text is { } text && _original == binary)
        {
            return text;
        }

        Release();
        var length = Base64.GetMaxEncodedToUtf8Length(binary.Length);
        text = Frame.Rent(length);
        _ = Base64.EncodeToUtf8(binary.Span, text.GetSpan(length), out _, out var written);
        text.Advance(written);
        _original = binary.Retain();
        return _text = text;
    }
}
