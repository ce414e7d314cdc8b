using Sockeye.Plugin.Auth.Live;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class GateOrderTests
{
    [Fact]
    public void The_plugin_does_not_start_behind_another_one_with_an_event_gate()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => GateOrder.ThrowIfBehindAnother([Plugin("routing", "EventGate"), Plugin("auth", "EventGate")], "auth"));
        Assert.Contains("\"routing\"", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => GateOrder.ThrowIfBehindAnother([Plugin("routing", "EventGate")], "auth")); // its first start
    }

    [Fact]
    public void It_starts_before_one_and_behind_those_that_have_none()
    {
        GateOrder.ThrowIfBehindAnother([], "auth");
        GateOrder.ThrowIfBehindAnother([Plugin("metrics", "RoomHook"), Plugin("auth", "EventGate"), Plugin("routing", "EventGate")], "auth");
    }

    private static PluginStatus Plugin(string id, string hook) => new(id, "1", null, 1, [new HookStatus(hook, 0, false)], 0);
}
