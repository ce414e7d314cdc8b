using System.Buffers.Text;
using Sockeye.EngineIO.WebSockets;

namespace Sensors;

/// <summary>One WebSocket for each device. It sends numbers as text, and is told how many seconds to wait between two of them.</summary>
internal sealed class DeviceEndpoint(Fleet fleet) : IWebSocketHandler
{
    private const ushort PolicyViolation = 1008;

    public void OnOpen(WebSocketSession session)
    {
        if (session.Query("name") is { Length: > 0 and <= 40 } name)
        {
            session.State = name;
            session.Send("wait 10"u8, isBinary: false);
        }
        else
        {
            session.Close(PolicyViolation, "who are you? connect to /device?name=…");
        }
    }

    public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary)
    {
        if (session.State is not string device)
        {
            return; // it is being closed
        }

        if (!Utf8Parser.TryParse(payload, out double value, out var read) || read != payload.Length || !double.IsFinite(value))
        {
            session.Close(PolicyViolation, "a number, please");
            return;
        }

        // Who is over the threshold reports ten times as often.
        session.Send(fleet.Report(device, value) ? "wait 1"u8 : "wait 10"u8, isBinary: false);
    }
}
