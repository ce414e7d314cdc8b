using Sockeye;
using Sockeye.EngineIO.WebSockets;

await using var server = SockeyeServer.Create("http://127.0.0.1:3000", builder => builder.MapWebSocket("/device", new Devices()));
await server.RunAsync();

internal sealed class Devices : IWebSocketHandler
{
    /* here */
}
