namespace Sockeye.Abstractions.Tests;

public sealed class AckTests
{
    private readonly FakeSocket _socket = new();

    [Fact]
    public void Only_the_first_answer_of_an_event_is_sent()
    {
        var results = new List<bool>();
        _socket.On("e", (EventContext context) =>
        {
            var copy = context;
            Assert.True(context.WantsAck);
            results.Add(context.Ack("ok", 1));
            Assert.False(copy.WantsAck);
            results.Add(copy.Ack());
            results.Add(context.AckArgs(1, 2));
        });

        _socket.Receive("e", "", 12);

        Assert.Equal([true, false, false], results);
        Assert.Equal((12L, "[\"ok\",1]"), (_socket.Acks[0].Id, _socket.Acks[0].Payload));
        Assert.Single(_socket.Acks);
    }

    [Fact]
    public void A_context_that_was_kept_beyond_its_answer_answers_no_later_event()
    {
        EventContext kept = default;
        var late = true;
        _socket.On("first", (EventContext context) =>
        {
            kept = context;
            context.Ack(1);
        });
        _socket.On("second", (EventContext context) =>
        {
            Assert.False(kept.WantsAck);
            late = kept.Ack("stale");
            Assert.True(context.WantsAck);
            context.Ack(2);
        });
        _socket.Receive("first", "", 1);
        _socket.Receive("second", "", 2);
        Assert.False(late);
        Assert.Equal([(1L, "[1]"), (2L, "[2]")], _socket.Acks.Select(ack => (ack.Id, ack.Payload)));
    }

    [Fact]
    public void Events_that_wait_for_their_answers_have_rights_of_their_own()
    {
        var waiting = new List<EventContext>();
        _socket.On("e", (EventContext context) => waiting.Add(context));
        for (var id = 0; id < 200; id++)
        {
            _socket.Receive("e", "", id);
        }

        waiting.ForEach(context => Assert.True(context.Ack()));
        waiting.ForEach(context => Assert.False(context.Ack()));
        Assert.Equal(Enumerable.Range(0, 200).Select(id => (long)id), _socket.Acks.Select(ack => ack.Id));
    }

    [Fact]
    public void An_event_that_wants_no_answer_gets_none()
    {
        var sent = true;
        _socket.On("e", (EventContext context) => { sent = context.Ack(1); });
        _socket.OnWithAck("e", () => 5);
        _socket.Receive("e");
        Assert.False(sent);
        Assert.Empty(_socket.Acks);
    }

    [Fact]
    public void Answers_have_zero_to_three_typed_arguments_or_any_number()
    {
        _socket.On("0", (EventContext c) => { c.Ack(); });
        _socket.On("1", (EventContext c) => { c.Ack(1); });
        _socket.On("2", (EventContext c) => { c.Ack(1, "b"); });
        _socket.On("3", (EventContext c) => { c.Ack(1, "b", new byte[] { 3 }); });
        _socket.On("n", (EventContext c) => { c.AckArgs(1, null, "c", 4.5); });
        foreach (var name in (string[])["0", "1", "2", "3", "n"])
        {
            _socket.Receive(name, "", 0);
        }

        Assert.Equal(
            ["[]", "[1]", "[1,\"b\"]", "[1,\"b\",{\"_placeholder\":true,\"num\":0}]", "[1,null,\"c\",4.5]"],
            _socket.Acks.Select(ack => ack.Payload));
        Assert.Equal([[3]], _socket.Acks[3].Attachments);
    }

    [Fact]
    public void AckRaw_answers_with_the_arguments_as_they_came()
    {
        _socket.OnRaw("e", e => e.AckRaw());
        _socket.Receive("e", "1, {\"_placeholder\":true,\"num\":0} ", 3, new byte[] { 7 });
        Assert.Equal("[1, {\"_placeholder\":true,\"num\":0} ]", _socket.Acks[0].Payload);
        Assert.Equal([[7]], _socket.Acks[0].Attachments);
        _socket.Receive("e", "", 4);
        Assert.Equal("[]", _socket.Acks[1].Payload);
    }

    [Fact]
    public async Task The_value_of_OnWithAck_is_the_answer_whether_it_comes_at_once_or_later()
    {
        var gate = new TaskCompletionSource<string>();
        _socket.OnWithAck("value", (int a, int b) => a + b);
        _socket.OnWithAck("task", (string a) => gate.Task);
        _socket.OnWithAck("valuetask", async (string a, CancellationToken token) =>
        {
            await gate.Task.WaitAsync(token);
            return a.Length;
        });

        Assert.Null(_socket.Receive("value", "1,2", 0));
        var task = _socket.Receive("task", "\"x\"", 1)!;
        var valueTask = _socket.Receive("valuetask", "\"four\"", 2)!;
        Assert.Equal([(0L, "[3]")], _socket.Acks.Select(ack => (ack.Id, ack.Payload)));

        gate.SetResult("later");
        await task;
        await valueTask;
        Assert.Equal([(0L, "[3]"), (1L, "[\"later\"]"), (2L, "[4]")], _socket.Acks.Select(ack => (ack.Id, ack.Payload)).OrderBy(ack => ack.Id));
    }

