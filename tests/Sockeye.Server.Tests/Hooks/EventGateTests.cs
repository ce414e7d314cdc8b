using System.Globalization;
using System.Text;
using Sockeye.Plugins;
using Sockeye.Server.Hooks;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Gates: what plugins decide about events before anybody else sees them.</summary>
public sealed class EventGateTests : HookTest
{
    [Theory]
    [MemberData(nameof(Places))]
    public void What_a_gate_lets_through_arrives_and_what_it_stops_nobody_sees(Place place)
    {
        List<string> seen = [];
        var app = StartAt(place, server =>
        {
            server.OnAny(e => seen.Add("any " + e.Context.Name));
            server.UseEvent(e =>
            {
                seen.Add("filter " + e.Context.Name);
                return EventVerdict.Continue;
            });
            server.OnWithAck("ask", () => "answer");
        });
        Gate(app, e => e.Is("stop"u8) ? GateVerdict.Stop : GateVerdict.Continue);
        var client = app.Connect();
        client.Emit("stop");
        Assert.Equal("answer", client.Call<string>("ask"));
        Assert.Equal(["any ask", "filter ask"], seen);
        Assert.Equal(0, client.Pending);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_refused_client_hears_of_it_by_an_event_and_by_the_acknowledgement_that_it_asked_for(Place place)
    {
        var ran = false;
        var app = StartAt(place, server => server.On("buy", (int _) => { ran = true; }));
        Gate(app, _ => GateVerdict.Refuse("Not today \"at all\".", "closed"));
        var client = app.Connect();
        Assert.Equal("""{"refused":"Not today \"at all\".","code":"closed"}""", client.CallRaw("buy", 1).Json);
        Assert.Equal("""{"event":"buy","reason":"Not today \"at all\".","code":"closed"}""", client.Next("sockeye:refused").Json);
        client.Emit(7);
        Assert.True(app.RunUntil(() => client.Pending > 0));
        Assert.Equal("""{"event":7,"reason":"Not today \"at all\".","code":"closed"}""", client.Next("sockeye:refused").Json);
        Assert.False(ran);
        Assert.Equal(0, app.HandlerErrorCount);
    }

    [Theory]
    [InlineData(RefusalAnswer.Ack)]
    [InlineData(RefusalAnswer.Silent)]
    [InlineData(RefusalAnswer.Disconnect)]
    public void A_plugin_chooses_what_a_refused_client_hears(RefusalAnswer answer)
    {
        var app = Start(server => server.OnWithAck("fine", () => "ok"));
        Gate(app, e => e.Is("bad"u8) ? GateVerdict.Refuse("No.") : GateVerdict.Continue, refusals: answer);
        var client = app.Connect();
        var asked = client.Ask("bad");
        app.RunUntilIdle();
        Assert.Equal(answer == RefusalAnswer.Ack ? """{"refused":"No.","code":"refused"}""" : null, client.AnswerTo(asked)?.Json);
        Assert.Equal(answer != RefusalAnswer.Disconnect, client.IsConnected);
        Assert.DoesNotContain(client.Events, e => e.Name == "sockeye:refused");
        if (client.IsConnected)
        {
            Assert.Equal("ok", client.Call<string>("fine"));
        }
    }

    [Fact]
    public void Gates_are_asked_in_the_order_of_their_plugins_and_the_first_that_refuses_ends_it()
    {
        List<string> asked = [];
        var app = Start(server => server.OnWithAck("x", () => "handled"));
        Use(
            app,
            Set(app, "first", new GateOf(_ => Note("first", GateVerdict.Continue))),
            Set(app, "second", new GateOf(_ => Note("second", GateVerdict.Refuse("second says no")))),
            Set(app, "third", new GateOf(_ => Note("third", GateVerdict.Continue))));
        Assert.Equal("second says no", app.Connect().Call<EventRefusal>("x")!.Reason);
        Assert.Equal(["first", "second"], asked);

        GateVerdict Note(string name, GateVerdict verdict)
        {
            asked.Add(name);
            return verdict;
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void What_a_gate_puts_in_the_place_of_an_event_is_all_that_others_see_with_the_same_acknowledgement(Place place)
    {
        List<string> seen = [];
        var app = StartAt(place, server =>
        {
            server.OnAny(e => seen.Add($"any {e.Context.Name} {Encoding.UTF8.GetString(e.ArgumentsUtf8)}"));
            server.OnWithAck("add", (int a, int b) => a + b);
            server.On("old", () => seen.Add("old"));
        });
        Use(
            app,
            Set(app, "rename", new GateOf(e => e.Is("old"u8) ? GateVerdict.Replace(EventReplacement.Rename("middle")) : GateVerdict.Continue)),
            Set(app, "arguments", new GateOf(e => e.Is("middle"u8) ? GateVerdict.Replace(EventReplacement.Of("add", "20, 22"u8.ToArray())) : GateVerdict.Continue)));
        Assert.Equal(42, app.Connect().Call<int>("old", "text"));
        Assert.Equal(["any add 20, 22"], seen);
    }

    [Fact]
    public void An_event_that_becomes_a_number_or_a_name_that_nobody_handles_is_that()
    {
        var got = 0;
        var app = Start(server => server.On(7, (int value) => { got = value; }), builder => builder.Options.AckErrors = true);
        Gate(app, e => e.Is("seven"u8) ? GateVerdict.Replace(EventReplacement.Rename(7)) : e.Is("lost"u8) ? GateVerdict.Replace(EventReplacement.Rename("nowhere")) : GateVerdict.Continue);
        var client = app.Connect();
        client.Emit("seven", 5);
        Assert.Equal(RefusalCode.UnknownEvent, client.Call<EventRefusal>("lost")!.Code);
        Assert.Equal(5, got);
    }

    [Fact]
    public void Attachments_stay_or_are_replaced_with_the_arguments()
    {
        List<string> got = [];
        var app = Start(server =>
        {
            server.On("kept", (byte[] bytes) => got.Add("kept " + string.Join(' ', bytes)));
            server.On("other", (int number, byte[] bytes) => got.Add($"other {number} {string.Join(' ', bytes)}"));
            server.On("none", (int number) => got.Add("none " + number));
        });
        Gate(app, e => GateVerdict.Replace(got.Count switch
        {
            0 => EventReplacement.Rename("kept"),
            1 => EventReplacement.Of("other", """7,{"_placeholder":true,"num":0}"""u8.ToArray(), [new byte[] { 9, 8 }]),
            2 => EventReplacement.Of("other", """8,{"_placeholder":true,"num":0}"""u8.ToArray()),
            _ => EventReplacement.Of("none", "3"u8.ToArray(), []),
        }));
        var client = app.Connect();
        for (var i = 0; i < 4; i++)
        {
            client.Emit("bytes", new byte[] { 1, 2 });
            app.RunUntilIdle();
        }

        Assert.Equal(["kept 1 2", "other 7 9 8", "other 8 1 2", "none 3"], got);
    }

    public static TheoryData<string> NoEvents => ["1,", "{", "1 2", "\"\\ud800\"", "nul", ",1", "{\"_placeholder\":true,\"num\":0}"];

    [Theory]
    [MemberData(nameof(NoEvents))]
    public void A_replacement_that_is_no_event_counts_against_its_plugin_and_the_event_goes_on_as_it_was(string arguments)
    {
        var app = Start(server => server.OnWithAck("echo", (string text) => text));
        var set = Gate(app, _ => GateVerdict.Replace(EventReplacement.Of("echo", Encoding.UTF8.GetBytes(arguments))));
        Assert.Equal("as it was", app.Connect().Call<string>("echo", "as it was"));
        Assert.Equal(1, set.Status.Single().Faults);
    }

    [Fact]
    public void A_replacement_of_invalid_UTF_8_or_nested_too_deeply_is_no_event()
    {
        var app = Start(server => server.OnWithAck("echo", (string text) => text), builder => builder.Options.Limits.JsonDepth = 4);
        byte[] arguments = [(byte)'"', 0xC3, (byte)'"'];
        var set = Gate(app, _ => GateVerdict.Replace(EventReplacement.Of("echo", arguments)));
        var client = app.Connect();
        Assert.Equal("x", client.Call<string>("echo", "x"));
        arguments = "[[[[1]]]]"u8.ToArray();
        Assert.Equal("x", client.Call<string>("echo", "x"));
        Assert.Equal(2, set.Status.Single().Faults);
        arguments = "\"deep enough\",[[[1]]]"u8.ToArray();
        Assert.Equal("deep enough", client.Call<string>("echo", "x"));
    }

    [Fact]
    public void A_gate_sees_the_events_of_all_namespaces_and_those_that_nobody_handles()
    {
        List<string> seen = [];
        var app = Start(server =>
        {
            server.Of("/chat");
            server.Of("/room-{id}");
        });
        Gate(app, e =>
        {
            seen.Add(e.Socket.Namespace.Name + " " + e.Context.Name);
            return GateVerdict.Continue;
        });
        app.Connect().Emit("a");
        app.Connect("/chat").Emit("b");
        app.Connect("/room-7").Emit(3);
        app.RunUntilIdle();
        Assert.Equal(["/ a", "/chat b", "/room-7 3"], seen);
    }

    [Fact]
    public void A_gate_may_answer_emit_disconnect_and_register_without_harm()
    {
        var app = Start(server => server.On("x", () => { }));
        Gate(app, e =>
        {
            e.Context.Ack("from the gate");
            e.Socket.Emit("news", 1);
            e.Socket.On("later", () => { });
            if (e.Is("leave"u8))
            {
                e.Socket.Disconnect();
            }

            return GateVerdict.Stop;
        });
        var client = app.Connect();
        Assert.Equal("from the gate", client.Call<string>("x"));
        Assert.Equal(1, client.Next<int>("news"));
        client.Emit("leave");
        app.RunUntilIdle();
        Assert.False(client.IsConnected);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_gate_that_names_events_is_asked_about_those_alone(Place place)
    {
        List<string> asked = [], handled = [];
        var app = StartAt(place, server => server.OnAny(e => handled.Add(e.Context.Name.ToString())));
        Use(app, Set(app, "guard", new GateOfEvents(e => Note(asked, e), "buy", "sell", 7, "größe")));
        var client = app.Connect();
        foreach (var name in new EventName[] { "buy", "buz", "bu", "sell", 7, 8, "7", "größe", "grösse", "other" })
        {
            client.Emit(name);
        }

        client.SendRaw("2[\"b\\u0075y\"]");
        client.SendRaw("2[7.5]");
        Assert.True(app.RunUntil(() => handled.Count == 12));
        Assert.Equal(["buy", "sell", "7", "größe", "buy"], asked);
    }

    [Fact]
    public void A_gate_that_names_events_hears_of_those_that_another_one_has_renamed_to_them()
    {
        List<string> first = [], second = [];
        var app = Start(server => server.OnWithAck("inner", () => "inner"));
        Use(
            app,
            Set(app, "before", new GateOfEvents(e => Note(first, e), "inner")),
            Set(app, "rename", new GateOfEvents(_ => GateVerdict.Replace(EventReplacement.Rename("inner")), "outer")),
            Set(app, "after", new GateOfEvents(e => Note(second, e), "inner")),
            Set(app, "gone", new GateOfEvents(e => Note(second, e), "outer")));
        Assert.Equal("inner", app.Connect().Call<string>("outer"));
        Assert.Empty(first);
        Assert.Equal(["inner"], second);
    }

    [Fact]
    public void A_closed_gate_that_fails_refuses_only_events_that_it_names()
    {
        var app = Start(server => server.OnWithAck("other", () => "answer"));
        Use(app, Set(app, "guard", new GateOfEvents(_ => throw new InvalidOperationException("x"), "buy"), FaultMode.Closed));
        var client = app.Connect();
        Assert.Equal(Unavailable, client.Call<EventRefusal>("buy")!.Code);
        Assert.Equal("answer", client.Call<string>("other"));
    }

    [Fact]
    public void A_gate_with_no_list_of_events_is_told_that_an_empty_one_stands_for_all()
    {
        var app = Start(server => { });
        var fault = Assert.Throws<InvalidOperationException>(() => Set(app, "guard", new GateOfEvents(_ => GateVerdict.Continue, null)));
        Assert.Equal("Events of its IEventGate is null; an empty list stands for all events.", fault.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public void What_a_gate_registers_or_removes_holds_for_the_event_that_it_is_asked_about(int others)
    {
        List<string> handled = [];
        EventRegistration? registration = null;
        var app = Start(server => registration = server.On("x", () => { handled.Add("old"); }));
        var round = 0;
        Gate(app, _ =>
        {
            // First one more, with so many others that the table grows; then without the first.
            if (round++ == 0)
            {
                for (var i = 0; i < others; i++)
                {
                    app.Server.On($"other-{i}", () => { });
                }

                app.Server.On("x", () => { handled.Add("new"); });
            }
            else
            {
                registration!.Dispose();
            }

            return GateVerdict.Continue;
        });
        var client = app.Connect();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(["old", "new"], handled);
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(["old", "new", "new"], handled);
    }

    [Theory]
    [InlineData("2[\"sockeye:refused\",{}]")]
    [InlineData("2[\"sockeye\\u003arefused\",{}]")]
    public void No_client_sends_what_the_server_says_of_refused_events(string packet)
    {
        var got = 0;
        var app = Start(server => server.OnAny(_ => got++));
        var client = app.Connect();
        client.SendRaw(packet);
        app.RunUntilIdle();
        Assert.Equal(0, got);
        Assert.True(client.IsClosed || client.Disconnected is not null);
    }

    [Fact]
    public void The_setting_Refusals_of_the_section_of_a_plugin_decides_over_its_attribute()
    {
        Assert.Equal(RefusalAnswer.Ack, HookSet.RefusalsOf(RefusalAnswer.Ack, Section(null)));
        Assert.Equal(RefusalAnswer.Silent, HookSet.RefusalsOf(RefusalAnswer.Ack, Section("silent")));
        foreach (var bad in new[] { "loud", "1", "", "Ack,Silent" })
        {
            var fault = Assert.Throws<FormatException>(() => HookSet.RefusalsOf(RefusalAnswer.Ack, Section(bad)));
            Assert.Equal($"Plugins:guard:Refusals is \"{bad}\"; it must be Event, Ack, Disconnect or Silent.", fault.Message);
        }

        var list = Assert.Throws<FormatException>(() => HookSet.RefusalsOf(RefusalAnswer.Ack, new SectionOf("Plugins:guard", null, "Refusals", "Silent")));
        Assert.Equal("Plugins:guard:Refusals is a list or a group; it must be Event, Ack, Disconnect or Silent.", list.Message);

        static SectionOf Section(string? refusals) => new("Plugins:guard", refusals);
    }

    [Fact]
    public void The_setting_WhenFaulted_of_the_section_of_a_plugin_closes_it_and_opens_none_that_protects_something()
    {
        Assert.Equal(FaultMode.Open, HookSet.ModeOf(FaultMode.Open, Section(null)));
        Assert.Equal(FaultMode.Open, HookSet.ModeOf(FaultMode.Open, Section("open")));
        Assert.Equal(FaultMode.Closed, HookSet.ModeOf(FaultMode.Open, Section("closed")));
        Assert.Equal(FaultMode.Closed, HookSet.ModeOf(FaultMode.Closed, Section(null)));
        Assert.Equal(FaultMode.Closed, HookSet.ModeOf(FaultMode.Closed, Section("Closed")));
        Assert.Equal(
            "Plugins:guard:WhenFaulted is Open, and the plugin protects something: it is declared Closed and stays so.",
            Assert.Throws<FormatException>(() => HookSet.ModeOf(FaultMode.Closed, Section("Open"))).Message);
        foreach (var bad in new[] { "ajar", "1", "" })
        {
            var fault = Assert.Throws<FormatException>(() => HookSet.ModeOf(FaultMode.Open, Section(bad)));
            Assert.Equal($"Plugins:guard:WhenFaulted is \"{bad}\"; it must be Open or Closed.", fault.Message);
        }

        static SectionOf Section(string? mode) => new("Plugins:guard", mode, "WhenFaulted");
    }

    [Fact]
    public void The_name_of_a_refused_event_is_the_one_that_the_client_has_sent()
    {
        var app = Start(server => { });
        Use(
            app,
            Set(app, "rename", new GateOf(_ => GateVerdict.Replace(EventReplacement.Rename("inner")))),
            Set(app, "refuse", new GateOf(e => GateVerdict.Refuse(e.Context.Name.ToString()))));
        var client = app.Connect();
        client.Emit("outer");
        Assert.Equal("""{"event":"outer","reason":"inner","code":"refused"}""", client.Next("sockeye:refused").Json);
    }

    [Fact]
    public void A_refusal_to_a_client_that_reads_nothing_is_bound_by_its_outbox()
    {
        var app = Start(server => { }, builder =>
        {
            builder.Options.Outbox.HighWatermarkBytes = 1024;
            builder.Options.Outbox.LowWatermarkBytes = 512;
            builder.Options.Outbox.MaxBytes = 4096;
        });
        Gate(app, _ => GateVerdict.Refuse(new string('x', 500)));
        var client = app.Connect();
        client.PauseReading();
        for (var i = 0; i < 2000 && !client.IsClosed; i++)
        {
            client.Emit(string.Create(CultureInfo.InvariantCulture, $"e{i}"));
            app.RunUntilIdle();
            Assert.True(client.Socket is null || client.Socket.OutboxBytes <= 8192);
        }

        Assert.False(client.IsConnected);
    }

    private static GateVerdict Note(List<string> names, EventReader e)
    {
        names.Add(e.Context.Name.ToString());
        return GateVerdict.Continue;
    }
}
