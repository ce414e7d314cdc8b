using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Sockeye;
using Sockeye.Hosting;
using Sockeye.Plugin.Auth;
using Tokens;

// --Sockeye:Urls=http://127.0.0.1:4000 --Lifetime=60
var builder = Host.CreateApplicationBuilder(args);
var tokens = new TokenMaker(TimeSpan.FromSeconds(double.Parse(builder.Configuration["Lifetime"] ?? "60", CultureInfo.InvariantCulture)));

// What stands in appsettings.json otherwise; the key is made here, so that the sample has no secret in it.
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
{
    ["Sockeye:Plugins:auth:Sources:0:Type"] = "Jwt",
    ["Sockeye:Plugins:auth:Sources:0:Issuer"] = TokenMaker.Issuer,
    ["Sockeye:Plugins:auth:Sources:0:RoomsClaim"] = "rooms",
    ["Sockeye:Plugins:auth:Sources:0:Keys:0:Algorithm"] = "HS256",
    ["Sockeye:Plugins:auth:Sources:0:Keys:0:Secret"] = "base64:" + Convert.ToBase64String(tokens.Key),
});

builder.AddSockeye(sockeye => sockeye
    .AddPlugin<AuthPlugin>()
    .Configure(server => server.MapPost("/token", (exchange, body) =>
    {
        // Here a password would be checked.
        exchange.RespondText(200, tokens.Make(Encoding.UTF8.GetString(body.Span)));
        return Task.CompletedTask;
    }))
    .Map(server =>
    {
        server.OnWithAck("who am i", (SockeyeSocket socket) => socket.Identity!.Subject);
        server.On("mail", (SockeyeSocket socket, string to, string text) => server.To($"inbox-{to}").Emit("mail", socket.Identity!.Subject, text));
    }));

await builder.Build().RunAsync();
