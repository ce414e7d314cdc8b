using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sockeye.Peers.AspNet;

// Kestrel's plain WebSockets on /raw and SignalR (JSON) on /hub.   Sockeye.Peers.AspNet PORT [KEEP_ALIVE_MS]
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.Services.AddSignalR(options =>
{
    options.KeepAliveInterval = TimeSpan.FromMilliseconds(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 15_000);
    options.ClientTimeoutInterval = TimeSpan.FromMinutes(5); // a reader that stalls on purpose is not a lost client
});
builder.WebHost.ConfigureKestrel((KestrelServerOptions kestrel) => kestrel.Listen(IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture)));

var app = builder.Build();
app.UseWebSockets();
app.MapHub<LoadHub>("/hub");
app.Map("/raw", RawWebSockets.HandleAsync);
await app.StartAsync();
Console.WriteLine("ready");
await app.WaitForShutdownAsync();
