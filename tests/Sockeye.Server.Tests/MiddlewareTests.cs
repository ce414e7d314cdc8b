using Xunit;

namespace Sockeye.Server.Tests;

public class MiddlewareTests : ServerTest
{
    [Fact]
    public void A_client_that_is_rejected_gets_message_and_data_and_stays_connected_elsewhere()
    {
        var connections = 0;
        var app = Start(server =>
        {
            server.Use(socket => socket.Handshake.Auth.GetString("token") == "secret" ? ConnectResult.Accept : ConnectResult.Reject("unauthorized", new { code = 401, retry = false }));
            server.OnConnection(socket => { connections++; });
            server.Of("/open");
        });
        var client = app.Connect();
        Assert.Equal("""{"message":"unauthorized","data":{"code":401,"retry":false}}""", client.Refusal!.Value.GetRawText());
        Assert.False(client.IsClosed);
        Assert.Equal(0, app.Server.Of("/").LocalCount);
        Assert.Equal(0, connections);
        client.SendRaw("0/open,");
        app.RunUntilIdle();
        Assert.Equal(1, app.Server.Of("/open").LocalCount);
        Assert.True(app.Connect(auth: new { token = "secret" }).IsConnected);
        Assert.Equal(1, connections);
    }

    public static TheoryData<object> UnwritableData => [double.NaN, Task.CompletedTask, new object?[] { new MemoryStream() }, new Dictionary<string, object?> { ["icon"] = new byte[] { 1 } }];

