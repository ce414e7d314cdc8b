using System.Globalization;
using System.Text;
using System.Text.Json;
using Sockeye.EngineIO;
using Sockeye.EngineIO.WebSockets;

namespace Sockeye.Conformance;

/// <summary>Sends each message back as it came.</summary>
internal sealed class EngineEcho : IEngineHandler
{
    public void OnOpen(EngineSession session)
    {
    }

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
    {
        if (isBinary)
        {
            session.SendBinary(data);
        }
        else
        {
            session.SendText(data);
        }
    }

    public void OnClose(EngineSession session, DisconnectReason reason, string? detail)
    {
    }
}

/// <summary>What the engine client's own suite expects of its server.</summary>
internal sealed class EngineClientSupport : IEngineHandler
{
    public static void SetCookies(EngineRequest request, EngineResponseHeaders headers)
    {
        headers.Add("Set-Cookie", "1=1; Max-Age=86400");
        headers.Add("Set-Cookie", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict");
        headers.Add("Set-Cookie", "3=3; Max-Age=0");
        headers.Add("Set-Cookie", "4=4; Expires=" + DateTimeOffset.UtcNow.ToString("r", CultureInfo.InvariantCulture));
    }

    public void OnOpen(EngineSession session) => session.SendText("hi"u8);

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
    {
        if (isBinary)
        {
            session.SendBinary(data);
        }
        else if (data.SequenceEqual("give binary"u8))
        {
            session.SendBinary([0, 1, 2, 3, 4]);
        }
        else if (data.SequenceEqual("give utf8"u8))
        {
            session.SendText("пойду спать всем спокойной ночи"u8);
        }
        else if (data.SequenceEqual("sendHeaders"u8))
        {
            session.SendText(HeadersOf(session.CurrentRequest ?? session.Request));
        }
        else
        {
            session.SendText(data);
        }
    }

    public void OnClose(EngineSession session, DisconnectReason reason, string? detail)
    {
    }

    private static byte[] HeadersOf(EngineRequest request)
    {
        var headers = new Dictionary<string, string>();
        for (var i = 0; i < request.Head.HeaderCount; i++)
        {
            var name = Encoding.Latin1.GetString(request.Head.HeaderName(i)).ToLowerInvariant();
            headers[name] = request.Header(name)!;
        }

        return JsonSerializer.SerializeToUtf8Bytes(headers, ConformanceJson.Default.DictionaryStringString);
    }
}

/// <summary>Sends each message back on a plain WebSocket.</summary>
internal sealed class WebSocketEcho : IWebSocketHandler
{
    public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary) => session.Send(payload, isBinary);
}
