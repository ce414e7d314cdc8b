namespace Sockeye.Abstractions.Tests;

public sealed class BindingTests
{
    private readonly FakeSocket _socket = new();
    private readonly List<object?> _seen = [];

    [Fact]
    public void Handlers_of_zero_to_four_arguments_get_them_in_order()
    {
        _socket.On("e", () => _seen.Add("none"));
        _socket.On("e", (int a) => _seen.Add(a));
        _socket.On("e", (int a, string b) => _seen.Add((a, b)));
        _socket.On("e", (int a, string b, bool c) => _seen.Add((a, b, c)));
        _socket.On("e", (int a, string b, bool c, double d) => _seen.Add((a, b, c, d)));

        Assert.Null(_socket.Receive("e", " 1 , \"two\" ,true,\n4.5, \"ignored\" "));

        Assert.Equal(["none", 1, (1, "two"), (1, "two", true), (1, "two", true, 4.5)], _seen);
    }

    [Fact]
    public void Parameters_of_the_context_take_no_argument_wherever_they_stand()
    {
        _socket.On("e", (SockeyeSocket socket, int a, EventContext context, string b) => _seen.Add((socket, a, context.Name.Text, b)));
        _socket.On("e", (CancellationToken token, EventMessage message) => _seen.Add((token == _socket.Aborted, message.ToArray().Length)));

        Assert.Null(_socket.Receive("e", "1,\"two\""));

        Assert.Equal([((SockeyeSocket)_socket, 1, "e", "two"), (true, 2)], _seen);
    }

    [Fact]
    public async Task Handlers_may_return_a_task()
    {
        var gate = new TaskCompletionSource();
        _socket.On("e", async (int a) =>
        {
            await gate.Task;
            _seen.Add(a);
        });

        var running = _socket.Receive("e", "1");
        Assert.False(running!.IsCompleted);
        gate.SetResult();
        await running;
        Assert.Equal([1], _seen);
    }

    [Fact]
    public void A_task_that_is_complete_or_null_is_no_task()
    {
        _socket.On("vt", (int a) => new ValueTask());
        Assert.Null(_socket.Receive("vt", "1"));
        _socket.On("null", (int a) => (Task)null!);
        Assert.Null(_socket.Receive("null", "1"));
    }

    [Fact]
    public void A_value_task_of_a_pooled_source_is_awaited()
    {
        var channel = System.Threading.Channels.Channel.CreateBounded<byte[]>(1);
        _socket.On("raw", (byte[] reading) => channel.Writer.WriteAsync(reading));
        var placeholder = "{\"_placeholder\":true,\"num\":0}";

        Assert.Null(_socket.Receive("raw", placeholder, -1, new byte[] { 1 }));
        var waiting = _socket.Receive("raw", placeholder, -1, new byte[] { 2 });
        Assert.False(waiting!.IsCompleted);
        Assert.True(channel.Reader.TryRead(out var first));
        Assert.Equal([1], first);
    }

