using System.Globalization;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What a client that waits for an acknowledgement hears of an event that fails.</summary>
public class AckErrorTests : ServerTest
{
    private const string Failed = """{"refused":"The handler of this event has failed.","code":"handler_failed"}""";
    private const string BadArguments = """{"refused":"The arguments are not those that the handler of this event reads.","code":"bad_arguments"}""";
    private const string Unknown = """{"refused":"There is no handler for this event.","code":"unknown_event"}""";

    private static readonly SocketEvent<int, int> Half = new("half");

    /// <summary>Where handlers run.</summary>
    public enum Place
    {
        EventLoop,
        Pool,
        GameLoop,
    }

    public static TheoryData<Place, string, string> Failures
    {
        get
        {
            TheoryData<Place, string, string> rows = [];
            foreach (var place in Enum.GetValues<Place>())
            {
                foreach (var name in new[] { "throws", "throws later", "answers by hand", "cancelled", "declared cancelled", "unwritable", "later unwritable", "raw", "task", "half" })
                {
                    rows.Add(place, name, Failed);
                }

                foreach (var name in new[] { "number", "later number", "missing", "raw number" })
                {
                    rows.Add(place, name, BadArguments);
                }

                rows.Add(place, "nobody", Unknown);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Where_AckErrors_is_on_a_failure_is_the_acknowledgement_wherever_handlers_run(Place place, string name, string expected)
    {
        var app = StartAt(place, ackErrors: true);
        var answer = app.Connect().CallRaw(name, name == "half" ? 3 : name == "missing" ? null! : "text");
        Assert.Equal(expected, answer.Json);
        Assert.Equal(name == "nobody" ? 0 : 1, app.HandlerErrorCount);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Where_it_is_off_the_acknowledgement_of_a_failure_gets_nothing(Place place, string name, string unsent)
    {
        var app = StartAt(place, ackErrors: false);
        var client = app.Connect();
        var asked = client.Ask(name, name == "half" ? 3 : name == "missing" ? null! : "text");
        Assert.Equal("ok", client.Call<string>("fine"));
        Assert.True(app.RunUntil(() => name == "nobody" || app.HandlerErrorCount == 1));
        app.RunUntilIdle();
        Assert.Null(client.AnswerTo(asked));
        Assert.NotEmpty(unsent);
    }

    [Fact]
    public void An_event_without_an_acknowledgement_gets_none_of_its_failure()
    {
        var app = StartAt(Place.EventLoop, ackErrors: true);
        var client = app.Connect();
        client.Emit("throws");
        client.Emit("nobody");
        app.RunUntilIdle();
        Assert.Equal(0, client.Pending);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void What_handlers_have_thrown_is_told_in_development_alone_and_cut()
    {
        var app = Start(
            server =>
            {
                server.OnWithAck("short", int () => throw new InvalidOperationException("The password is \"secret\"."));
                server.OnWithAck("long", int () => throw new InvalidOperationException(new string('x', 5000)));
                server.OnWithAck("number", (int number) => number);
            },
            builder =>
            {
                builder.Options.AckErrors = true;
                builder.Options.Development = true;
            });
        var client = app.Connect();
        Assert.Equal("""{"refused":"InvalidOperationException: The password is \"secret\".","code":"handler_failed"}""", client.CallRaw("short").Json);
        Assert.Equal(EventRefusal.MaxLength, client.Call<EventRefusal>("long")!.Reason.Length);
        Assert.StartsWith("EventFormatException: The first argument of \"number\" is the string", client.Call<EventRefusal>("number", "x")!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_that_cannot_even_say_what_it_is_ends_nothing()
    {
        var app = Start(
            server =>
            {
                server.OnWithAck("now", int () => throw new MuteException());
                server.OnWithAck("later", async Task<int> () =>
                {
                    await Task.Yield();
                    throw new MuteException();
                });
                server.OnWithAck("fine", () => "ok");
            },
            builder =>
            {
                builder.Options.AckErrors = true;
                builder.Options.Development = true;
            });
        var client = app.Connect();
        Assert.Equal("""{"refused":"MuteException","code":"handler_failed"}""", client.CallRaw("now").Json);
        Assert.Equal("""{"refused":"MuteException","code":"handler_failed"}""", client.CallRaw("later").Json);
        Assert.Equal("ok", client.Call<string>("fine"));
    }

    [Fact]
    public void A_namespace_decides_for_itself_and_those_of_a_pattern_as_the_pattern_unless_they_say_otherwise()
    {
        var app = Start(
            server =>
            {
                server.Of("/quiet").AckErrors = false;
                server.Of("/room-{id}").AckErrors = false;
                server.Of("/room-7").AckErrors = true;
            },
            builder => builder.Options.AckErrors = true);
        Assert.Equal(Unknown, app.Connect().CallRaw("x").Json);
        Assert.Null(AnswerNow(app, app.Connect("/quiet"), "x"));
        Assert.Null(AnswerNow(app, app.Connect("/room-1"), "x"));
        Assert.Equal(Unknown, app.Connect("/room-7").CallRaw("x").Json);
        app.Server.Of("/quiet").AckErrors = null;
        Assert.Equal(Unknown, app.Connect("/quiet").CallRaw("x").Json);
    }

    [Fact]
    public void A_namespace_of_a_pattern_that_answers_failures_is_kept()
    {
        var app = Start(server => server.Of("/room-{id}"));
        app.Server.Of("/room-7").AckErrors = true;
        for (var i = 0; i < 1100; i++)
        {
            app.Server.Of("/room-x" + i.ToString(CultureInfo.InvariantCulture));
        }

        Assert.True(app.Server.FindNamespace("/room-7")!.AckErrors);
    }

    [Fact]
    public void A_handler_that_has_answered_and_then_fails_answers_once()
    {
        var app = Start(
            server =>
            {
                server.On("now", (EventContext e) =>
                {
                    e.Ack("done");
                    throw new InvalidOperationException();
                });
                server.On("later", async (EventContext e) =>
                {
                    e.Ack("done");
                    await Task.Yield();
                    throw new InvalidOperationException();
                });
            },
            builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        Assert.Equal("\"done\"", client.CallRaw("now").Json);
        Assert.Equal("\"done\"", client.CallRaw("later").Json);
        app.RunUntilIdle();
        Assert.Equal(2, app.HandlerErrorCount);
    }

    [Fact]
    public void A_handler_that_ends_and_never_answers_is_no_failure()
    {
        var app = Start(server => server.On("x", () => { }), builder => builder.Options.AckErrors = true);
        Assert.Null(AnswerNow(app, app.Connect(), "x"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_refusal_that_a_handler_throws_is_its_answer_whatever_AckErrors_says(bool ackErrors)
    {
        var app = Start(
            server =>
            {
                server.OnWithAck("now", int () => throw new EventRefusedException("It is not your turn.", "not_your_turn"));
                server.OnWithAck("later", async Task<int> (EventContext e) =>
                {
                    await Task.Yield();
                    throw new EventRefusedException("It is \"late\".");
                });
                server.On("by hand", (EventContext e) => Assert.True(e.Refuse("Full.", "full")));
            },
            builder => builder.Options.AckErrors = ackErrors);
        var client = app.Connect();
        Assert.Equal("""{"refused":"It is not your turn.","code":"not_your_turn"}""", client.CallRaw("now").Json);
        Assert.Equal("""{"refused":"It is \"late\".","code":"refused"}""", client.CallRaw("later").Json);
        Assert.Equal("""{"refused":"Full.","code":"full"}""", client.CallRaw("by hand").Json);
        Assert.Equal(["It is not your turn.", "It is \"late\"."], app.HandlerErrors.Select(static error => error.Exception.Message));
    }

    [Fact]
    public void A_listener_of_errors_may_answer_before_the_server_does_but_not_in_place_of_a_handler_that_refuses()
    {
        var app = Start(
            server =>
            {
                server.OnHandlerError(error => error.Context.Ack("sorry"));
                server.OnWithAck("fails", int () => throw new InvalidOperationException());
                server.OnWithAck("fails later", async Task<int> () =>
                {
                    await Task.Yield();
                    throw new InvalidOperationException();
                });
                server.OnWithAck("refuses", int () => throw new EventRefusedException("No."));
            },
            builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        Assert.Equal("\"sorry\"", client.CallRaw("fails").Json);
        Assert.Equal("\"sorry\"", client.CallRaw("fails later").Json);
        Assert.Equal("""{"refused":"No.","code":"refused"}""", client.CallRaw("refuses").Json);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_filter_that_rejects_is_heard_of_where_AckErrors_is_on_and_one_that_stops_is_silent(bool ackErrors)
    {
        var app = Start(
            server =>
            {
                server.UseEvent(e => e.Is("rejected"u8) ? EventVerdict.Reject("Log in first.", "login")
                    : e.Is("stopped"u8) ? EventVerdict.Stop
                    : e.Is("filter fails"u8) ? throw new InvalidOperationException()
                    : e.Is("filter refuses"u8) ? throw new EventRefusedException("Never.")
                    : EventVerdict.Continue);
                foreach (var name in new[] { "rejected", "stopped", "filter fails", "filter refuses" })
                {
                    server.OnWithAck(name, int () => throw new InvalidOperationException("It does not run."));
                }
            },
            builder => builder.Options.AckErrors = ackErrors);
        var client = app.Connect();
        var rejected = client.Ask("rejected");
        var stopped = client.Ask("stopped");
        var unknownStopped = client.Ask("stopped");
        var failed = client.Ask("filter fails");
        var refused = client.Ask("filter refuses");
        var unknown = client.Ask("nobody");
        app.RunUntilIdle();
        Assert.Equal(ackErrors ? """{"refused":"Log in first.","code":"login"}""" : null, client.AnswerTo(rejected)?.Json);
        Assert.Null(client.AnswerTo(stopped));
        Assert.Null(client.AnswerTo(unknownStopped));
        Assert.Equal(ackErrors ? Failed : null, client.AnswerTo(failed)?.Json);
        Assert.Equal("""{"refused":"Never.","code":"refused"}""", client.AnswerTo(refused)?.Json);
        Assert.Equal(ackErrors ? Unknown : null, client.AnswerTo(unknown)?.Json);
        Assert.Equal("Log in first.", Assert.IsType<EventRefusedException>(app.HandlerErrors[0].Exception).Message);
    }

    [Fact]
    public void An_event_that_only_listeners_see_is_unknown_unless_one_of_them_answers_or_may_still_do_so()
    {
        var open = new TaskCompletionSource();
        var app = Start(
            server =>
            {
                server.OnAny(e => { });
                server.OnAny(e => e.Is("answered"u8) ? Answer(e.Context) : null);
                server.OnAny(e => e.Is("in vain"u8) ? open.Task : null);
                server.OnAny(e => e.Is("listener fails"u8) ? throw new InvalidOperationException() : null);

                async Task Answer(EventContext context)
                {
                    await open.Task;
                    context.Ack("late");
                }
            },
            builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        Assert.Equal(Unknown, client.CallRaw("nobody").Json);
        Assert.Equal(Unknown, client.CallRaw("listener fails").Json);
        var answered = client.Ask("answered");
        app.RunUntilIdle();
        Assert.Null(client.AnswerTo(answered));
        open.SetResult();
        Assert.True(app.RunUntil(() => client.AnswerTo(answered) is not null));
        Assert.Equal("\"late\"", client.AnswerTo(answered)!.Json);
        open = new TaskCompletionSource();
        var vain = client.Ask("in vain");
        app.RunUntilIdle();
        Assert.Null(client.AnswerTo(vain));
        open.SetResult();
        Assert.True(app.RunUntil(() => client.AnswerTo(vain) is not null));
        Assert.Equal(Unknown, client.AnswerTo(vain)!.Json);
    }

    [Fact]
    public void Of_several_handlers_one_that_fails_takes_the_answer_from_nobody()
    {
        var open = new TaskCompletionSource();
        var app = Start(
            server =>
            {
                server.On("now", () => throw new InvalidOperationException());
                server.OnWithAck("now", () => "answer");
                server.On("later", async () =>
                {
                    await Task.Yield();
                    throw new InvalidOperationException();
                });
                server.OnWithAck("later", async () =>
                {
                    await open.Task;
                    return "answer";
                });
                server.On("all fail", () => throw new InvalidOperationException());
                server.On("all fail", async () =>
                {
                    await open.Task;
                    throw new InvalidOperationException();
                });
            },
            builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        Assert.Equal("\"answer\"", client.CallRaw("now").Json);
        var later = client.Ask("later");
        app.RunUntil(() => app.HandlerErrorCount == 2);
        app.RunUntilIdle();
        Assert.Null(client.AnswerTo(later));
        open.SetResult();
        Assert.True(app.RunUntil(() => client.AnswerTo(later) is not null));
        Assert.Equal("\"answer\"", client.AnswerTo(later)!.Json);
        open = new TaskCompletionSource();
        var allFail = client.Ask("all fail");
        app.RunUntilIdle();
        Assert.Null(client.AnswerTo(allFail));
        open.SetResult();
        Assert.True(app.RunUntil(() => client.AnswerTo(allFail) is not null));
        Assert.Equal(Failed, client.AnswerTo(allFail)!.Json);
    }

    [Fact]
    public void A_socket_s_own_handlers_and_concurrent_ones_are_no_exception()
    {
        var app = Start(
            server =>
            {
                server.OnConnection(socket => { socket.On("own", async () => await Task.FromException(new InvalidOperationException())); });
                server.On("concurrent", async () =>
                {
                    await Task.Yield();
                    throw new InvalidOperationException();
                }).Concurrent();
            },
            builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        Assert.Equal(Failed, client.CallRaw("own").Json);
        Assert.Equal(Failed, client.CallRaw("concurrent").Json);
    }

    [Fact]
    public void A_binary_event_is_refused_in_text()
    {
        var app = Start(server => server.OnWithAck("save", (byte[] image) => image.Length > 2 ? throw new InvalidOperationException() : image), builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        Assert.Equal([1, 2], client.Call<byte[]>("save", new byte[] { 1, 2 })!);
        Assert.Equal(Failed, client.CallRaw("save", new byte[] { 1, 2, 3 }).Json);
        Assert.Equal(BadArguments, client.CallRaw("save", 1).Json);
        Assert.Equal(Unknown, client.CallRaw("nobody", new byte[] { 1 }).Json);
    }

    [Fact]
    public void A_handler_that_fails_when_its_client_has_gone_tells_nobody()
    {
        var open = new TaskCompletionSource();
        var app = Start(
            server => server.OnWithAck("x", async Task<int> () =>
            {
                await open.Task;
                throw new InvalidOperationException();
            }),
            builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        client.Ask("x");
        app.RunUntilIdle();
        client.Reset();
        app.RunUntilIdle();
        open.SetResult();
        Assert.True(app.RunUntil(() => app.HandlerErrorCount == 1));
    }

    [Fact]
    public void A_refusal_can_be_an_argument_and_what_a_client_answers_can_be_read_as_one()
    {
        var app = Start(server => server.OnWithAck("x", () => new EventRefusal("No \"x\" here.", "no_x")));
        var client = app.Connect();
        Assert.Equal("""{"refused":"No \"x\" here.","code":"no_x"}""", client.CallRaw("x").Json);
        Assert.Equal("no_x", client.Call<EventRefusal>("x")!.Code);
        var asked = client.Socket!.EmitWithAckAsync<EventRefusal>("q");
        client.Next("q").Answer(new EventRefusal("Busy.", "busy"));
        Assert.Equal("Busy. (busy)", app.Await(asked).ToString());
    }

    [Fact]
    public void A_test_client_whose_call_is_refused_throws_unless_it_asks_for_the_refusal()
    {
        var app = Start(server =>
        {
            server.OnWithAck("turn", int () => throw new EventRefusedException("It is not your turn.", "not_your_turn"));
            server.OnWithAck("object", () => new Dictionary<string, object?> { ["refused"] = 3 });
        });
        var client = app.Connect();
        Assert.Equal("not_your_turn", Assert.Throws<EventRefusedException>(() => client.Call<int>("turn")).Code);
        Assert.Equal("not_your_turn", client.Call<EventRefusal>("turn")!.Code);
        Assert.Equal("not_your_turn", client.Call<System.Text.Json.JsonElement>("turn").GetProperty("code").GetString());
        Assert.Equal(3, client.Call<Dictionary<string, int>>("object")!["refused"]);
    }

    [Fact]
    public void A_long_reason_is_cut_between_characters()
    {
        var cut = new EventRefusal(string.Concat(Enumerable.Repeat("\U0001F41F", 600)), "x").Reason;
        Assert.Equal(EventRefusal.MaxLength - 1, cut.Length);
        Assert.EndsWith("\U0001F41F…", cut, StringComparison.Ordinal);
        Assert.Equal(EventRefusal.MaxLength, new EventRefusal(new string('x', EventRefusal.MaxLength)).Reason.Length);
        Assert.Equal(EventRefusal.MaxLength, new EventRefusal(new string('x', EventRefusal.MaxLength + 1)).Reason.Length);
        Assert.Throws<ArgumentException>(() => new EventRefusal("x", ""));
        Assert.Throws<ArgumentNullException>(() => new EventRefusal(null!));
    }

    private sealed class MuteException : Exception
    {
        public override string Message => throw new InvalidOperationException("No message.");
    }

    private static string? AnswerNow(SockeyeTestServer app, SockeyeTestClient client, string name)
    {
        var asked = client.Ask(name);
        app.RunUntilIdle();
        return client.AnswerTo(asked)?.Json;
    }

    private SockeyeTestServer StartAt(Place place, bool ackErrors) => Start(
        server =>
        {
            switch (place)
            {
                case Place.Pool:
                    server.RunHandlers(HandlerThread.Pool);
                    break;
                case Place.GameLoop:
                    server.RunHandlersOn(server.CreateLoop("arena", 20));
                    break;
            }

            server.OnWithAck("fine", () => "ok");
            server.OnWithAck("throws", int () => throw new InvalidOperationException("secret"));
            server.OnWithAck("throws later", async Task<int> () =>
            {
                await Task.Yield();
                throw new InvalidOperationException("secret");
            });
            server.On("answers by hand", void (EventContext e) => throw new InvalidOperationException("secret"));
            server.OnWithAck("cancelled", async Task<int> () =>
            {
                await Task.Yield();
                throw new OperationCanceledException("secret");
            });
            server.OnWithAck("declared cancelled", Task<int> () => Task.FromCanceled<int>(new CancellationToken(canceled: true)));
            server.OnWithAck("unwritable", () => double.NaN);
            server.OnWithAck("later unwritable", async () =>
            {
                await Task.Yield();
                return double.NaN;
            });
            server.OnRaw("raw", void (e) => throw new InvalidOperationException("secret"));
            server.On("task", Task () => Task.FromException(new InvalidOperationException("secret")));
            server.On(Half, (int number) => number % 2 == 0 ? number / 2 : throw new InvalidOperationException("secret"));
            server.OnWithAck("number", (int number) => number);
            server.OnWithAck("later number", async (int number) =>
            {
                await Task.Yield();
                return number;
            });
            server.OnWithAck("missing", (int number, int second) => number + second);
            server.OnRaw("raw number", e =>
            {
                e.Read<int>();
                e.AckRaw();
            });
        },
        builder => builder.Options.AckErrors = ackErrors);
}
