using Sockeye;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;

await using var server = SockeyeServer.Create("http://127.0.0.1:3000", builder =>
{
    /* here */
});
await server.RunAsync();
