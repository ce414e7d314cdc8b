using Sockeye.Plugins;
using Sockeye.Shared;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Hooks of real plugins, from the start of their server on, and on real loops.</summary>
public sealed class HookPluginTests : HookTest
{
    [Fact]
    public void The_hooks_of_a_plugin_are_asked_from_the_start_of_its_server_on_and_stand_in_its_status()
    {
        var app = Start(server => server.OnWithAck("ask", () => "answer"), builder => builder.AddPlugin(new Guarding()));
        Assert.Equal("answer", app.Connect().Call<string>("ask"));
        Assert.Equal("no", app.Connect().Call<EventRefusal>("refuse")!.Reason);
        Assert.Equal("unavailable", app.Connect().Call<EventRefusal>("throw")!.Code);
        Assert.Equal([new HookStatus("EventGate", 1, false), new HookStatus("DisconnectHook", 0, false)], app.Server.Plugins.All.Single().Hooks);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_hook_that_holds_a_thread_is_named_with_its_plugin_while_it_does_and_others_go_on(Place place)
    {
        var isFirst = true;
        using var log = new AwaitedLog();
        using var goOn = new ManualResetEventSlim();
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = 2;
            builder.LoggerFactory = log;
            builder.AddPlugin(new Blocking(goOn));
        });
        server.On("echo", (SockeyeSocket socket, int number) => { socket.Emit("echo", number); });
        if (place == Place.Pool)
        {
            server.RunHandlers(HandlerThread.Pool);
        }
        else if (place == Place.GameLoop)
        {
            var game = server.CreateLoop("game", 20);
            server.OnConnection((SockeyeSocket socket) =>
            {
                socket.RunOn(isFirst ? game : null);
                isFirst = false;
            });
        }

        await server.StartAsync();
        await using var first = await RealClient.ConnectAsync(server);
        await using var second = await RealClient.ConnectAsync(server);
        var held = log.Line("EventGate of plugin \"blocking\" does not come back");
        var named = log.Line("EventGate of plugin \"blocking\" is not asked for at least 5 s (Hooks:RetryAfter)");
        await first.EmitAsync("[\"block\"]");
        await held.WaitAsync(RealClient.Patience);
        await named.WaitAsync(RealClient.Patience);
        await second.EmitAsync("[\"echo\",7]");
        Assert.Equal(7, (await second.NextAsync())[1].GetInt32());
        if (place != Place.Pool)
        {
            Assert.Contains("EventGate of plugin \"blocking\"", await log.Line("has been held for").WaitAsync(RealClient.Patience), StringComparison.Ordinal);
        }

        Assert.True(server.Plugins.All.Single().Hooks.Single().IsOpen);
        goOn.Set();
        await first.EmitAsync("[\"echo\",8]");
        Assert.Equal(8, (await first.NextAsync())[1].GetInt32());
    }

    [Fact]
    public void A_plugin_whose_setting_Refusals_is_none_keeps_the_server_from_starting()
    {
        var section = new SectionOf("Plugins:guarding", "loud");
        var fault = Assert.Throws<FormatException>(() => Start(server => { }, builder => builder.AddPlugin(new Guarding(), section)));
        Assert.Equal("Plugins:guarding:Refusals is \"loud\"; it must be Event, Ack, Disconnect or Silent.", fault.Message);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("Open", true)]
    [InlineData("Closed", false)]
    public void An_event_at_which_an_open_plugin_fails_passes_unless_its_section_closes_it(string? setting, bool passes)
    {
        var app = Start(server => server.OnWithAck("throw", static () => "answer"), builder => builder.AddPlugin(new Failing(), new SectionOf("Plugins:failing", setting, "WhenFaulted")));
        var client = app.Connect();
        if (passes)
        {
            Assert.Equal("answer", client.Call<string>("throw"));
        }
        else
        {
            Assert.Equal("unavailable", client.Call<EventRefusal>("throw")!.Code);
        }
    }

    [SockeyePlugin("failing", "1.0")]
    private sealed class Failing : ISockeyePlugin, IEventGate
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public GateVerdict OnEvent(EventReader e) => throw new InvalidOperationException("x");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [SockeyePlugin("guarding", "1.0", WhenFaulted = FaultMode.Closed, Refusals = RefusalAnswer.Ack)]
    private sealed class Guarding : ISockeyePlugin, IEventGate, IDisconnectHook
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public GateVerdict OnEvent(EventReader e) =>
            e.Is("refuse"u8) ? GateVerdict.Refuse("no") : e.Is("throw"u8) ? throw new InvalidOperationException("x") : GateVerdict.Continue;

        public void OnDisconnect(SockeyeSocket socket, Disconnection disconnection)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [SockeyePlugin("blocking", "1.0")]
    private sealed class Blocking(ManualResetEventSlim goOn) : ISockeyePlugin, IEventGate
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public GateVerdict OnEvent(EventReader e)
        {
            if (e.Is("block"u8))
            {
                goOn.Wait();
            }

            return GateVerdict.Continue;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
