/* here */
using Sockeye;

await using SockeyeServer server = SockeyeServer.Create("http://127.0.0.1:3000");
await server.RunAsync();
