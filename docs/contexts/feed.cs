using Sockeye;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;

await using var server = SockeyeServer.Create("http://127.0.0.1:3000", builder =>
{
    /* here */
});
await server.RunAsync();

internal sealed class Feed : IWebSocketHandler
{
    public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary)
    {
    }
}
