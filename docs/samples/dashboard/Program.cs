using Microsoft.Extensions.Hosting;
using Sockeye.Hosting;
using Sockeye.Plugin.Routing;

// Where the server listens and what its rules are stands in appsettings.json, beside the program. A change of the rules holds at once.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddSockeye(sockeye => sockeye
    .AddPlugin<RoutingPlugin>()
    // Nobody asks for anything there: whoever is in this namespace is sent what the rules send to it.
    .Map("/dashboard", _ => { }));

await builder.Build().RunAsync();
