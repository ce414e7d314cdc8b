using System.Text.Json;
using Sensors;
using Sockeye;

var url = args is [var given, ..] ? given : "http://127.0.0.1:3000";
var fleet = new Fleet();

await using var server = SockeyeServer.Create(url, builder => builder
    // Devices speak plain WebSocket: no library of ours on a microcontroller.
    .MapWebSocket("/device", new DeviceEndpoint(fleet))
    // Everybody else may ask over HTTP what the values are now.
    .MapGet("/readings", exchange => exchange.Respond(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(fleet.Readings, JsonSerializerOptions.Web))));

// Dashboards speak Socket.IO. Each watches the devices that it names.
server.OnWithAck("watch", (SockeyeSocket socket, string device) => socket.Join("device:" + device) ? fleet.Find(device) : null);
server.On("unwatch", (SockeyeSocket socket, string device) => socket.Leave("device:" + device));

fleet.Changed += reading =>
{
    // A dashboard that is slow gets the newest value of each device, not all that it has missed.
    server.To("device:" + reading.Device)
        .WhenFull(OutboxPolicy.KeepLatest).Latest(reading.Device)
        .Emit("reading", reading);
};
fleet.Crossed += reading => server.Emit("alarm", reading.Device, reading.Value, reading.IsHigh);

Console.WriteLine($"Devices report to {url.Replace("http", "ws", StringComparison.Ordinal)}/device?name=…, values are at {url}/readings");
await server.RunAsync();
