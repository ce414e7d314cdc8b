using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.Plugins;
using Sockeye.Server.Hooks;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Shared;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Hooks that fail: what counts against their plugin, what becomes of what they should decide, and when they are asked no more.</summary>
public sealed class HookFaultTests : HookTest
{
    [Theory]
    [MemberData(nameof(Places))]
    public void A_gate_that_throws_is_as_if_it_were_not_there_or_refuses_as_its_plugin_has_declared(Place place)
    {
        var app = StartAt(place, server => server.OnWithAck("ask", () => "answer"));
        var open = Gate(app, _ => throw new InvalidOperationException("secret"));
        var client = app.Connect();
        Assert.Equal("answer", client.Call<string>("ask"));
        Assert.Equal(new HookStatus("EventGate", 1, false), open.Status.Single());
        Gate(app, _ => throw new InvalidOperationException("secret"), FaultMode.Closed);
        Assert.Equal(Unavailable, client.Call<EventRefusal>("ask")!.Code);
        Assert.DoesNotContain("secret", client.Next("sockeye:refused").Json, StringComparison.Ordinal);
        Assert.Equal(0, app.HandlerErrorCount);
    }

    [Fact]
    public void A_gate_that_cannot_read_what_a_client_has_sent_is_a_line_with_the_reason_and_the_stack_is_for_who_debugs()
    {
        var log = new RecordedLog();
        var app = Start(server => server.OnWithAck("ask", (JsonElement what) => "answer"), builder => builder.LoggerFactory = log);
        var set = Gate(app, static e =>
        {
            e.Read<int>();
            return GateVerdict.Continue;
        });
        Assert.Equal("answer", app.Connect().Call<string>("ask", "junk"));
        Assert.Equal(1, set.Status.Single().Faults);
        var told = Assert.Single(log.Lines, static line => line.Level > LogLevel.Debug && line.Text.Contains("guard", StringComparison.Ordinal));
        Assert.Equal((LogLevel.Warning, 2075), (told.Level, told.Id.Id));
        Assert.StartsWith("EventGate of plugin \"guard\" could not read an event, which is a fault of the hook: The first argument of \"ask\" is the string \"junk\"; ", told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", told.Text, StringComparison.Ordinal);
        Assert.Contains("   at ", Assert.Single(log.Lines, static line => line.Id.Id == 2076).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_that_overruns_its_budget_counts_against_its_plugin_and_what_it_has_decided_holds()
    {
        var log = new RecordedLog();
        var app = Start(server => server.OnWithAck("ask", () => "answer"), builder => builder.LoggerFactory = log);
        var took = 50;
        var set = Gate(app, _ =>
        {
            app.Transport.HoldUp(TimeSpan.FromMilliseconds(took));
            return GateVerdict.Refuse("no");
        });
        var client = app.Connect();
        Assert.Equal("no", client.Call<EventRefusal>("ask")!.Reason);
        Assert.Equal(0, set.Status.Single().Faults);
        took = 51;
        Assert.Equal("no", client.Call<EventRefusal>("ask")!.Reason);
        Assert.Equal(1, set.Status.Single().Faults);
        Assert.Single(log.Lines, static line => line.Level == LogLevel.Warning && line.Text.StartsWith("EventGate of plugin \"guard\" has held its thread for longer than Hooks:Budget", StringComparison.Ordinal));
    }

    /// <summary>What is compiled for the first call is nobody's mistake, nor is it that of calls that wait for it on other threads.</summary>
    [Fact]
    public void The_first_call_of_a_hook_and_those_beside_it_may_overrun_the_budget_in_each_generation_and_later_ones_may_not()
    {
        var log = new RecordedLog();
        var app = Start(server => server.OnWithAck("ask", () => "answer"), builder => builder.LoggerFactory = log);
        var gate = new GateOf(_ =>
        {
            app.Transport.HoldUp(TimeSpan.FromMilliseconds(80));
            return GateVerdict.Continue;
        });
        var client = app.Connect();
        for (var generation = 1; generation <= 2; generation++)
        {
            var set = Use(app, Set(app, "guard", gate));
            Assert.Equal("answer", client.Call<string>("ask"));
            Assert.Equal(0, set.Status.Single().Faults);
            Assert.Equal(generation, log.Lines.Count(static line => line is { Level: LogLevel.Debug, Id.Id: 2077 } && line.Text.Contains("has held its thread for 80 ms in its first call", StringComparison.Ordinal)));

            // On other threads: one that began when the first had come back, and one before that.
            app.Advance(TimeSpan.FromMilliseconds(100));
            var guard = set.Gate!.Value.Guard;
            guard.Returned(HookPass.Normal, HookThread.Current, app.Context.HookClock.Units(TimeSpan.FromMilliseconds(99)));
            Assert.Equal(1, set.Status.Single().Faults);
            guard.Returned(HookPass.Normal, HookThread.Current, app.Context.HookClock.Units(TimeSpan.FromMilliseconds(101)));
            Assert.Equal(1, set.Status.Single().Faults);
            Assert.Equal("answer", client.Call<string>("ask"));
            Assert.Equal(2, set.Status.Single().Faults);
        }
    }

    [Fact]
    public void The_time_that_one_gate_takes_is_not_anothers()
    {
        var app = Start(server => server.OnWithAck("ask", () => "answer"));
        var slow = Set(app, "slow", new GateOf(_ =>
        {
            app.Transport.HoldUp(TimeSpan.FromMilliseconds(60));
            return GateVerdict.Continue;
        }));
        var quick = Set(app, "quick", new GateOf(_ => GateVerdict.Continue));
        Use(app, slow, quick);
        var client = app.Connect();
        Assert.Equal("answer", client.Call<string>("ask"));
        Assert.Equal(0, slow.Status.Single().Faults); // its first call is compiled
        Assert.Equal("answer", client.Call<string>("ask"));
        Assert.Equal(1, slow.Status.Single().Faults);
        Assert.Equal(0, quick.Status.Single().Faults);
    }

    [Fact]
    public void So_many_faults_within_the_window_open_the_circuit_and_one_call_tries_it_again_after_a_while()
    {
        var asked = 0;
        var fails = true;
        var app = Start(server => server.OnWithAck("ask", () => "answer"), builder =>
        {
            builder.Options.Hooks.Faults = 3;
            builder.Options.Hooks.FaultWindow = TimeSpan.FromSeconds(10);
            builder.Options.Hooks.RetryAfter = TimeSpan.FromSeconds(5);
        });
        var set = Gate(app, _ =>
        {
            asked++;
            return fails ? throw new InvalidOperationException("x") : GateVerdict.Continue;
        }, FaultMode.Closed);
        var client = app.Connect();
        Ask(2);
        app.Advance(TimeSpan.FromMilliseconds(10_001));
        Ask(2);
        Assert.False(set.Status.Single().IsOpen);       // four, but never three within ten seconds
        Ask(1);
        Assert.True(set.Status.Single().IsOpen);
        Assert.Equal(5, asked);
        Ask(3);
        app.Advance(TimeSpan.FromMilliseconds(4_990));
        Ask(1);
        Assert.Equal(5, asked);
        app.Advance(TimeSpan.FromMilliseconds(20));
        Ask(2);                                         // one tries, and fails
        Assert.Equal(6, asked);
        Assert.True(set.Status.Single().IsOpen);
        fails = false;
        app.Advance(TimeSpan.FromMilliseconds(5_010));
        Assert.Equal("answer", client.Call<string>("ask"));
        Assert.Equal("answer", client.Call<string>("ask"));
        Assert.Equal(new HookStatus("EventGate", 6, false), set.Status.Single());

        void Ask(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Assert.Equal(Unavailable, client.Call<EventRefusal>("ask")!.Code);
            }
        }
    }

    [Fact]
    public void While_the_circuit_of_an_open_plugin_is_open_events_pass_it()
    {
        var asked = 0;
        var app = Start(server => server.OnWithAck("ask", () => "answer"), builder => builder.Options.Hooks.Faults = 1);
        Gate(app, _ =>
        {
            asked++;
            throw new InvalidOperationException("x");
        });
        var client = app.Connect();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("answer", client.Call<string>("ask"));
        }

        Assert.Equal(1, asked);
    }

    [Fact]
    public void The_faults_of_one_hook_or_plugin_do_not_touch_the_others()
    {
        var app = Start(server => server.OnWithAck("ask", () => "answer"), builder => builder.Options.Hooks.Faults = 1);
        var both = new Both();
        var bad = Set(app, "bad", both);
        var good = Set(app, "good", new GateOf(_ => GateVerdict.Continue));
        Use(app, bad, good);
        var client = app.Connect();
        Assert.Equal("answer", client.Call<string>("ask"));
        client.Disconnect();
        app.RunUntilIdle();
        Assert.Equal(1, both.Disconnected);
        Assert.Equal([new HookStatus("EventGate", 1, true), new HookStatus("DisconnectHook", 0, false)], bad.Status);
        Assert.Equal([new HookStatus("EventGate", 0, false)], good.Status);
    }

    [Fact]
    public async Task A_gate_that_does_not_come_back_is_named_and_its_circuit_opened_while_it_does_not_and_nobody_else_runs_into_it()
    {
        using var log = new AwaitedLog();
        using var goOn = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        var app = StartAt(Place.Pool, server => server.OnWithAck("ask", () => "answer"), builder => builder.LoggerFactory = log);
        var set = Gate(app, e =>
        {
            if (e.Is("block"u8))
            {
                inside.Set();
                goOn.Wait();
            }

            return GateVerdict.Continue;
        }, FaultMode.Closed);
        var victim = app.Connect();
        var other = app.Connect();
        victim.Emit("block");
        app.RunUntilIdle();
        Assert.True(inside.Wait(TimeSpan.FromSeconds(60)));
        for (var i = 0; i < 20 && !set.Status.Single().IsOpen; i++)
        {
            app.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.True(set.Status.Single().IsOpen);
        Assert.Contains("EventGate of plugin \"guard\"", await log.Line("does not come back, and holds its thread"), StringComparison.Ordinal);
        Assert.Equal(Unavailable, other.Call<EventRefusal>("ask")!.Code);

        // Nobody tries it while it stands there, however long.
        app.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Unavailable, other.Call<EventRefusal>("ask")!.Code);
        goOn.Set();
        Assert.True(app.RunUntil(() => other.CallRaw("ask").Json.Contains("answer", StringComparison.Ordinal)));
        Assert.Equal(1, set.Status.Single().Faults);
    }

    [Fact]
    public void A_grace_is_over_when_whoever_was_inside_has_left()
    {
        using var goOn = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        var app = StartAt(Place.Pool, server => server.OnWithAck("ask", () => "answer"));
        Gate(app, _ =>
        {
            inside.Set();
            goOn.Wait();
            return GateVerdict.Continue;
        });
        var client = app.Connect();
        client.Emit("ask");
        app.RunUntilIdle();
        Assert.True(inside.Wait(TimeSpan.FromSeconds(60)));
        app.Context.ReplaceHooks([]);
        var grace = new HookGrace();
        Assert.False(grace.IsOver);
        Assert.True(new HookGrace() is { IsOver: false });
        goOn.Set();
        Assert.True(app.RunUntil(() => grace.IsOver));
    }

    [Fact]
    public void Every_limit_of_hooks_is_checked_when_the_server_is_made()
    {
        var options = new SockeyeServerOptions();
        options.Hooks.Budget = TimeSpan.Zero;
        options.Hooks.Faults = 0;
        options.Hooks.FaultWindow = TimeSpan.FromDays(1);
        options.Hooks.RetryAfter = TimeSpan.FromMilliseconds(9);
        options.Hooks.QueuedRoomChanges = 0;
        var faults = options.Validate();
        Assert.Equal(5, faults.Count(fault => fault.StartsWith("Hooks:", StringComparison.Ordinal)));
        options.Hooks.Budget = TimeSpan.FromMilliseconds(1);
        options.Hooks.Faults = 10_000;
        options.Hooks.FaultWindow = TimeSpan.FromHours(1);
        options.Hooks.RetryAfter = TimeSpan.FromMilliseconds(10);
        options.Hooks.QueuedRoomChanges = 1;
        Assert.Empty(options.Validate());
    }

    private sealed class Both : IEventGate, IDisconnectHook
    {
        public int Disconnected { get; private set; }

        public GateVerdict OnEvent(EventReader e) => throw new InvalidOperationException("x");

        public void OnDisconnect(SockeyeSocket socket, Disconnection disconnection) => Disconnected++;
    }
}
