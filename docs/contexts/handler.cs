using Sockeye;

await using var server = SockeyeServer.Create("http://127.0.0.1:3000");
SockeyeNamespace game = server.Of("/game");
server.On("x", async (SockeyeSocket socket) =>
{
    await Task.CompletedTask;
    /* here */
});
await server.RunAsync();
