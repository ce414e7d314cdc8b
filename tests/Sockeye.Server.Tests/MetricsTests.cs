using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Sockeye.EngineIO;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

public class MetricsTests : ServerTest
{
    [Fact]
    public void What_happens_is_counted_by_reason_and_rule()
    {
        Dictionary<string, long> counts = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == SockeyeMetrics.MeterName)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = instrument.Name;
            foreach (var tag in tags)
            {
                key += $" {tag.Value}";
            }

            if (instrument.IsObservable)
            {
                counts[key] = value;
            }
            else
            {
                counts[key] = counts.GetValueOrDefault(key) + value;
            }
        });
        listener.Start();
        var app = Start(server =>
        {
            server.On("x", () => { });
            server.On("fails", () => throw new InvalidOperationException("broken"));
            server.Of("/closed").Use(socket => ConnectResult.Reject("no"));
        });
        var client = app.Connect();
        client.Emit("x");
        client.Emit("fails");
        client.Emit("unknown");
        client.SendRaw("399[]");
        app.RunUntilIdle();
        app.Server.Emit("out", 1);
        app.Connect("/closed");
        app.Connect("/nope");
        app.RunUntilIdle();
        listener.RecordObservableInstruments();
        Assert.Equal(3, counts["sockeye.connections"]);
        Assert.Equal(1, counts["sockeye.sockets"]);
        Assert.Equal(3, counts["sockeye.events.received"]);
        Assert.Equal(1, counts["sockeye.events.unhandled"]);
        Assert.Equal(1, counts["sockeye.packets.sent"]);
        Assert.Equal(1, counts["sockeye.handler.errors Event"]);
        Assert.Equal(2, counts["sockeye.connects.refused"]);
        Assert.Equal(1, counts["sockeye.acks.unknown"]);

        client.SendRaw("9");
        app.Connect(joins: false).SendRaw("1");
        app.RunUntilIdle();
        Assert.Equal(1, counts["sockeye.protocol.errors socketio_state"]);
        Assert.Equal(2, counts.Where(pair => pair.Key.StartsWith("sockeye.protocol.errors", StringComparison.Ordinal)).Sum(pair => pair.Value));
        Assert.Equal(1, counts["sockeye.disconnects parse error"]);
    }

    /// <summary>Whoever compares two readings sees the first time only if its series was there before, with 0.</summary>
    [Fact]
    public void What_has_not_happened_yet_is_0_for_each_rule_and_for_each_hook_of_a_plugin()
    {
        using var meters = new RecordedMeters();
        var app = Start(server => server.On("x", () => { }), builder =>
        {
            builder.MeterFactory = meters;
            builder.AddPlugin(new Refusing());
        });
        string[] rules = [.. BrokenRules.All, "preauth_bytes", "socketio_state"];
        Assert.Equal(rules.Order(StringComparer.Ordinal), meters.Tags("sockeye.protocol.errors"));
        Assert.Equal(["access", "refusing"], meters.Tags("sockeye.events.refused"));
        Assert.Equal(["refusing EventGate", "refusing ReloadHook"], meters.Tags("sockeye.plugin.faults"));
        Assert.Equal(["refusing EventGate closed", "refusing EventGate open", "refusing ReloadHook closed", "refusing ReloadHook open"], meters.Tags("sockeye.plugin.circuits"));
        Assert.All(rules, rule => Assert.Equal(0, meters.Count("sockeye.protocol.errors", rule)));

        var client = app.Connect();
        client.Emit("x");
        client.SendRaw("9");
        app.RunUntilIdle();
        Assert.Equal((1, 1), (meters.Count("sockeye.events.refused", "refusing"), meters.Count("sockeye.protocol.errors", "socketio_packet_type")));
        Assert.Equal(rules.Order(StringComparer.Ordinal), meters.Tags("sockeye.protocol.errors"));
    }

    [SockeyePlugin("refusing", "1.0.0")]
    private sealed class Refusing : ISockeyePlugin, IEventGate, IReloadHook
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => default;

        public GateVerdict OnEvent(EventReader e) => GateVerdict.Refuse("no");

        public ValueTask OnConfigurationAsync(IConfigurationSection section, CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }

    [Fact]
    public void Turns_of_the_event_loops_are_counted_up_to_each_length()
    {
        Dictionary<string, long> turns = [];
        long sends = 0, sent = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == SockeyeMetrics.MeterName)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            switch (instrument.Name)
            {
                case "sockeye.loop.turns":
                    turns[(string)tags[0].Value!] = value;
                    break;
                case "sockeye.sends":
                    sends = value;
                    break;
                case "sockeye.bytes.sent":
                    sent = value;
                    break;
            }
        });
        listener.Start();
        var app = Start(server => server.On("x", (SockeyeSocket socket) => { socket.Emit("y"); }), loops: 2);
        app.Connect().Emit("x");
        app.RunUntilIdle();
        listener.RecordObservableInstruments();

        // The hand-driven clock stands still in all of them.
        var all = app.Transport.Loops.Sum(loop => loop.Counters.Turns);
        Assert.Equal(TurnLengths.BucketCount, turns.Count);
        Assert.Equal((all, all, all), (turns["0.0000008"], turns["0.001024"], turns["+Inf"]));
        Assert.InRange(sends, 1, long.MaxValue);
        Assert.Equal(app.Transport.Loops.Sum(loop => loop.Counters.Sends), sends);
        Assert.Equal(app.Transport.Loops.Sum(loop => loop.Counters.BytesOut), sent);

        OnLoop(app, () => app.Advance(TimeSpan.FromMilliseconds(1)), loop: 1);
        listener.RecordObservableInstruments();
        Assert.Equal((all, all + 1, all + 1), (turns["0.0008192"], turns["0.001024"], turns["+Inf"]));
    }
}
