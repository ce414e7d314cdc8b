using Microsoft.Extensions.Configuration;
using Sockeye.Plugins;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public class ServerOptionsTests : ServerTest
{
    [Fact]
    public void The_defaults_are_valid()
    {
        Assert.Empty(new SockeyeServerOptions().Validate());
    }

    [Fact]
    public void All_faults_are_reported_together_each_with_its_key()
    {
        var failure = Assert.Throws<ArgumentException>(() => SockeyeServer.Create(builder =>
        {
            builder.Options.ConnectTimeout = TimeSpan.Zero;
            builder.Options.EventLoops = 65;
            builder.Options.Limits.RoomsPerSocket = 0;
            builder.Options.Outbox.LowWatermarkBytes = 1 << 20;
            builder.Options.Engine.PingInterval = TimeSpan.Zero;
            builder.Options.Engine.Cookie = new EngineIO.Http.CookieOptions { Name = "a b" };
            builder.Options.Engine.Cors = new EngineIO.Http.CorsOptions { Origins = ["*"], Credentials = true };
            builder.Options.Http = new EngineIO.Http.HttpOptions { FramesPerTurn = 0 };
        }));
        foreach (var key in new[] { "ConnectTimeout is ", "EventLoops is ", "Limits:RoomsPerSocket is ", "Outbox:LowWatermarkBytes is ", "Engine:PingInterval is ", "Engine:Cookie:", "Engine:Cors:", "Http:FramesPerTurn " })
        {
            Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_cannot_be_made_leaves_no_loop_behind()
    {
        Sockeye.Transport.SocketTransport? made = null;
        Assert.Throws<ArgumentException>(() => SockeyeServer.Create(builder =>
        {
            builder.MakeTransport = options => made = Sockeye.Transport.SocketTransport.Create(options);
            builder.Options.EventLoops = 1;
            builder.MapGet("no path", exchange => { });
        }));
        await made!.Loops[0].TerminationCompletion.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("Development", null, true)]
    [InlineData("development", "Production", true)]
    [InlineData(null, "DEVELOPMENT", true)]
    [InlineData("", "Development", true)]
    [InlineData("Production", "Development", false)]
    [InlineData("Staging", null, false)]
    public void Development_is_what_the_environment_says_the_one_of_dotnet_first(string? dotnet, string? aspNetCore, bool isDevelopment) =>
        Assert.Equal(isDevelopment, SockeyeServerOptions.IsDevelopment(name => name == "DOTNET_ENVIRONMENT" ? dotnet : name == "ASPNETCORE_ENVIRONMENT" ? aspNetCore : null));

    [Fact]
    public void A_test_server_is_no_workbench_unless_the_test_says_so()
    {
        Assert.False(Start(server => { }).Context.Development);
        Assert.True(Start(server => { }, builder => builder.Options.Development = true).Context.Development);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(65_535, true)]
    [InlineData(65_536, false)]
    public void The_backlog_has_its_range(int backlog, bool isValid) =>
        Assert.Equal(isValid, new SockeyeServerOptions { Backlog = backlog }.Validate().Count == 0);

    [Fact]
    public async Task The_backlog_reaches_the_transport()
    {
        int? backlog = null;
        await using var server = SockeyeServer.Create(builder =>
        {
            builder.Options.Backlog = 4096;
            builder.MakeTransport = options =>
            {
                backlog = options.Backlog;
                return Sockeye.Transport.SocketTransport.Create(options);
            };
        });
        Assert.Equal(4096, backlog);
    }

    [Fact]
    public void Plugins_start_before_the_server_listens_and_stop_in_reverse_order()
    {
        List<string> calls = [];
        var app = Start(server => { }, builder => builder.AddPlugin(new Recorder("a", calls)).AddPlugin(new Recorder("b", calls)));
        Assert.Equal(["start a, listening False", "start b, listening False"], calls);
        calls.Clear();
        var stop = app.Server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.Equal(["stop b", "stop a"], calls);
    }

    [Fact]
    public void A_plugin_registers_admission_and_handlers_as_an_application_does()
    {
        var app = Start(server => { }, builder => builder.AddPlugin<ApiKeyPlugin>());
        Assert.Equal("api key required", app.Connect().Refusal!.Value.GetProperty("message").GetString());
        Assert.True(app.Connect(query: "key=k").IsConnected);
    }

    [Fact]
    public void A_plugin_that_fails_keeps_the_server_from_starting()
    {
        Assert.Throws<InvalidOperationException>(() => new SockeyeTestServer(server => { }, builder => builder.AddPlugin(new BrokenPlugin())));
    }

    [Fact]
    public async Task A_server_that_has_not_started_says_nothing_of_its_end()
    {
        var log = new RecordedLog();
        await using (var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.LoggerFactory = log;
            builder.AddPlugin(new BrokenPlugin());
        }))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync());
        }

        Assert.DoesNotContain(log.Lines, static line => line.Text.StartsWith("Stop", StringComparison.Ordinal));
    }

    [Fact]
    public void A_server_starts_once()
    {
        var app = Start(server => { });
        Assert.True(app.Server.StartAsync().IsFaulted);
    }

    private sealed class Recorder(string name, List<string> calls) : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            Assert.Empty(context.Configuration.GetChildren());
            calls.Add($"start {name}, listening {context.Server.Endpoints.Count > 0}");
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            calls.Add("stop " + name);
            return ValueTask.CompletedTask;
        }
    }

    [SockeyePlugin("api-key", "1.0.0")]
    private sealed class ApiKeyPlugin : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            Assert.Equal("api-key", context.Configuration.Key);
            context.Server.Use(socket => socket.Handshake.Query("key") == "k" ? ConnectResult.Accept : ConnectResult.Reject("api key required"));
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class BrokenPlugin : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => throw new InvalidOperationException("broken");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
