using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sockeye.Peers.AspNet;

// Kestrel's plain WebSockets on /raw and SignalR (JSON) on /hub.   Sockeye.Peers.AspNet PORT
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.Services.AddSignalR(options => options.EnableDetailedErrors = false);
builder.WebHost.ConfigureKestrel((KestrelServerOptions kestrel) => kestrel.Listen(IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture)));

WebApplication app = builder.Build();
app.UseWebSockets();
app.MapHub<LoadHub>("/hub");
app.Map("/raw", RawWebSockets.HandleAsync);
await app.StartAsync();
Console.WriteLine("ready");
await app.WaitForShutdownAsync();