    [Theory]
    [MemberData(nameof(UnwritableData))]
    public void A_refusal_whose_data_cannot_be_written_refuses_with_its_message_and_the_application_hears_why(object data)
    {
        List<HandlerError> errors = [];
        var app = Start(server =>
        {
            server.Use(socket => ConnectResult.Reject("unauthorized", data));
            server.OnHandlerError(errors.Add);
        });
        var client = app.Connect();
        Assert.Equal("""{"message":"unauthorized"}""", client.Refusal!.Value.GetRawText());
        var error = Assert.Single(errors);
        Assert.Equal(HandlerKind.Admission, error.Kind);
        Assert.Contains("the data of a refusal", error.Exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(client.IsClosed);
    }

    [Fact]
    public void Middleware_runs_in_order_and_the_first_rejection_ends_it()
    {
        List<string> calls = [];
        var app = Start(server =>
        {
            server.Use(socket => { calls.Add("a"); return ConnectResult.Accept; });
            server.Use((socket, ct) => { calls.Add("b"); return Task.FromResult(ConnectResult.Reject("no")); });
            server.Use(socket => { calls.Add("c"); return ConnectResult.Accept; });
        });
        Assert.Equal("no", app.Connect().Refusal!.Value.GetProperty("message").GetString());
        Assert.Equal(["a", "b"], calls);
    }

    [Fact]
    public void Middleware_of_the_main_namespace_does_not_run_for_others()
    {
        var app = Start(server =>
        {
            server.Use(socket => ConnectResult.Reject("no"));
            server.Of("/open");
        });
        Assert.True(app.Connect("/open").IsConnected);
    }

    [Fact]
    public void A_socket_is_not_in_the_namespace_while_middleware_decides()
    {
        var decision = new TaskCompletionSource<ConnectResult>();
        var app = Start(server => server.Use((socket, ct) =>
        {
            Assert.False(socket.IsConnected);
            Assert.Equal(EmitResult.Closed, socket.Emit("too early"));
            Assert.True(socket.Join("room"));
            Assert.Equal(["room"], socket.Rooms);
            return decision.Task;
        }));
        var client = app.Connect();
        Assert.Equal(0, app.Server.Of("/").LocalCount);
        Assert.Equal(0, app.Await(app.Server.To("room").CountAsync()).Count);
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
        decision.SetResult(ConnectResult.Accept);
        Assert.True(app.RunUntil(() => client.IsConnected));
        Assert.Equal(1, app.Await(app.Server.To("room").CountAsync()).Count);
    }

    [Fact]
    public void Rooms_that_middleware_has_put_a_client_in_are_there_when_it_is_admitted()
    {
        List<string> rooms = [];
        List<bool> answers = [];
        var app = Start(
            server =>
            {
                server.Use(socket =>
                {
                    answers.AddRange([socket.Join("a"), socket.Join("a"), socket.Join("b"), socket.Leave("b"), socket.Leave("b"), socket.Join("c"), socket.Join("d"), socket.Join(new string('x', 256))]);
                    return ConnectResult.Accept;
                });
                server.OnConnection(socket =>
                {
                    rooms.AddRange(socket.Rooms.Where(room => room != socket.Id));
                    answers.AddRange([socket.Leave("a"), socket.Leave("b"), socket.Join("e"), socket.Join("f")]);
                });
            },
            builder => builder.Options.Limits.RoomsPerSocket = 2);
        var client = app.Connect();
        Assert.Equal(["a", "c"], rooms);
        Assert.Equal([true, true, true, true, false, true, false, false, true, false, true, false], answers);
        app.Server.To("c").Emit("hello");
        app.RunUntilIdle();
        client.Next("hello");
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
    }

    [Fact]
    public void A_client_that_is_refused_is_in_no_room()
    {
        SockeyeSocket? refused = null;
        var app = Start(server => server.Use(socket =>
        {
            refused = socket;
            socket.Join("a");
            return ConnectResult.Reject("no");
        }));
        app.Connect();
        Assert.Equal(0, app.Namespaces.Main.Members.RoomCount);
        Assert.False(refused!.Join("b"));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_client_that_middleware_disconnects_and_then_accepts_is_refused_and_nobody_hears_of_it(bool close, bool awaits)
    {
        List<string> calls = [];
        var app = Start(server =>
        {
            server.Use(async (socket, ct) =>
            {
                if (awaits)
                {
                    await Task.Yield();
                }

                socket.Disconnect(close);
                calls.Add("middleware " + ct.IsCancellationRequested);
                return ConnectResult.Accept;
            });
            server.Use(socket =>
            {
                calls.Add("next");
                return ConnectResult.Accept;
            });
            server.OnConnection(socket => calls.Add("connection"));
            server.OnDisconnect((socket, why) => calls.Add("disconnect"));
        });
        var client = app.Connect();
        Assert.Equal(["middleware True"], calls);
        Assert.Equal("Disconnected", client.Refusal!.Value.GetProperty("message").GetString());
        Assert.Equal(close, client.IsClosed);
        Assert.Equal(0, app.Server.Of("/").LocalCount);
    }

    [Fact]
    public void A_client_whose_connection_middleware_closes_and_then_accepts_is_not_admitted()
    {
        List<string> calls = [];
        var app = Start(server =>
        {
            server.Use(socket =>
            {
                socket.Connection.Close();
                return ConnectResult.Accept;
            });
            server.OnConnection(socket => calls.Add("connection"));
            server.OnDisconnect((socket, why) => calls.Add("disconnect"));
        });
        Assert.True(app.Connect().IsClosed);
        Assert.Empty(calls);
        Assert.Equal(0, app.Server.Of("/").LocalCount);
    }

    [Fact]
    public void An_event_before_admission_closes_the_connection_and_the_decision_comes_too_late()
    {
        var decision = new TaskCompletionSource<ConnectResult>();
        var connections = 0;
        CancellationToken token = default;
        var app = Start(server =>
        {
            server.Use((socket, ct) => { token = ct; return decision.Task; });
            server.OnConnection(socket => { connections++; });
        });
        var client = app.Connect();
        client.SendRaw("2[\"x\"]");
        app.RunUntilIdle();
        Assert.True(client.IsClosed);
        Assert.True(token.IsCancellationRequested);
        decision.SetResult(ConnectResult.Accept);
        app.RunUntilIdle();
        Assert.Equal(0, connections);
        Assert.Equal(0, app.Server.Of("/").LocalCount);
    }

    [Fact]
    public void A_client_that_goes_away_while_middleware_decides_is_not_admitted_and_OnDisconnect_does_not_hear_of_it()
    {
        var decision = new TaskCompletionSource<ConnectResult>();
        var disconnects = 0;
        var app = Start(server =>
        {
            server.Use((socket, ct) => decision.Task);
            server.OnDisconnect((socket, why) => { disconnects++; });
        });
        var client = app.Connect();
        client.Reset();
        app.RunUntilIdle();
        decision.SetResult(ConnectResult.Accept);
        app.RunUntilIdle();
        Assert.Equal(0, app.Server.Of("/").LocalCount);
        Assert.Equal(0, disconnects);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public void Middleware_has_5_seconds_to_decide()
    {
        var decision = new TaskCompletionSource<ConnectResult>();
        var app = Start(server => server.Use((socket, ct) => decision.Task));
        var client = app.Connect();
        app.Advance(TimeSpan.FromSeconds(4.999));
        decision.SetResult(ConnectResult.Accept);
        Assert.True(app.RunUntil(() => client.IsConnected));
        app.Advance(TimeSpan.FromSeconds(10));
        Assert.True(client.IsConnected);
        Assert.Empty(app.HandlerErrors);
    }

    [Fact]
    public void A_client_whose_middleware_does_not_decide_in_time_is_refused_and_may_ask_again()
    {
        var decisions = new Queue<TaskCompletionSource<ConnectResult>>([new(), new()]);
        var first = decisions.Peek();
        CancellationToken token = default;
        var app = Start(server =>
        {
            server.Use((socket, ct) => Task.FromResult(ConnectResult.Accept));
            server.Use((socket, ct) =>
            {
                token = ct;
                return decisions.Dequeue().Task;
            });
        });
        var client = app.Connect();
        app.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("""{"message":"timeout"}""", client.Refusal!.Value.GetRawText());
        Assert.True(token.IsCancellationRequested);
        Assert.False(client.IsClosed);
        Assert.IsType<TimeoutException>(Assert.Single(app.HandlerErrors).Exception);
        first.SetResult(ConnectResult.Accept);
        app.RunUntilIdle();
        Assert.Equal(0, app.Server.Of("/").LocalCount);

        var second = decisions.Peek();
        client.Rejoin();
        app.RunUntilIdle();
        second.SetResult(ConnectResult.Accept);
        Assert.True(app.RunUntil(() => client.IsConnected));
    }

    [Fact]
    public void The_time_for_admission_is_that_of_all_middleware_together()
    {
        TaskCompletionSource<ConnectResult> first = new(), second = new();
        var app = Start(server =>
        {
            server.Use((socket, ct) => first.Task);
            server.Use((socket, ct) => second.Task);
        });
        var client = app.Connect();
        app.Advance(TimeSpan.FromSeconds(3));
        first.SetResult(ConnectResult.Accept);
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("timeout", client.Refusal!.Value.GetProperty("message").GetString());
        second.SetException(new InvalidOperationException("late"));
        Assert.True(app.RunUntil(() => app.HandlerErrors.Count == 2), "a failure that comes too late is reported");
    }

    [Fact]
    public void A_client_may_leave_while_middleware_decides()
    {
        var decision = new TaskCompletionSource<ConnectResult>();
        var app = Start(server => server.Use((socket, ct) => decision.Task));
        var client = app.Connect();
        client.Disconnect();
        app.RunUntilIdle();
        decision.SetResult(ConnectResult.Accept);
        app.RunUntilIdle();
        Assert.Equal(0, app.Server.Of("/").LocalCount);
        Assert.False(client.IsClosed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_leaves_and_joins_again_leaves_at_most_so_many_queues_behind(bool isPutOut)
    {
        var release = new TaskCompletionSource();
        var app = Start(server => server.OnConnection(_ => release.Task));
        var client = app.Connect();
        for (var left = 1; left <= new LimitOptions().NamespacesPerConnection; left++)
        {
            Leave();
            Assert.Equal(left < new LimitOptions().NamespacesPerConnection, client.IsConnected);
        }

        Assert.Equal("Too many namespaces", client.Refusal!.Value.GetProperty("message").GetString());
        release.SetResult();
        app.RunUntilIdle();
        client.Rejoin();
        app.RunUntilIdle();
        for (var left = 1; left <= 2 * new LimitOptions().NamespacesPerConnection; left++)
        {
            Assert.True(client.IsConnected);
            Leave();
        }

        void Leave()
        {
            if (isPutOut)
            {
                client.Socket!.Disconnect();
                app.RunUntilIdle();
            }
            else
            {
                client.Disconnect();
            }

            client.Rejoin();
            app.RunUntilIdle();
        }
    }

    [Fact]
    public void A_decision_that_the_handler_of_another_socket_makes_runs_nothing_within_that_handler()
    {
        List<string> calls = [];
        var decision = new TaskCompletionSource<ConnectResult>();
        var app = Start(server =>
        {
            server.Use((socket, ct) => calls.Count == 0 ? Task.FromResult(ConnectResult.Accept) : decision.Task);
            server.Use(socket =>
            {
                calls.Add("middleware");
                return ConnectResult.Accept;
            });
            server.OnConnection(socket => { calls.Add("connection"); });
            server.On("decide", () =>
            {
                calls.Add("begin");
                decision.SetResult(ConnectResult.Accept);
                calls.Add("end");
            });
        });
        var judge = app.Connect();
        var other = app.Connect();
        judge.Emit("decide");
        Assert.True(app.RunUntil(() => other.IsConnected));
        Assert.Equal(["middleware", "connection", "begin", "end", "middleware", "connection"], calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_may_come_and_go_any_number_of_times_whether_or_not_middleware_had_decided(bool hadDecided)
    {
        var decisions = new Queue<TaskCompletionSource<ConnectResult>>();
        var app = Start(server => server.Use((socket, ct) =>
        {
            decisions.Enqueue(new TaskCompletionSource<ConnectResult>());
            return decisions.Last().Task;
        }));
        var client = app.Connect();
        for (var i = 0; i < 2 * new LimitOptions().NamespacesPerConnection; i++)
        {
            if (hadDecided)
            {
                decisions.Dequeue().SetResult(ConnectResult.Accept);
                Assert.True(app.RunUntil(() => client.IsConnected));
                client.Disconnect();
            }
            else
            {
                client.Disconnect();
                app.RunUntilIdle();
                decisions.Dequeue().SetResult(ConnectResult.Accept);
            }

            app.RunUntilIdle();
            client.Rejoin();
            app.RunUntilIdle();
            Assert.Null(client.Refusal);
        }

        decisions.Dequeue().SetResult(ConnectResult.Accept);
        Assert.True(app.RunUntil(() => client.IsConnected));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Middleware_that_throws_refuses_with_a_fixed_text_and_is_reported(bool isAsync)
    {
        var app = Start(server =>
        {
            if (isAsync)
            {
                server.Use(async (socket, ct) =>
                {
                    await Task.Yield();
                    throw new InvalidOperationException("secret detail");
                });
            }
            else
            {
                server.Use(ConnectResult (socket) => throw new InvalidOperationException("secret detail"));
            }
        });
        var client = app.Connect();
        Assert.True(app.RunUntil(() => client.Refusal is not null));
        Assert.Equal("""{"message":"Internal error"}""", client.Refusal!.Value.GetRawText());
        var error = Assert.Single(app.HandlerErrors);
        Assert.Equal(HandlerKind.Admission, error.Kind);
        Assert.Equal("secret detail", error.Exception.Message);
    }

    [Fact]
    public void What_middleware_stores_on_the_socket_is_there_in_its_handlers()
    {
        var app = Start(server =>
        {
            server.Use(socket => { socket.State<Counter>().Value = 42; return ConnectResult.Accept; });
            server.On("get", (SockeyeSocket socket) => socket.Emit("got", socket.State<Counter>().Value));
        });
        var client = app.Connect();
        client.Emit("get");
        Assert.Equal(42, client.Next<int>("got"));
    }

    private sealed class Counter
    {
        public int Value { get; set; }
    }
}
