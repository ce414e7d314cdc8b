using Microsoft.Extensions.Configuration;
using Sockeye.Testing;
using Xunit;

namespace Sockeye_Plugin.Tests;

public sealed class PluginTests
{
    [Fact]
    public async Task A_client_is_greeted_by_its_name()
    {
        await using var app = new SockeyeTestServer(server => { }, builder => builder.AddPlugin<Plugin>());
        Assert.Equal("Hello, Ann!", app.Connect().Call<string>("hello", "Ann"));
    }

    [Fact]
    public async Task An_event_that_nobody_may_send_is_refused_with_a_reason()
    {
        await using var app = new SockeyeTestServer(server => { }, builder => builder.AddPlugin<Plugin>());
        var ann = app.Connect();
        ann.Emit("shout");
        Assert.Contains("Nobody may send that here.", ann.Next("sockeye:refused").Json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Greting", "unknown key; did you mean Greeting?")]
    [InlineData("Min", "unknown key; there are Greeting, Refused, Refusals, WhenFaulted")]
    [InlineData("Refused:0", "has to be a text")]
    public void A_fault_of_the_section_is_named_before_a_start(string key, string fault)
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection([new($"Plugins:PLUGIN_ID:{key}", "Hi")]).Build().GetSection("Plugins:PLUGIN_ID");
        Assert.Equal([$"Plugins:PLUGIN_ID:{key.Split(':')[0]}: {fault}"], new Plugin().Check(section));
    }
}
