using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Sockeye.Abstractions;
using Sockeye.Server.Common;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Mistakes;

/// <summary>Mistakes of the first day, each with the whole line that standard error gets; time, addresses and ids are put into words.</summary>
public sealed partial class ToldMistakesTests : ServerTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly MemoryStream _written = new();
    private readonly ConsoleLines _console;

    public ToldMistakesTests() => _console = new ConsoleLines(() => _written);

    private string[] Lines
    {
        get
        {
            Assert.True(_console.Flush(Patience));
            return [.. Encoding.UTF8.GetString(_written.ToArray()).Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => Id().Replace(Peer().Replace(Time().Replace(line, "TIME"), "PEER"), "socket ID").Replace("Socket ID", "socket ID", StringComparison.Ordinal))];
        }
    }

    [Fact]
    public void A_handler_throws()
    {
        var app = Start(server => server.On("chat", (SockeyeSocket socket, string text) => Fail(text)));
        Send(app, "2[\"chat\",\"hi\"]");
        Assert.Matches("""^TIME error Sockeye\.Server: A handler of "chat" failed in / for socket ID of PEER: System\.InvalidOperationException: hi at Sockeye\.Server\.Tests\.Mistakes\.ToldMistakesTests\.Fail in ToldMistakesTests\.cs:\d+$""", Assert.Single(Lines));
    }

    [Fact]
    public void A_handler_throws_after_an_await()
    {
        var app = Start(server => server.Of("/game").On("chat", async Task (string text) =>
        {
            await Task.Yield();
            throw new InvalidOperationException("line\nbreak");
        }));
        Send(app, "2/game,[\"chat\",\"hi\"]", "/game");
        Assert.Matches(
            """^TIME error Sockeye\.Server: A handler of "chat" failed in /game for socket ID of PEER: System\.InvalidOperationException: line\\u000abreak at a lambda of Sockeye\.Server\.Tests\.Mistakes\.ToldMistakesTests\.A_handler_throws_after_an_await in ToldMistakesTests\.cs:\d+$""",
            Assert.Single(Lines));
    }

    [Fact]
    public void An_exception_that_cannot_be_read_is_told_by_its_type()
    {
        var app = Start(server => server.On("chat", void () => throw new Unreadable()));
        Send(app, "2[\"chat\"]");
        Assert.Matches("""^TIME error Sockeye\.Server: A handler of "chat" failed in / for socket ID of PEER: Sockeye\.Server\.Tests\.Mistakes\.ToldMistakesTests\+Unreadable: \(it has no message that can be read\) at """, Assert.Single(Lines));
        Assert.EndsWith("Unreadable: (it has no message that can be read)", Assert.Single(app.HandlerErrors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clean")]
    [InlineData("not\nclean")]
    public void An_exception_with_thousands_behind_it_is_told_by_the_first_of_them(string message)
    {
        var failure = new InvalidOperationException(message);
        for (var i = 0; i < 100_000; i++)
        {
            failure = new InvalidOperationException(message, failure);
        }

        Assert.Equal(32, Depth(CleanException.Of(failure)));
        Assert.Equal(20, Depth(CleanException.Of(Chain(20))));

        Exception Chain(int length) => length == 1 ? new InvalidOperationException("\n") : new InvalidOperationException("x", Chain(length - 1));

        static int Depth(Exception? exception)
        {
            var depth = 0;
            for (; exception is not null; exception = exception.InnerException)
            {
                depth++;
            }

            return depth;
        }
    }

    [Theory]
    [InlineData("42", "is the number 42; the handler reads a string as \"text\"")]
    [InlineData("{\"a\":[1,2,3],\"b\":\"a long text that goes on\"}", "is the object {\"a\":[1,2,3],\"b\":\"a long text that goes …; the handler reads a string as \"text\"")]
    [InlineData("null", "is null; the handler reads a string as \"text\"")]
    [InlineData("", "is missing; the handler reads a string as \"text\"")]
    public void An_argument_is_of_another_type(string argument, string says)
    {
        var app = Start(server => server.On<SockeyeSocket, string>("chat", OnChat));
        Send(app, argument.Length == 0 ? "2[\"chat\"]" : $"2[\"chat\",{argument}]");
        Assert.Equal(
            $"TIME warn Sockeye.Server: An event \"chat\" of socket ID of PEER was refused in /: The first argument of \"chat\" {says} (Sockeye.Server.Tests.Mistakes.ToldMistakesTests.OnChat)",
            Assert.Single(Lines));
    }

    [Fact]
    public void A_record_has_another_shape()
    {
        var app = Start(server => server.On("join", (SockeyeSocket socket, List<Player> players) => { }));
        Send(app, "2[\"join\",[{\"name\":5}]]");
        Assert.Equal(
            "TIME warn Sockeye.Server: An event \"join\" of socket ID of PEER was refused in /: The first argument of \"join\" is the array [{\"name\":5}]; the handler reads a List<Player> as \"players\": "
            + "The JSON value could not be converted to Sockeye.Server.Tests.Mistakes.ToldMistakesTests+Player. Path: $[0].name (a lambda of Sockeye.Server.Tests.Mistakes.ToldMistakesTests.A_record_has_another_shape)",
            Assert.Single(Lines));
    }

    [Fact]
    public void Nobody_listens_which_is_told_in_development_once_for_each_name()
    {
        var app = Start(
            server =>
            {
                server.On("chat", (string text) => { });
                server.Of("/game").On("move", (int x) => { });
            },
            builder => builder.Options.Development = true);
        Send(app, "2[\"chta\",1]", "", "2[\"chta\",2]", "2[\"move\",2]", "2[\"else\"]", "2[7]");
        Assert.Equal(
            [
                "TIME warn Sockeye.Server: Nobody listens to \"chta\" of socket ID of PEER in /; is \"chat\" meant?",
                "TIME warn Sockeye.Server: Nobody listens to \"move\" of socket ID of PEER in /: its handler is registered in /game",
                "TIME warn Sockeye.Server: Nobody listens to \"else\" of socket ID of PEER in /",
                "TIME warn Sockeye.Server: Nobody listens to \"7\" of socket ID of PEER in /",
            ],
            Lines);
    }

    [Fact]
    public void Outside_of_development_it_is_for_those_who_debug()
    {
        var app = Start(server => server.On("chat", (string text) => { }));
        Send(app, "2[\"chta\",1]");
        Assert.Empty(Lines);
        app = Start(server => server.On("chat", (string text) => { }), builder => builder.Options.ConsoleLog = LogLevel.Debug);
        Send(app, "2[\"chta\",1]");
        Assert.Contains("TIME debug Sockeye.Server: Nobody listens to \"chta\" of socket ID of PEER in /; is \"chat\" meant?", Lines);
    }

    [Fact]
    public void Catch_all_listeners_listen_and_filters_do_not()
    {
        var app = Start(server => server.OnAny(_ => { }), builder => builder.Options.Development = true);
        Send(app, "2[\"x\"]");
        Assert.Empty(Lines);
        app = Start(server => server.UseEvent(_ => EventVerdict.Continue), builder => builder.Options.Development = true);
        Send(app, "2[\"x\"]");
        Assert.Single(Lines);
    }

    [Fact]
    public void Of_names_that_clients_make_up_64_are_told()
    {
        var names = new NewNames();
        Assert.All(Enumerable.Range(0, NewNames.Max), i => Assert.True(names.IsNew("/", $"{i}")));
        Assert.False(names.IsNew("/", "one more"));
        Assert.False(names.IsNew("/", "0"));
    }

    [Fact]
    public void Each_of_many_new_names_of_one_moment_is_told_and_long_ones_that_look_the_same_once()
    {
        var app = Start(server => server.On("chat", (string text) => { }), builder => builder.Options.Development = true);
        var client = app.Connect();
        for (var i = 0; i < 20; i++)
        {
            client.SendRaw($"2[\"unheard {i}\"]");
            app.Connect(joins: false).SendRaw($"0/unknown-{i},");
        }

        var longName = new string('x', 200);
        client.SendRaw($"2[\"{longName}1\"]");
        client.SendRaw($"2[\"{longName}2\"]");
        app.RunUntilIdle();
        Assert.Equal(20, Lines.Count(static line => line.Contains("Nobody listens to \"unheard ", StringComparison.Ordinal)));
        Assert.Equal(20, Lines.Count(static line => line.Contains("asked for the namespace \"/unknown-", StringComparison.Ordinal)));
        Assert.Single(Lines, static line => line.Contains("xxx…", StringComparison.Ordinal));
        Assert.Equal(41, Lines.Length);
    }

    [Fact]
    public void A_namespace_does_not_exist()
    {
        var app = Start(server => server.Of("/game").OnConnection(_ => { }), builder => builder.Options.Development = true);
        app.Connect(joins: false).SendRaw("0/gmae,");
        app.Connect(joins: false).SendRaw("0/gmae,");
        app.Connect(joins: false).SendRaw("0/admin,");
        app.RunUntilIdle();
        Assert.Equal(
            [
                "TIME warn Sockeye.Server: A client of PEER asked for the namespace \"/gmae\", which does not exist here; is \"/game\" meant?",
                "TIME warn Sockeye.Server: A client of PEER asked for the namespace \"/admin\", which does not exist here: server.Of(\"/admin\") makes it",
            ],
            Lines);
    }

    [Fact]
    public void Connections_are_awaited_as_an_event()
    {
        Start(server =>
        {
            server.On("connection", (SockeyeSocket socket) => { });
            server.Of("/game").On("connection", () => { });
            server.Of("/room-{id}").On("connection", () => { });
        });
        Assert.Equal(
            ((string[])["/", "/game", "/room-{id}"]).Select(static nsp =>
                $"TIME warn Sockeye.Server: On(\"connection\", …) in {nsp} is called for events of that name, which clients would have to send. For clients that connect write OnConnection(socket => …)"),
            Lines);
    }

    [Fact]
    public void A_handler_of_the_server_is_registered_for_each_client()
    {
        var app = Start(server => server.OnConnection(_ => server.On("chat", (string text) => { })));
        for (var i = 0; i < 10; i++)
        {
            app.Connect();
        }

        Assert.Empty(Lines);
        app.Connect();
        app.Connect();
        Assert.Equal(
            "TIME warn Sockeye.Server: \"chat\" has 11 handlers in /, and each event calls them all. Is On called for each client, inside of OnConnection? There it is socket.On(…), or server.On(…) once before",
            Assert.Single(Lines));
    }

    [Fact]
    public void A_handler_waits_for_an_answer()
    {
        var app = Start(server => server.On("ask", (SockeyeSocket socket) => { _ = socket.EmitWithAckAsync<int>("q").Result; }));
        Send(app, "2[\"ask\"]");
        Assert.Matches(
            """^TIME error Sockeye\.Server: A handler of "ask" failed in / for socket ID of PEER: System\.InvalidOperationException: The loop that must complete this task was about to block for it .* at a lambda of Sockeye\.Server\.Tests\.Mistakes\.ToldMistakesTests\.A_handler_waits_for_an_answer in ToldMistakesTests\.cs:\d+$""",
            Assert.Single(Lines));
    }

    [Fact]
    public void Middleware_throws()
    {
        var app = Start(server => server.Use((SockeyeSocket socket) => throw new InvalidOperationException("no database")));
        app.Connect(joins: false).SendRaw("0");
        app.RunUntilIdle();
        Assert.Matches(
            """^TIME error Sockeye\.Server: Connection middleware failed in / for socket ID of PEER: System\.InvalidOperationException: no database at a lambda of Sockeye\.Server\.Tests\.Mistakes\.ToldMistakesTests\.Middleware_throws in ToldMistakesTests\.cs:\d+$""",
            Assert.Single(Lines));
    }

    [Fact]
    public void A_client_breaks_a_limit()
    {
        var app = Start(server => { });
        Send(app, "511-[\"x\",{\"_placeholder\":true,\"num\":0}]");
        Assert.Equal("TIME warn Sockeye.Server: Connection of PEER closed (parse error): The packet announces more attachments than Limits:Attachments.", Assert.Single(Lines));
    }

    [Theory]
    [InlineData("2[\"x\",NaN]", ": NaN at byte 6, which JSON has not.")]
    [InlineData("2[\"x\",{\"a\":-Infinity}]", ": Infinity at byte 12, which JSON has not.")]
    [InlineData("2[\"x\",'a']", ": 'a' at byte 6.")]
    [InlineData("2[\"x\",{\"a\":1", ": it ends too early.")]
    [InlineData("2[\"x\",1]]", ": ] at byte 8.")]
    [InlineData("2[\"x\",\n tru\u001bz]", ": tru\\u001bz at byte 8.")]
    public void A_client_sends_what_is_no_JSON(string packet, string says)
    {
        var app = Start(server => { });
        Send(app, packet);
        Assert.Equal($"TIME warn Sockeye.Server: Connection of PEER closed (parse error): The payload is not JSON{says}", Assert.Single(Lines));
    }

    [Fact]
    public void Who_debugs_sees_who_comes_and_goes()
    {
        var app = Start(server => server.Use(socket => socket.Handshake.Auth.GetString("a") is null ? ConnectResult.Accept : ConnectResult.Reject("go away")), builder => builder.Options.ConsoleLog = LogLevel.Debug);
        app.Connect().Disconnect();
        app.Connect(joins: false).SendRaw("0{\"a\":\"b\"}");
        app.RunUntilIdle();
        Assert.Equal(
            [
                "TIME debug Sockeye.Server: socket ID of PEER has entered /",
                "TIME debug Sockeye.Server: socket ID of PEER has left /: client namespace disconnect",
                "TIME debug Sockeye.Server: A client of PEER was refused in /: go away",
            ],
            Lines.Where(static line => line.Contains(" debug Sockeye.Server: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_console_is_silent_in_tests_and_wherever_it_is_told_so_and_beside_loggers()
    {
        var app = base.Start(server => server.On("x", void () => throw new InvalidOperationException()), builder => builder.Console = _console);
        Send(app, "2[\"x\"]");
        using var loggers = LoggerFactory.Create(static _ => { });
        Send(Start(server => server.On("x", void () => throw new InvalidOperationException()), builder => builder.LoggerFactory = loggers), "2[\"x\"]");
        Assert.Empty(Lines);
    }

    [Theory]
    [InlineData(3800, false)]
    [InlineData(5000, true)]
    public void A_line_has_at_most_4096_characters(int length, bool isCut)
    {
        var app = Start(server => server.On("x", void () => throw new InvalidOperationException(new string('x', length))));
        Send(app, "2[\"x\"]");
        Assert.True(_console.Flush(Patience));
        var line = Encoding.UTF8.GetString(_written.ToArray()).TrimEnd();
        Assert.Equal(isCut, line.EndsWith('…'));
        Assert.Equal(isCut, line.Length == ConsoleLoggers.MaxLength);
    }

    [Fact]
    public void An_error_of_no_event_has_no_event()
    {
        HandlerError? seen = null;
        var app = Start(server =>
        {
            server.OnConnection(void (_) => throw new InvalidOperationException("first"));
            server.OnHandlerError(error => { seen = error; });
            server.On("x", void () => throw new InvalidOperationException("second"));
        });
        var client = app.Connect();
        Assert.Null(seen!.Event);
        Assert.Matches("^A handler of OnConnection failed in / for socket .*: InvalidOperationException: first$", seen.ToString());
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal("x", seen.Event!.Value.Text);
        Assert.StartsWith("A handler of \"x\" failed in / for socket ", seen.ToString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d\d\d")]
    private static partial Regex Time();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Peer();

    [GeneratedRegex(@"[sS]ocket [\w-]{16,}")]
    private static partial Regex Id();

    private static void Fail(string text) => throw new InvalidOperationException(text);

    private sealed class Unreadable : Exception
    {
        public override string Message => throw new InvalidOperationException("message");

        public override string? StackTrace => throw new InvalidOperationException("trace");

        public override string ToString() => throw new InvalidOperationException("text");
    }

    private static void OnChat(SockeyeSocket socket, string text)
    {
    }

    private SockeyeTestServer Start(Action<SockeyeServer> configure, Action<SockeyeBuilder>? build = null) => base.Start(configure, builder =>
    {
        builder.Console = _console;
        builder.Options.ConsoleLog = LogLevel.Warning;
        build?.Invoke(builder);
    });

    private static void Send(SockeyeTestServer app, string packet, string nsp = "", params string[] more)
    {
        var client = app.Connect(nsp.Length == 0 ? "/" : nsp);
        client.SendRaw(packet);
        foreach (var next in more)
        {
            client.SendRaw(next);
        }

        app.RunUntilIdle();
    }

    private sealed record Player(string Name);
}
