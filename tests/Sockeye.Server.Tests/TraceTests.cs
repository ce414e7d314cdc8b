using System.Diagnostics;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What is told of connects, events and acknowledgements to those who listen to the source <c>Sockeye</c>.</summary>
public sealed class TraceTests : ServerTest
{
    private readonly List<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public TraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Sockeye",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public override async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public void Connect_event_and_acknowledgement_are_spans_with_the_tags_of_the_conventions()
    {
        var app = Start(server => server.On("greet", (SockeyeSocket socket) => { _ = socket.TryEmitWithAckAsync<int>("who"); }));
        var client = app.Connect();
        client.Emit("greet");
        app.RunUntilIdle();
        client.SendRaw("30[1]");
        app.RunUntilIdle();

        Assert.Equal(["connect", "process greet", "acknowledge"], _ended.Select(static span => span.DisplayName));
        Assert.Equal([ActivityKind.Server, ActivityKind.Consumer, ActivityKind.Client], _ended.Select(static span => span.Kind));
        Assert.All(_ended, span =>
        {
            Assert.Equal("socketio", span.GetTagItem("messaging.system"));
            Assert.Equal("/", span.GetTagItem("messaging.destination.name"));
            Assert.Equal(client.Id, span.GetTagItem("messaging.client.id"));
            Assert.Equal("websocket", span.GetTagItem("network.protocol.name"));
            Assert.Equal("tcp", span.GetTagItem("network.transport"));
            Assert.Equal(ActivityStatusCode.Unset, span.Status);
        });
        Assert.Null(_ended[0].Parent);
        Assert.Null(_ended[1].Parent);
        Assert.Same(_ended[1], _ended[2].Parent);
        Assert.Null(Activity.Current);
    }

    [Fact]
    public void The_span_of_an_event_ends_with_what_its_handler_awaits_and_is_the_current_one_meanwhile()
    {
        var go = new TaskCompletionSource();
        Activity? first = null, second = null;
        var app = Start(server => server.On("wait", async () =>
        {
            first = Activity.Current;
            await go.Task;
            second = Activity.Current;
        }));
        var client = app.Connect();
        _ended.Clear();
        client.Emit("wait");
        app.RunUntilIdle();
        Assert.NotNull(first);
        Assert.Empty(_ended);
        go.SetResult();
        app.RunUntil(() => _ended.Count > 0);
        Assert.Same(first, second);
        Assert.Same(first, Assert.Single(_ended));
    }

    [Fact]
    public void A_handler_that_fails_at_once_or_behind_an_await_is_told_by_the_type_of_its_exception()
    {
        var app = Start(server =>
        {
            server.On("now", () => throw new InvalidOperationException("secret"));
            server.On("later", async () =>
            {
                await Task.Yield();
                throw new TimeoutException("secret");
            });
        });
        var client = app.Connect();
        _ended.Clear();
        client.Emit("now");
        client.Emit("later");
        app.RunUntil(() => _ended.Count == 2);
        Assert.Equal(["System.InvalidOperationException", "System.TimeoutException"], _ended.Select(static span => span.GetTagItem("error.type")));
        Assert.All(_ended, static span => Assert.Equal(ActivityStatusCode.Error, span.Status));
        Assert.DoesNotContain(_ended, static span => span.TagObjects.Any(static tag => tag.Value is "secret"));
    }

    [Fact]
    public void Names_that_clients_choose_stand_in_no_span()
    {
        var app = Start(server =>
        {
            server.OnAny(_ => { });
            server.Of("/orders-{id}").On("x", () => { });
        });
        var client = app.Connect();
        client.Emit("invented");
        app.Connect("/orders-invented").Emit("x");
        app.RunUntilIdle();
        Assert.Equal(["connect", "process", "connect", "process x"], _ended.Select(static span => span.DisplayName));
        Assert.DoesNotContain(_ended, static span => span.TagObjects.Any(static tag => tag.Value is string text && text.Contains("invented", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_client_that_is_refused_and_acknowledgements_that_do_not_come_are_errors()
    {
        var app = Start(server =>
        {
            server.Of("/closed").Use(_ => ConnectResult.Reject("no"));
            server.OnConnection(socket =>
            {
                _ = socket.Timeout(TimeSpan.FromSeconds(1)).TryEmitWithAckAsync<int>("late");
                _ = socket.TryEmitWithAckAsync<int>("gone");
            });
        });
        app.Connect("/closed");
        Assert.Equal("refused", Assert.Single(_ended).GetTagItem("error.type"));
        _ended.Clear();
        var client = app.Connect();
        app.Advance(TimeSpan.FromSeconds(2));
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(["TimedOut", "Disconnected"], _ended.Where(static span => span.DisplayName == "acknowledge").Select(static span => span.GetTagItem("error.type")));
    }

    [Fact]
    public void A_listener_that_throws_changes_nothing()
    {
        using var bad = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Sockeye",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = static _ => throw new InvalidOperationException("started"),
            ActivityStopped = static _ => throw new InvalidOperationException("stopped"),
        };
        ActivitySource.AddActivityListener(bad);
        var app = Start(server => server.OnWithAck("add", (int a, int b) => a + b));
        Assert.Equal(3, app.Connect().Call<int>("add", 1, 2));
        Assert.Null(Activity.Current);
    }

    [Fact]
    public void Nobody_who_wants_a_span_gets_none_and_events_are_handled()
    {
        _listener.Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.None;
        var app = Start(server => server.OnWithAck("add", (int a, int b) => a + b));
        Assert.Equal(3, app.Connect().Call<int>("add", 1, 2));
        Assert.Empty(_ended);
    }
}
