namespace Sockeye.Abstractions.Tests;

public sealed class RegistrationTests
{
    private readonly FakeNamespace _space = new();

    [Fact]
    public async Task Admission_is_asked_in_order_in_both_forms()
    {
        _space.Use(_ => ConnectResult.Accept);
        _space.Use(async (_, token) =>
        {
            await Task.Yield();
            return ConnectResult.Reject("unauthorized", new { code = 401 });
        });

        var items = _space.Handlers.Admission.Items;
        Assert.True((await items[0].Decide(new FakeSocket(), default)).IsAccepted);
        var refused = await items[1].Decide(new FakeSocket(), default);
        Assert.False(refused.IsAccepted);
        Assert.Equal("unauthorized", refused.Message);
        Assert.NotNull(refused.Data);
    }

    [Fact]
    public void Connection_handlers_are_void_or_return_a_task()
    {
        var seen = new List<string>();
        _space.OnConnection(socket => socket.Join("lobby"));
        _space.OnConnection(async socket =>
        {
            await Task.CompletedTask;
            seen.Add(socket.Id);
        });
        Assert.Null(_space.Handlers.Connection.Items[0](new FakeSocket()));
        Assert.Null(_space.Handlers.Connection.Items[1](new FakeSocket()));
        Assert.Equal(["id-1"], seen);
    }

    [Fact]
    public void Every_registration_can_be_taken_back()
    {
        EventRegistration[] all =
        [
            _space.OnConnection(_ => { }), _space.OnDisconnect((_, _) => { }), _space.Use(_ => ConnectResult.Accept), _space.UseEvent(_ => EventVerdict.Continue),
            _space.OnAny(_ => { }), _space.OnAnyOutgoing(_ => { }), _space.OnHandlerError(_ => { }), _space.OnSlow((_, _) => { }), _space.OnWritable(_ => { }),
        ];
        Array.ForEach(all, registration => registration.Dispose());
        var handlers = _space.Handlers;
        Assert.Empty(handlers.Connection.Items);
        Assert.Empty(handlers.Disconnect.Items);
        Assert.Empty(handlers.Admission.Items);
        Assert.Empty(handlers.Filters.Items);
        Assert.Empty(handlers.Any.Items);
        Assert.Empty(handlers.AnyOutgoing.Items);
        Assert.Empty(handlers.Errors.Items);
        Assert.Empty(handlers.Slow.Items);
        Assert.Empty(handlers.Writable.Items);
    }

    [Fact]
    public void The_same_handler_registered_twice_is_taken_back_once()
    {
        RawHandler handler = _ => { };
        var first = _space.OnAny(handler);
        _space.OnAny(handler);
        first.Dispose();
        first.Dispose();
        Assert.Single(_space.Handlers.Any.Items);
    }

    [Fact]
    public void Verdicts_stop_or_go_on()
    {
        Assert.False(EventVerdict.Continue.Stops);
        Assert.True(EventVerdict.Stop.Stops);
        Assert.Null(EventVerdict.Stop.Refusal?.Reason);
        Assert.Equal("too long", EventVerdict.Reject("too long").Refusal?.Reason);
        Assert.True(EventVerdict.Reject("too long").Stops);
    }

    [Fact]
    public void Handlers_run_on_the_loop_one_by_one_unless_told_otherwise()
    {
        Assert.Equal((HandlerThread.Loop, HandlerOrder.Serial), (_space.Thread, _space.Order));
        _space.RunHandlers(HandlerThread.Pool, HandlerOrder.Concurrent);
        Assert.Equal((HandlerThread.Pool, HandlerOrder.Concurrent), (_space.Thread, _space.Order));
    }
}
