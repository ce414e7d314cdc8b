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
}