    [Fact]
    public void A_missing_argument_is_null_for_references_and_nullables()
    {
        _socket.On("e", (string? a, int? b, byte[]? c, object? d) => _seen.Add((a, b, c, d)));
        Assert.Null(_socket.Receive("e"));
        Assert.Equal([((string?)null, (int?)null, (byte[]?)null, (object?)null)], _seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("1.5")]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999")]
    [InlineData("1e400")]
    [InlineData("true")]
    [InlineData("{}")]
    public async Task An_argument_that_is_no_number_of_the_type_is_reported_and_the_handler_is_not_called(string arguments)
    {
        _socket.On("e", (int a) => _seen.Add(a));
        var refused = _socket.Receive("e", arguments);
        Assert.True(refused!.IsFaulted);
        var error = await Assert.ThrowsAsync<EventFormatException>(() => refused);
        Assert.Contains("\"e\"", error.Message, StringComparison.Ordinal);
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task An_object_of_another_shape_is_reported_with_the_place()
    {
        _socket.On("e", (int a, Point point) => _seen.Add(point));
        var error = await Assert.ThrowsAsync<EventFormatException>(() => _socket.Receive("e", "1,{\"x\":\"left\"}")!);
        Assert.StartsWith("The second argument of \"e\" is the object {\"x\":\"left\"}; the handler reads a Point as \"point\": The JSON value could not be converted", error.Message, StringComparison.Ordinal);
        Assert.Contains("$.x", error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-0", 0)]
    [InlineData("-2147483648", int.MinValue)]
    [InlineData("2147483647", int.MaxValue)]
    public void Integers_are_read_to_both_ends_of_their_range(string json, int expected)
    {
        _socket.On("e", (int a) => _seen.Add(a));
        Assert.Null(_socket.Receive("e", json));
        Assert.Equal([expected], _seen);
    }

    [Fact]
    public void What_the_handler_throws_is_thrown()
    {
        _socket.On("e", () => throw new InvalidOperationException("mine"));
        Assert.IsType<InvalidOperationException>(Record.Exception(() => { _socket.Receive("e"); }));
    }

    [Fact]
    public void Method_groups_bind_with_type_arguments()
    {
        _socket.On<string>("e", Handle);
        _socket.On<string>("e", HandleAsync);
        _socket.On<string>("e", HandleValueAsync);
        Assert.Null(_socket.Receive("e", "\"a\""));
        Assert.Equal(["void a", "task a", "value a"], _seen);
    }

    [Fact]
    public void A_lambda_that_emits_binds_to_On_without_an_answer()
    {
        _socket.On("chat", (string text) => _socket.Emit("chat", text));
        _socket.Receive("chat", "\"hi\"", 7);
        Assert.Equal("[\"chat\",\"hi\"]", Assert.Single(_socket.Sent).Payload);
        Assert.Empty(_socket.Acks);
    }

    [Fact]
    public void Declared_events_bind_with_and_without_the_socket()
    {
        var point = new SocketEvent<Point>("point");
        _socket.On(point, p => _seen.Add(p.X));
        _socket.On(point, (socket, p) => _seen.Add((socket.Id, p.Y)));
        _socket.On(point, async p =>
        {
            await Task.CompletedTask;
            _seen.Add("async");
        });
        _socket.Receive("point", "{\"x\":1,\"y\":2}");
        Assert.Equal([1, ("id-1", 2), "async"], _seen);
    }

    [Fact]
    public void Raw_handlers_compare_names_and_read_what_they_want()
    {
        _socket.OnRaw("e", e =>
        {
            Assert.True(e.Is("e"u8));
            Assert.False(e.Is("f"u8));
            Assert.Equal(1, e.Read<int>());
            Assert.Equal("two", e.Read<string>());
            Assert.False(e.TryRead<int>(out _));
            Assert.True(e.Read<bool>());
            Assert.True(e.IsAtEnd);
            Assert.Null(e.Read<string>());
            _seen.Add("done");
        });
        _socket.Receive("e", "1,\"two\",true");
        Assert.Equal(["done"], _seen);
    }

    [Fact]
    public void A_disposed_registration_is_called_no_more_and_the_others_are()
    {
        var first = _socket.On("e", () => _seen.Add("first"));
        _socket.On("e", () => _seen.Add("second"));
        first.Dispose();
        first.Dispose();
        _socket.Receive("e");
        Assert.Equal(["second"], _seen);
    }

    [Fact]
    public void Only_handlers_of_events_can_be_concurrent()
    {
        _socket.On("e", () => { }).Concurrent();
        Assert.True(((IEventTarget)_socket).Events.Find("e"u8, false)!.Invokers[0].IsConcurrent);
        Assert.Throws<InvalidOperationException>(() => _socket.OnDisconnect(_ => { }).Concurrent());
    }

    private void Handle(string text) => _seen.Add("void " + text);

    private Task HandleAsync(string text)
    {
        _seen.Add("task " + text);
        return Task.CompletedTask;
    }

    private ValueTask HandleValueAsync(string text)
    {
        _seen.Add("value " + text);
        return default;
    }

    private sealed record Point(int X, int Y);
}
