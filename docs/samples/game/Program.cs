using Game;
using Sockeye;

var url = args is [var given, ..] ? given : "http://127.0.0.1:3000";
var page = Path.Combine(AppContext.BaseDirectory, "wwwroot");

await using var server = SockeyeServer.Create(url, builder => builder.MapFiles("/", page));
_ = new Arena(server);

Console.WriteLine($"The game is on {url}: open it in two tabs and steer with the arrow keys");
await server.RunAsync();
