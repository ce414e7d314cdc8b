using Sockeye;
using Sockeye_App;

var page = Path.Combine(AppContext.BaseDirectory, "wwwroot");

await using var server = SockeyeServer.Create("http://127.0.0.1:3000", builder => builder.MapFiles("/", page));
ChatHandlers.Map(server);

Console.WriteLine("Open http://127.0.0.1:3000 in two tabs; Ctrl+C ends it.");
await server.RunAsync();
