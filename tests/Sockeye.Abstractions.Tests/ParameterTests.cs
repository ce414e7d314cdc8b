namespace Sockeye.Abstractions.Tests;

/// <summary>What a parameter of a handler gets if its argument is missing, and which parameters there can be.</summary>
public sealed class ParameterTests
{
    private readonly FakeSocket _socket = new();
    private readonly List<object?> _seen = [];

    private interface IClock
    {
        DateTime Now { get; }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    public async Task A_parameter_that_is_not_nullable_is_not_called_without_an_argument(string arguments)
    {
        _socket.On("text", (string text) => _seen.Add(text));
        _socket.On("record", (Point point) => _seen.Add(point));
        _socket.On("bytes", async (byte[] bytes) => { await Task.Yield(); _seen.Add(bytes); });
        _socket.On("untyped", (object value) => _seen.Add(value));
        _socket.On("list", (List<int> values) => _seen.Add(values));
        _socket.OnWithAck("ack", (string text) => text.Length);
        _socket.On<string>("group", Handle);
        _socket.On(new SocketEvent<Point>("declared"), (Point point) => _seen.Add(point));
        _socket.On(new SocketEvent<Point>("inferred"), (_, point) => _seen.Add(point));
        foreach (var name in (string[])["text", "record", "bytes", "untyped", "list", "ack", "group", "declared", "inferred"])
        {
            var refused = _socket.Receive(name, arguments, 7);
            Assert.True(refused is not null, name);
            var error = await Assert.ThrowsAsync<EventFormatException>(() => refused);
            Assert.Contains(arguments.Length == 0 ? "The first argument of \"" + name + "\" is missing" : "is null", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(_seen);
        Assert.Empty(_socket.Acks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null,null,null,null")]
    public void A_nullable_parameter_gets_null(string arguments)
    {
        _socket.On("e", (string? a, Point? b, int? c, List<string>? d) => _seen.Add((a, b, c, d)));
        _socket.On("e", (SockeyeSocket socket, byte[]? a) => _seen.Add(a));
        Assert.Null(_socket.Receive("e", arguments));
        Assert.Equal([((string?)null, (Point?)null, (int?)null, (List<string>?)null), null], _seen);
    }

    [Fact]
    public async Task A_parameter_with_a_default_gets_it_where_the_argument_is_missing()
    {
        _socket.On<string, int, DayOfWeek, int?>("e", WithDefaults);
        _ = _socket.Receive("e", "\"a\"");
        _ = _socket.Receive("e", "\"a\",1,2,3");
        Assert.Equal([("a", 5, DayOfWeek.Friday, (int?)7), ("a", 1, DayOfWeek.Tuesday, (int?)3)], _seen);
        await Assert.ThrowsAsync<EventFormatException>(() => _socket.Receive("e")!);
        await Assert.ThrowsAsync<EventFormatException>(() => _socket.Receive("e", "\"a\",null")!);
    }

    [Fact]
    public async Task The_argument_that_is_missing_is_named_by_its_place()
    {
        _socket.On("e", (SockeyeSocket socket, int a, string b) => _seen.Add(b));
        var error = await Assert.ThrowsAsync<EventFormatException>(() => _socket.Receive("e", "1")!);
        Assert.StartsWith("The second argument of \"e\" is missing; the handler reads a string as \"b\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delegate_that_is_bound_to_its_first_argument_and_one_of_several_are_looked_at_right()
    {
        _socket.On<string?>("bound", _seen.AddTwice);
        Assert.Null(_socket.Receive("bound"));
        Assert.Equal([null, null], _seen);
        Action<string> several = Handle;
        several += Handle;
        _socket.On("several", several);
        await Assert.ThrowsAsync<EventFormatException>(() => _socket.Receive("several")!);
    }

    [Fact]
    public void A_declared_event_has_its_argument_unless_the_handler_says_that_it_may_be_null()
    {
        var declared = new SocketEvent<Point?>("declared");
        _socket.On(declared, (Point? point) => _seen.Add(point));
        Assert.Null(_socket.Receive("declared"));
        Assert.Equal([null], _seen);
    }

#nullable disable
    [Fact]
    public void Code_that_says_nothing_about_null_takes_it()
    {
        _socket.On("e", (string text) => _seen.Add(text));
        Assert.Null(_socket.Receive("e"));
        Assert.Null(_socket.Receive("e", "null"));
        Assert.Equal([null, null], _seen);
    }
#nullable restore

    [Fact]
    public void A_parameter_that_cannot_come_from_a_client_is_refused_when_its_handler_is_registered()
    {
        Refused((IServiceProvider services) => { }, "Services do not travel");
        Refused((IClock clock) => { }, "no object of an interface");
        Refused((List<IClock> clocks) => { }, "no object of an interface");
        Refused((CancellationTokenSource source) => { }, "parameter of type CancellationToken");
        Refused((Task task) => { }, "Await the task");
        Refused((ValueTask<int> task) => { }, "Await the task");
        Refused((Action callback) => { }, "EmitWithAckAsync");
        Refused((Func<int> callback) => { }, "EmitWithAckAsync");
        Refused(((int X, int Y) point) => { }, "value tuple");
        Refused(((int X, int Y)? point) => { }, "value tuple");
        Refused(((int X, int Y)[] points) => { }, "value tuple");
        Refused((Line line) => { }, "value tuple");
        Refused((Stream stream) => { }, "disposed");
        Refused((HttpClient client) => { }, "disposed");
        Refused((Type type) => { }, "another process");
        Refused((nint pointer) => { }, "another process");
        Refused((SockeyeNamespace space) => { }, "id of the socket");
        Refused((Animal animal) => { }, "abstract class");
        Refused((Hidden hidden) => { }, "no constructor");
        Refused((Service service) => { }, "constructor");
        Refused((IAsyncEnumerable<int> items) => { }, "an event for each item");
        Assert.True(((IEventTarget)_socket).Events.IsEmpty);

        void Refused<T>(Action<T> handler, string sentence)
        {
            var error = Assert.Throws<NotSupportedException>(() => _socket.On("e", handler));
            Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
            Assert.Contains(typeof(T).ToString(), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Interfaces_of_collections_and_records_of_every_kind_are_parameters()
    {
        _socket.On("e", (IReadOnlyList<int> a, IEnumerable<string> b, IReadOnlyDictionary<string, Point> c, Point d) => _seen.Add((a.Count, b.Count(), c.Count, d)));
        _socket.On("e", (StructPoint a) => _seen.Add(a));
        Assert.NotNull(_socket.Receive("e", "[1],[\"a\"],{\"k\":{\"x\":1}},{\"x\":2}"));
        Assert.Equal([(1, 1, 1, new Point(2))], _seen);
    }

    private void Handle(string text) => _seen.Add(text);

    private void WithDefaults(string a, int b = 5, DayOfWeek c = DayOfWeek.Friday, int? d = 7) => _seen.Add((a, b, c, d));

    private sealed record Point(int X);

    private readonly record struct StructPoint(int X);

    private sealed record Line((int X, int Y) From);

    private abstract class Animal;

    private sealed class Service(IClock clock)
    {
        public DateTime Started { get; } = clock.Now;
    }

    private sealed class Hidden
    {
        private Hidden()
        {
        }

        public static Hidden Make() => new();
    }
}

internal static class ListExtensions
{
    public static void AddTwice(this List<object?> list, string? text)
    {
        list.Add(text);
        list.Add(text);
    }
}
