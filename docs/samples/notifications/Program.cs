using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Notifications;
using Sockeye.Hosting;

// The options of the server stand in the section "Sockeye" of the configuration: --Sockeye:Urls=http://127.0.0.1:4000
var tokens = new Tokens();
var inbox = new Inbox();
var routes = new Routes(tokens, inbox);

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton(inbox).AddHostedService<Courier>();
builder.AddSockeye(sockeye => sockeye
    .Configure(server => server
        .MapPost("/login", routes.LoginAsync)
        .MapPost("/notify", routes.NotifyAsync))
    .Map(server => Users.Map(server, tokens, inbox)));

await builder.Build().RunAsync();
