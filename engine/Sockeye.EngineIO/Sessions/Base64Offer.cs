using System.Buffers.Text;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A binary message in the form for clients whose WebSocket knows text only: <c>b</c> and base64. Holds the one that is on its way.</summary>
internal sealed class Base64Offer
{
    // Both references are held, so that neither frame can come back from its pool as another one while it is compared.
    private Frame? _original;
    private Frame? _text;

    /// <summary>The text form of a frame, the same one until another frame is asked for.</summary>
    public Frame Of(Frame binary)
    {
        if (_text is { } text && _original == binary)
        {
            return text;
        }

        Release();
        int length = Base64.GetMaxEncodedToUtf8Length(binary.Length);
        text = Frame.Rent(length);
        _ = Base64.EncodeToUtf8(binary.Span, text.GetSpan(length), out _, out int written);
        text.Advance(written);
        _original = binary.Retain();
        return _text = text;
    }

    /// <summary>The message has left, or never will.</summary>
    public void Release()
    {
        _original?.Release();
        _text?.Release();
        _original = _text = null;
    }
}
