using System.Text;
using Sockeye.EngineIO.WebSockets;

namespace Sockeye.EngineIO.Tests;

/// <summary>Echoes unless told otherwise, and keeps what happened.</summary>
internal sealed class RecordingHandler(Action<WebSocketSession, string>? onMessage = null) : IWebSocketHandler
{
    public WebSocketSession? Session { get; private set; }

    public List<string> Events { get; } = [];

    public List<WebSocketClose> Closes { get; } = [];

    public Action<WebSocketSession>? Opened { get; init; }

    public void OnOpen(WebSocketSession session)
    {
        Session = session;
        Opened?.Invoke(session);
    }

    public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary)
    {
        if (onMessage is null)
        {
            _ = session.Send(payload, isBinary);
            return;
        }

        var text = Encoding.UTF8.GetString(payload);
        Events.Add(text);
        onMessage(session, text);
    }

    public void OnWritable(WebSocketSession session) => Events.Add("writable");

    public Action<WebSocketSession>? Closed { get; init; }

    public void OnClose(WebSocketSession session, in WebSocketClose close)
    {
        Closes.Add(close);
        Closed?.Invoke(session);
    }
}
