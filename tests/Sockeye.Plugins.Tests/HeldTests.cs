namespace Sockeye.Plugins.Tests;

/// <summary>Plugins whose code does not come back: nobody waits for them for ever.</summary>
public sealed class HeldTests : IDisposable
{
    private const string Begun = "Microsoft.Extensions.Logging.LoggerExtensions.LogInformation(context.Logger, \"begun\");";
    private const string Held = "Thread.Sleep(Timeout.Infinite);";

    private readonly PluginRoot _root = new();
    private readonly AwaitedLog _log = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("its start", "Thread.Sleep(Timeout.Infinite);", "")]
    [InlineData("its start", "return new ValueTask(Task.Delay(Timeout.Infinite));", "")]
    [InlineData("its start", "return new ValueTask(new TaskCompletionSource().Task);", "")]
    [InlineData("its constructor", "", "public Sample() { Thread.Sleep(Timeout.Infinite); }")]
    [InlineData("its constructor", "", "static Sample() { Thread.Sleep(Timeout.Infinite); }")]
    public async Task One_that_does_not_come_back_while_the_server_starts_is_given_up_and_named(string what, string start, string members)
    {
        _root.Add("sample", PluginRoot.Source(start: start, members: members));
        await using var server = _root.Server(_log, builder => builder.Time = new HurriedTime { Hurries = true });
        var fault = await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        Assert.Equal([$"Plugin sample ({Path.Combine(_root.Path, "sample")}): {what} has not ended within 30 s."], fault.Faults);
    }

    [Fact]
    public async Task A_constructor_that_does_not_come_back_at_a_reload_leaves_the_old_version_running_and_holds_up_no_later_reload()
    {
        var time = new HurriedTime();
        _root.Add("sample", PluginRoot.Source());
        await using var server = _root.Server(_log, builder => builder.Time = time);
        await server.StartAsync();
        _root.Add("sample", PluginRoot.Source(version: "2.0.0", members: "public Sample() { Thread.Sleep(Timeout.Infinite); }"));
        time.Hurries = true;
        Assert.Contains("its constructor has not ended within 30 s", Assert.Single(await server.Plugins.ReloadAsync()).Error, StringComparison.Ordinal);
        time.Hurries = false;
        Assert.Equal("1.0.0", Assert.Single(server.Plugins.All).Version);
        _root.Add("sample", PluginRoot.Source(version: "3.0.0"));
        Assert.Null(Assert.Single(await server.Plugins.ReloadAsync()).Error);
    }

    [Fact]
    public async Task One_that_is_compiled_in_and_does_not_come_back_is_given_up_and_named()
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder =>
        {
            builder.Time = new HurriedTime { Hurries = true };
            builder.LoggerFactory = _log;
            builder.AddPlugin(new Sleeper());
        });
        var fault = await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        Assert.Equal(["Plugin sleeper: its start has not ended within 30 s."], fault.Faults);
    }

    [Theory]
    [InlineData(Begun + Held)]
    [InlineData(Begun + "return new ValueTask(new TaskCompletionSource().Task);")]
    [InlineData("cancellationToken.Register(() => Thread.Sleep(Timeout.Infinite));" + Begun + Held)]
    [InlineData(Begun + "return new ValueTask(Task.Delay(Timeout.Infinite, cancellationToken));")]
    [InlineData(Begun + "cancellationToken.WaitHandle.WaitOne(); throw new InvalidOperationException();")]
    public async Task A_start_that_is_given_up_ends_whatever_a_plugin_does(string start)
    {
        _root.Add("sample", PluginRoot.Source(start: start));
        await using var server = _root.Server(_log);
        using var patience = new CancellationTokenSource();
        var starting = server.StartAsync(patience.Token);
        await _log.Line("begun");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Equal(ServerState.Stopped, server.State);
    }

    [Fact]
    public async Task One_that_stops_in_order_when_its_start_is_given_up_is_disposed_after_that()
    {
        _root.Add("sample", PluginRoot.Source(start: Begun + "return WaitAsync(context, cancellationToken);", members: """
            private string _end = "before its start has ended";

            private async ValueTask WaitAsync(PluginContext context, CancellationToken token)
            {
                _context = context;
                try { await Task.Delay(Timeout.Infinite, token); }
                finally { _end = "afterwards"; }
            }

            private PluginContext _context;
            """).Replace("DisposeAsync() => ValueTask.CompletedTask;", "DisposeAsync() { Microsoft.Extensions.Logging.LoggerExtensions.LogInformation(_context.Logger, \"disposed \" + _end); return ValueTask.CompletedTask; }", StringComparison.Ordinal));
        await using var server = _root.Server(_log);
        using var patience = new CancellationTokenSource();
        var starting = server.StartAsync(patience.Token);
        await _log.Line("begun");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Contains("disposed afterwards", _log.Lines);
    }

    [Theory]
    [InlineData("DisposeAsync() { Thread.Sleep(Timeout.Infinite); return ValueTask.CompletedTask; }")]
    [InlineData("DisposeAsync() => new(new TaskCompletionSource().Task);")]
    public async Task Whoever_is_in_a_hurry_waits_for_no_plugin(string end)
    {
        _root.Add("sample", PluginRoot.Source().Replace("DisposeAsync() => ValueTask.CompletedTask;", end, StringComparison.Ordinal));
        var server = _root.Server(_log, builder => builder.Options.StopTimeout = TimeSpan.FromHours(1));
        await server.StartAsync();
        var stop = server.StopAsync();
        Assert.Same(stop, server.StopAsync(new CancellationToken(canceled: true)));
        await stop;
        Assert.Contains("sample has not ended in time and is left behind", _log.Lines);
    }

    [Fact]
    public async Task Code_that_the_end_of_its_load_context_calls_holds_nobody_up()
    {
        _root.Add("sample", PluginRoot.Source(start: "System.Runtime.Loader.AssemblyLoadContext.GetLoadContext(typeof(Sample).Assembly).Unloading += _ => Thread.Sleep(Timeout.Infinite);"));
        await using var server = _root.Server(_log, builder => builder.Options.StopTimeout = TimeSpan.FromMilliseconds(50));
        await server.StartAsync();
        await server.Plugins.ReloadAsync("sample");
        await _log.Line("sample has not ended in time and is left behind");
        await server.StopAsync();
    }

    [Fact]
    public async Task A_version_that_has_never_run_does_not_end_in_the_log()
    {
        _root.Add("sample", PluginRoot.Source());
        await using var server = _root.Server(_log);
        await server.StartAsync();
        _root.Add("sample", PluginRoot.Source(version: "2.0.0", start: "throw new InvalidOperationException();"));
        Assert.NotNull(Assert.Single(await server.Plugins.ReloadAsync()).Error);
        await server.StopAsync();
        Assert.Contains("Generation 1 of plugin sample has ended", _log.Lines);
        Assert.DoesNotContain("Generation 2 of plugin sample has ended", _log.Lines);
    }

    [Fact]
    public async Task Calls_that_have_not_ended_are_named_by_what_they_do()
    {
        _root.Add("sample", PluginRoot.Source(start: """context.Every(TimeSpan.FromMilliseconds(10), _ => { Microsoft.Extensions.Logging.LoggerExtensions.LogInformation(context.Logger, "begun"); return new ValueTask(new TaskCompletionSource().Task); });"""));
        await using var server = _root.Server(_log, builder => builder.Options.PluginDrainTime = builder.Options.StopTimeout = TimeSpan.FromMilliseconds(50));
        await server.StartAsync();
        await _log.Line("begun");
        await server.Plugins.ReloadAsync("sample");
        Assert.StartsWith("Plugin sample: a call that awaits of generation 1 has not ended in time (PluginDrainTime)", await _log.Line("(PluginDrainTime)"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stray_assembly_is_told_and_keeps_no_other_plugin_from_being_loaded_at_a_reload()
    {
        _root.Add("sample", PluginRoot.Source());
        await using var server = _root.Server(_log);
        await server.StartAsync();
        _root.Write(".", "Stray.dll", [1]);
        _root.Add("sample", PluginRoot.Source(version: "2.0.0"));
        var results = await server.Plugins.ReloadAsync();
        Assert.Equal(2, results.Count);
        Assert.Contains("Stray.dll lies in the folder of all plugins", results[0].Error, StringComparison.Ordinal);
        Assert.Equal(new PluginReload("sample", 2, null), results[1]);
    }

    [Fact]
    public async Task At_the_start_a_stray_assembly_and_an_empty_folder_beside_it_are_told_both()
    {
        _root.Write(".", "Stray.dll", [1]);
        _root.Folder("misc");
        await using var server = _root.Server(_log);
        var fault = await Assert.ThrowsAsync<PluginLoadException>(() => server.StartAsync());
        Assert.Equal(2, fault.Faults.Count);
        Assert.Contains("Stray.dll lies in the folder of all plugins", fault.Faults[0], StringComparison.Ordinal);
        Assert.Contains("misc is empty", fault.Faults[1], StringComparison.Ordinal);
    }

    [SockeyePlugin("sleeper", "1.0.0")]
    private sealed class Sleeper : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            Thread.Sleep(Timeout.Infinite);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