    [Fact]
    public async Task OnWithAck_without_a_value_answers_empty_when_the_handler_is_done()
    {
        var gate = new TaskCompletionSource();
        _socket.OnWithAck("void", (int a) => { });
        _socket.OnWithAck("task", (int a) => gate.Task);
        _socket.OnWithAck("async", async (int a) => await gate.Task);
        Assert.Null(_socket.Receive("void", "1", 0));
        var task = _socket.Receive("task", "1", 1)!;
        var asynchronous = _socket.Receive("async", "1", 2)!;
        Assert.Single(_socket.Acks);
        gate.SetResult();
        await task;
        await asynchronous;
        Assert.Equal(["[]", "[]", "[]"], _socket.Acks.Select(ack => ack.Payload));
    }

    [Fact]
    public async Task A_handler_that_throws_answers_nothing()
    {
        _socket.OnWithAck("e", async (int a) =>
        {
            await Task.Yield();
            return a == 1 ? throw new InvalidOperationException("mine") : a;
        });
        await Assert.ThrowsAsync<InvalidOperationException>(() => _socket.Receive("e", "1", 0)!);
        Assert.Empty(_socket.Acks);
    }

    [Fact]
    public void A_declared_event_with_a_response_is_answered_by_On()
    {
        var join = new SocketEvent<string, int>("join");
        _socket.On(join, team => team.Length);
        _socket.Receive("join", "\"red\"", 5);
        Assert.Equal("[3]", Assert.Single(_socket.Acks).Payload);
    }

    [Fact]
    public async Task An_awaited_acknowledgement_gives_its_first_argument()
    {
        var answer = _socket.EmitWithAckAsync<int>("ask", "q");
        Assert.Equal("[\"ask\",\"q\"]", Assert.Single(_socket.Sent).Payload);
        Answer("5,\"more\"");
        Assert.Equal(5, await answer);
    }

    [Fact]
    public async Task An_awaited_EventMessage_has_all_arguments()
    {
        var answer = _socket.EmitArgsWithAckAsync<EventMessage>("ask", [1, "two", new byte[] { 3 }]);
        Assert.Equal("[\"ask\",1,\"two\",{\"_placeholder\":true,\"num\":0}]", Assert.Single(_socket.Sent).Payload);
        Answer("5,\"more\",{\"_placeholder\":true,\"num\":0}", new byte[] { 9 });
        Assert.Equal([5L, "more", new byte[] { 9 }], (await answer).ToArray());
    }

    [Fact]
    public async Task An_empty_answer_is_null_for_references_and_malformed_for_values()
    {
        var text = _socket.EmitWithAckAsync<string?>("ask");
        Answer("");
        Assert.Null(await text);
        var number = _socket.TryEmitWithAckAsync<int>("ask");
        Answer("");
        Assert.Equal(AckStatus.Malformed, (await number).Status);
    }

    [Theory]
    [InlineData(AckStatus.TimedOut)]
    [InlineData(AckStatus.Disconnected)]
    [InlineData(AckStatus.Dropped)]
    public async Task An_acknowledgement_that_does_not_come_is_an_exception_or_a_result(object status)
    {
        var thrown = _socket.EmitWithAckAsync<int>("ask");
        _socket.Awaited!.Fail((AckStatus)status);
        Answer("1");
        Assert.Equal(status, (await Assert.ThrowsAsync<AckException>(() => thrown)).Status);

        var result = _socket.TryEmitWithAckAsync<int>("ask", 1);
        _socket.Awaited!.Fail((AckStatus)status);
        Assert.False((await result).IsAnswered);
        Assert.Equal(status, (await result).Status);
    }

    [Fact]
    public async Task An_answer_of_another_type_is_malformed()
    {
        var thrown = _socket.EmitWithAckAsync<int>("ask");
        Answer("\"text\"");
        Assert.Equal(AckStatus.Malformed, (await Assert.ThrowsAsync<AckException>(() => thrown)).Status);
    }

    [Fact]
    public async Task A_token_ends_the_wait_and_the_engine_forgets_the_callback()
    {
        using var source = new CancellationTokenSource();
        var answer = _socket.EmitWithAckAsync<int>("ask", source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Same(_socket.Awaited, _socket.Forgotten);
    }

    [Fact]
    public async Task A_token_that_has_fired_sends_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _socket.EmitWithAckAsync<int>("ask", new CancellationToken(true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _socket.TryEmitWithAckAsync<int>("ask", new CancellationToken(true)));
        Assert.Empty(_socket.Sent);
    }

    [Fact]
    public async Task A_token_fires_after_the_answer_without_effect()
    {
        using var source = new CancellationTokenSource();
        var answer = _socket.EmitWithAckAsync<int>("ask", source.Token);
        Answer("1");
        Assert.Equal(1, await answer);
        await source.CancelAsync();
        Assert.Null(_socket.Forgotten);
    }

    private void Answer(string arguments, params ReadOnlyMemory<byte>[] attachments) =>
        _socket.Awaited!.Answer(FakeSocket.Reader(_socket, "", arguments, -1, attachments));
}
