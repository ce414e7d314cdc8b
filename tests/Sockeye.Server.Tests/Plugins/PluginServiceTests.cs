using System.Diagnostics.Metrics;
using Sockeye.Plugins;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What a plugin is given by its context, and what becomes of it with the generation.</summary>
public sealed class PluginServiceTests : PluginTest
{
    [Fact]
    public void A_route_answers_below_the_path_of_its_plugin_by_its_method()
    {
        var app = Start(_ => { }, builder => builder.AddPlugin(new DelegatePlugin(context =>
        {
            context.MapHttp("GET", "/status", (request, _) => new(PluginResponse.Text($"{request.Method} {request.Path} {request.Query("a")} {request.Header("host")}")));
            context.MapHttp("POST", "/status", (request, _) => new(PluginResponse.Json(request.Body, 201)), maxBodyBytes: 5);
            context.MapHttp("POST", "/post", (_, _) => new(PluginResponse.Text("")));
        })));
        Assert.EndsWith("\r\n\r\nGET /status b test", Request(app, "GET", "/plugins/test/status?a=b"), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", Request(app, "HEAD", "/plugins/test/status?a=b"), StringComparison.Ordinal);
        var made = Request(app, "POST", "/plugins/test/status", "[1,2]");
        Assert.StartsWith("HTTP/1.1 201 ", made, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/json\r\n", made, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n[1,2]", made, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 413 ", Request(app, "POST", "/plugins/test/status", "[1,2,]"), StringComparison.Ordinal);
        var put = Request(app, "PUT", "/plugins/test/status");
        Assert.StartsWith("HTTP/1.1 405 ", put, StringComparison.Ordinal);
        Assert.Contains("\r\nAllow: GET, HEAD, POST\r\n", put, StringComparison.Ordinal);
        Assert.Contains("\r\nAllow: POST\r\n", Request(app, "GET", "/plugins/test/post"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", Request(app, "GET", "/plugins/test/other"), StringComparison.Ordinal);
        Assert.True(app.Connect().IsConnected);
    }

    [Fact]
    public void Routes_change_over_with_the_generation_and_go_with_the_plugin()
    {
        DelegatePlugin Generation(string name, bool hasMore) => new(context =>
        {
            context.MapHttp("GET", "/who", (_, _) => new(PluginResponse.Text(name)));
            if (hasMore)
            {
                context.MapHttp("GET", "/more", (_, _) => new(PluginResponse.Text(name)));
            }
        });
        var app = Start(_ => { }, builder => builder.AddPlugin(Generation("one", hasMore: true)));
        Assert.EndsWith("one", Request(app, "GET", "/plugins/test/more"), StringComparison.Ordinal);
        Replace(app, Generation("two", hasMore: false));
        Assert.EndsWith("two", Request(app, "GET", "/plugins/test/who"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", Request(app, "GET", "/plugins/test/more"), StringComparison.Ordinal);
        Replace(app, null);
        Assert.StartsWith("HTTP/1.1 404 ", Request(app, "GET", "/plugins/test/who"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_route_that_fails_is_answered_with_500_and_no_word_of_why(bool later)
    {
        var app = Start(_ => { }, builder => builder.AddPlugin(new DelegatePlugin(context => context.MapHttp("GET", "/fails", async (_, _) =>
        {
            if (later)
            {
                await Task.Yield();
            }

            throw new FormatException("the secret");
        }))));
        var answer = Request(app, "GET", "/plugins/test/fails");
        Assert.StartsWith("HTTP/1.1 500 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        Assert.True(app.Connect().IsConnected);
    }

    [Fact]
    public void A_request_hears_that_its_client_has_gone()
    {
        var hasGone = false;
        var app = Start(_ => { }, builder => builder.AddPlugin(new DelegatePlugin(context => context.MapHttp("GET", "/waits", async (_, gone) =>
        {
            var end = new TaskCompletionSource();
            await using var registered = gone.Register(end.SetResult);
            await end.Task;
            hasGone = true;
            return PluginResponse.Text("too late");
        }))));
        var peer = app.Transport.Connect();
        peer.Send("GET /plugins/test/waits HTTP/1.1\r\nHost: test\r\n\r\n"u8);
        app.RunUntilIdle();
        Assert.False(hasGone);
        peer.Reset();
        app.RunUntilIdle();
        Assert.True(hasGone);
    }

    [Theory]
    [InlineData("PUT", "/x")]
    [InlineData("get", "/x")]
    [InlineData("GET", "x")]
    [InlineData("GET", "")]
    [InlineData("GET", "/a b")]
    [InlineData("GET", "/a?b")]
    [InlineData("GET", "/twice")]
    public void A_route_of_a_bad_method_or_path_or_one_that_is_mapped_is_refused(string method, string path)
    {
        var plugin = new DelegatePlugin(context => context.MapHttp("GET", "/twice", (_, _) => new(PluginResponse.Text(""))));
        Start(_ => { }, builder => builder.AddPlugin(plugin));
        Assert.Throws<ArgumentException>(() => plugin.Context!.MapHttp(method, path, (_, _) => new(PluginResponse.Text(""))));
    }

    [Fact]
    public void Periodic_work_follows_the_servers_clock_never_overlaps_itself_makes_up_once_for_what_it_missed_and_goes_on_after_a_failure()
    {
        var began = 0;
        var open = new List<TaskCompletionSource>();
        var app = Start(_ => { }, builder => builder.AddPlugin(new DelegatePlugin(context => context.Every(TimeSpan.FromSeconds(1), async _ =>
        {
            var gate = new TaskCompletionSource();
            lock (open)
            {
                open.Add(gate);
            }

            Interlocked.Increment(ref began);
            await gate.Task;
        }))));
        app.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(0, Volatile.Read(ref began));
        app.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(app.RunUntil(() => Volatile.Read(ref began) == 1));
        app.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(1, Volatile.Read(ref began));

        // Three moments have passed: one run is for all of them, without another move of the clock.
        open[0].SetException(new FormatException("no good"));
        Assert.True(app.RunUntil(() => Volatile.Read(ref began) == 2));
        open[1].SetResult();
        Assert.True(app.RunUntil(() => Host(app).Running[0].Calls.IsZero));
        Assert.Equal(2, Volatile.Read(ref began));
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.True(app.RunUntil(() => Volatile.Read(ref began) == 3));
        open[2].SetResult();
        Replace(app, null);
        app.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(3, Volatile.Read(ref began));
    }

    [Fact]
    public void What_is_tracked_is_disposed_after_the_plugin_the_last_first_and_Stopping_fires_before()
    {
        List<string> calls = [];
        var app = Start(_ => { }, builder => builder.AddPlugin(new DelegatePlugin(
            context =>
            {
                context.Track(new Disposable(() => calls.Add("first")));
                context.Track(new Disposable(() => throw new FormatException("no good")));
                context.Track(new Disposable(() => calls.Add("last")));
                context.Stopping.Register(() => calls.Add("stopping"));
                Assert.Throws<ArgumentException>(() => context.Track("text"));
            },
            () => calls.Add("plugin"))));
        Replace(app, null);
        Assert.Equal(["stopping", "plugin", "last", "first"], calls);
    }

    [Fact]
    public void What_is_kept_passes_to_the_next_generation_and_goes_with_the_server()
    {
        var made = 0;
        var disposed = 0;
        List<object> kept = [];
        DelegatePlugin Generation() => new(context =>
        {
            kept.Add(context.Keep("list", () => new List<int>(++made)));
            context.Keep("end", () => new AsyncDisposable(() => disposed++));
            Assert.Throws<ArgumentException>(() => context.Keep("list", () => new HashSet<int>()));
        });
        var app = Start(_ => { }, builder => builder.AddPlugin(Generation()));
        Replace(app, Generation());
        Assert.Same(kept[0], kept[1]);
        Assert.Equal(1, made);
        Assert.Equal(0, disposed);
        var stop = app.Server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.Equal(1, disposed);
    }

    [Fact]
    public void The_meter_has_the_name_of_the_plugin_and_ends_with_its_generation()
    {
        List<string> published = [], completed = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Sockeye.Plugin.test")
            {
                published.Add(instrument.Name);
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.MeasurementsCompleted = (instrument, _) => completed.Add(instrument.Name);
        listener.Start();
        var app = Start(_ => { }, builder => builder.AddPlugin(new DelegatePlugin(context => context.Meter.CreateCounter<int>("seen"))));
        Assert.Equal(["seen"], published);
        Assert.Empty(completed);
        Replace(app, null);
        Assert.Equal(["seen"], completed);
    }

    private sealed class Disposable(Action disposed) : IDisposable
    {
        public void Dispose() => disposed();
    }

    private sealed class AsyncDisposable(Action disposed) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            disposed();
            return ValueTask.CompletedTask;
        }
    }
}
