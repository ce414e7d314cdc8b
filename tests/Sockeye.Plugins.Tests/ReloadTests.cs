using System.Diagnostics.Metrics;
using System.Runtime;

namespace Sockeye.Plugins.Tests;

/// <summary>Plugins of folders are replaced while clients are connected.</summary>
public sealed class ReloadTests : IAsyncDisposable
{
    private readonly PluginRoot _root = new();
    private readonly AwaitedLog _log = new();
    private readonly List<RealClient> _clients = [];
    private SockeyeServer? _server;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _root.Dispose();
    }

    [Fact]
    public async Task A_new_version_takes_over_and_connections_stay()
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, client) = await StartAsync();
        Assert.Equal("1.0.0", await VersionAsync(client));
        _root.Add("sample", PluginRoot.Source(version: "2.0.0"));
        Assert.Equal(new PluginReload("sample", 2, null), Assert.Single(await server.Plugins.ReloadAsync()));
        Assert.Equal("2.0.0", await VersionAsync(client));
        var status = Assert.Single(server.Plugins.All);
        Assert.Equal(("sample", "2.0.0", 2, Path.Combine(_root.Path, "sample")), (status.Id, status.Version, status.Generation, status.Folder));
    }

    [Fact]
    public async Task What_has_not_changed_is_replaced_only_if_it_is_asked_for_by_its_id()
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, _) = await StartAsync();
        Assert.Empty(await server.Plugins.ReloadAsync());
        Assert.Equal(1, Assert.Single(server.Plugins.All).Generation);
        Assert.Equal(new PluginReload("sample", 2, null), Assert.Single(await server.Plugins.ReloadAsync("sample")));
    }

    [Fact]
    public async Task A_folder_that_has_come_is_loaded_and_one_that_has_gone_takes_its_plugin_with_it()
    {
        var (server, client) = await StartAsync();
        Assert.Empty(server.Plugins.All);
        _root.Add("sample", PluginRoot.Source());
        Assert.Equal(new PluginReload("sample", 1, null), Assert.Single(await server.Plugins.ReloadAsync()));
        Assert.Equal("1.0.0", await VersionAsync(client));
        Directory.Delete(Path.Combine(_root.Path, "sample"), recursive: true);
        Assert.Equal(new PluginReload("sample", 0, null), Assert.Single(await server.Plugins.ReloadAsync()));
        Assert.Empty(server.Plugins.All);
        await client.EmitAsync("[\"version\"]");
        await client.EmitAsync("[\"echo\",7]");
        Assert.Equal(7, (await client.NextAsync())[1].GetInt32());
    }

    [Theory]
    [InlineData("throw new InvalidOperationException(\"Not today.\");", "Not today.")]
    [InlineData("return new ValueTask(Task.FromException(new TimeoutException(\"Late.\")));", "Late.")]
    public async Task A_version_whose_start_fails_leaves_the_old_one_running_and_says_so(string start, string reason)
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, client) = await StartAsync();
        _root.Add("sample", PluginRoot.Source(version: "2.0.0", start: start));
        await StillOneAsync(server, client, reason);
    }

    [Fact]
    public async Task A_version_that_cannot_be_read_leaves_the_old_one_running_and_says_so()
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, client) = await StartAsync();
        _root.Write("sample", "Sample.dll", PluginRoot.Compile(PluginRoot.Source(version: "2.0.0"))[..2000]);
        await StillOneAsync(server, client, "no complete .NET assembly");
        _root.Add("sample", PluginRoot.Source(version: "2.0.0").Replace("\"2.0.0\")]", "\"2.0.0\", 99)]", StringComparison.Ordinal));
        await StillOneAsync(server, client, "version 99");
        File.Delete(Path.Combine(_root.Path, "sample", "Sample.dll"));
        await StillOneAsync(server, client, "is empty");
    }

    /// <summary>Whoever compares two readings sees the first failure only if its series was there before, with 0.</summary>
    [Fact]
    public async Task Failures_of_a_plugin_and_of_those_that_cannot_be_read_are_counted_from_0_on()
    {
        using var meters = new OwnMeters();
        Dictionary<string, List<long>> counts = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == meters && instrument.Name is "sockeye.plugins.reloads" or "sockeye.plugin.errors")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            var key = string.Join(' ', tags.ToArray().Select(static tag => tag.Value));
            lock (counts)
            {
                if (!counts.TryGetValue(key, out var all))
                {
                    counts[key] = all = [];
                }

                all.Add(count);
            }
        });
        listener.Start();
        _root.Add("sample", PluginRoot.Source());
        var (server, _) = await StartAsync(builder => builder.MeterFactory = meters);
        File.Delete(Path.Combine(_root.Path, "sample", "Sample.dll"));
        _root.Write("other", "Other.dll", [1, 2, 3]);
        Assert.Equal(2, (await server.Plugins.ReloadAsync()).Count);
        Assert.Equal([0, 1], counts["sample failed"]);
        Assert.Equal([0, 1], counts[" failed"]);
        Assert.Equal([0], counts["sample"]);

        // One that goes is counted, also where another has come in its folder.
        _root.Add("sample", PluginRoot.Source("after"));
        await server.Plugins.ReloadAsync();
        Assert.Equal([1], counts["sample removed"]);
    }

    [Fact]
    public async Task A_start_that_never_ends_can_be_given_up_by_whoever_waits_and_the_old_one_runs_on()
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, client) = await StartAsync();
        _root.Add("sample", PluginRoot.Source(version: "2.0.0", start: "return new ValueTask(Task.Delay(Timeout.Infinite, context.Stopping));"));
        using var patience = new CancellationTokenSource();
        var reload = server.Plugins.ReloadAsync(null, patience.Token);
        Assert.Equal("1.0.0", await VersionAsync(client));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reload);
        Assert.Equal("1.0.0", await VersionAsync(client));
    }

    [Theory]
    [InlineData("return new ValueTask(Task.Delay(Timeout.Infinite));")]
    [InlineData("Thread.Sleep(Timeout.Infinite);")]
    public async Task A_start_that_never_ends_is_given_up_and_holds_up_no_later_reload(string start)
    {
        _root.Add("sample", PluginRoot.Source());
        var time = new HurriedTime();
        var (server, client) = await StartAsync(builder => builder.Time = time);
        _root.Add("sample", PluginRoot.Source(version: "2.0.0", start: start));
        time.Hurries = true;
        var failed = Assert.Single(await server.Plugins.ReloadAsync());
        time.Hurries = false;
        Assert.Equal(1, failed.Generation);
        Assert.Contains("has not ended within 30 s", failed.Error, StringComparison.Ordinal);
        Assert.Equal("1.0.0", await VersionAsync(client));
        _root.Add("sample", PluginRoot.Source(version: "3.0.0"));
        Assert.Equal(failed, Assert.Single(server.Plugins.Failures));
        Assert.Null(Assert.Single(await server.Plugins.ReloadAsync()).Error);
        Assert.Empty(server.Plugins.Failures);
        Assert.Equal("3.0.0", await VersionAsync(client));
    }

    [Fact]
    public async Task Two_reloads_at_once_follow_each_other()
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, _) = await StartAsync();
        var results = await Task.WhenAll(server.Plugins.ReloadAsync("sample"), server.Plugins.ReloadAsync("sample"), server.Plugins.ReloadAsync());
        Assert.Equal([2, 3], results.SelectMany(result => result).Select(result => result.Generation).Order());
        Assert.Equal(3, Assert.Single(server.Plugins.All).Generation);
    }

    [Fact]
    public async Task A_plugin_may_reload_itself_from_a_handler()
    {
        _root.Add("sample", PluginRoot.Source(start: """
            context.Server.On("again", async (SockeyeSocket socket) =>
            {
                var results = await context.Server.Plugins.ReloadAsync("sample");
                socket.Emit("again", results[0].Generation);
            });
            """));
        var (server, client) = await StartAsync();
        for (var generation = 2; generation < 5; generation++)
        {
            await client.EmitAsync("[\"again\"]");
            Assert.Equal(generation, (await client.NextAsync())[1].GetInt32());
        }

        Assert.Equal(4, Assert.Single(server.Plugins.All).Generation);
    }

    [Theory]
    [InlineData("DisposeAsync() => new(new TaskCompletionSource().Task)")]
    [InlineData("DisposeAsync() { Thread.Sleep(Timeout.Infinite); return ValueTask.CompletedTask; }")]
    public async Task A_plugin_whose_end_never_comes_holds_nobody_up(string end)
    {
        _root.Add("sample", PluginRoot.Source().Replace("DisposeAsync() => ValueTask.CompletedTask;", end.EndsWith('}') ? end : end + ";", StringComparison.Ordinal));
        var (server, client) = await StartAsync(builder => builder.Options.StopTimeout = TimeSpan.FromMilliseconds(50));
        await server.Plugins.ReloadAsync("sample");
        Assert.Equal("1.0.0", await VersionAsync(client));
        await server.Plugins.ReloadAsync("sample");
        Assert.Equal(3, Assert.Single(server.Plugins.All).Generation);
        await _log.Line("sample has not ended in time");
    }

    [Fact]
    public async Task A_reload_while_the_server_stops_is_refused_or_ends_with_it()
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, _) = await StartAsync();
        var reload = server.Plugins.ReloadAsync("sample");
        await server.StopAsync();
        Assert.Equal("sample", Assert.Single(await reload).Id);
        Assert.Throws<InvalidOperationException>(() => { _ = server.Plugins.ReloadAsync(); });
    }

    [Fact]
    public async Task What_there_is_nothing_to_load_of_is_refused()
    {
        _root.Add("sample", PluginRoot.Source());
        var (server, _) = await StartAsync(builder => builder.AddPlugin<BadFolderTests.CompiledIn>());
        await Assert.ThrowsAsync<ArgumentException>(() => server.Plugins.ReloadAsync("compiled"));
        await Assert.ThrowsAsync<ArgumentException>(() => server.Plugins.ReloadAsync("nobody"));
    }

    [Fact]
    public async Task What_the_old_generation_registered_on_single_sockets_goes_with_it()
    {
        const string Start = """
            context.Server.On("listen", (SockeyeSocket socket) =>
            {
                socket.On("mine", () => { socket.Emit("mine", GENERATION); });
                socket.OnAny(e => { socket.State<Count>().Value++; });
                socket.Emit("listen", 0);
            });
            context.Server.On("count", (SockeyeSocket socket) => { socket.Emit("count", socket.State<Count>().Value); });
            """;
        const string Members = "public sealed class Count { public int Value; }";
        _root.Add("sample", PluginRoot.Source(start: Start.Replace("GENERATION", "1", StringComparison.Ordinal), members: Members));
        var (server, client) = await StartAsync();
        await AskAsync(client, "listen");
        Assert.Equal(1, await AskAsync(client, "mine"));
        Assert.Equal(2, await AskAsync(client, "count"));
        _root.Add("sample", PluginRoot.Source(version: "2.0.0", start: Start.Replace("GENERATION", "2", StringComparison.Ordinal), members: Members));
        await server.Plugins.ReloadAsync();

        // Nobody answers any more; the count is one of a new type and begins anew.
        await client.EmitAsync("[\"mine\"]");
        Assert.Equal(0, await AskAsync(client, "count"));
        await AskAsync(client, "listen");
        Assert.Equal(2, await AskAsync(client, "mine"));
        Assert.Equal(2, await AskAsync(client, "count"));
    }

    [Fact]
    public async Task A_plugin_that_takes_the_place_of_another_in_its_folder_ends_it()
    {
        _root.Add("sample", PluginRoot.Source("before"));
        var (server, _) = await StartAsync();
        _root.Add("sample", PluginRoot.Source("after"));
        Assert.Equal([new PluginReload("after", 1, null), new PluginReload("before", 0, null)], await server.Plugins.ReloadAsync());
        Assert.Equal("after", Assert.Single(server.Plugins.All).Id);
        await _log.Line($"Plugin before has gone: its folder {Path.Combine(_root.Path, "sample")} has the plugin after now");
    }

    [Fact]
    public async Task A_second_folder_with_the_id_of_a_plugin_that_runs_is_the_fault_whatever_it_is_called()
    {
        var file = _root.Add("sample", PluginRoot.Source());
        var (server, client) = await StartAsync();
        foreach (var copy in new[] { "a-copy", "z-copy" })
        {
            var stray = _root.Add(copy, PluginRoot.Source(version: "2.0.0"));
            var result = Assert.Single(await server.Plugins.ReloadAsync());
            Assert.Equal($"{stray}: the id \"sample\" is that of the plugin in {Path.GetDirectoryName(file)} already, which runs on.", result.Error);
            await _log.Line($"A plugin was not loaded, and nothing runs from its folder: {stray}: the id");
            Directory.Delete(Path.GetDirectoryName(stray)!, recursive: true);
        }

        // A folder that cannot be read keeps its id too.
        File.Delete(file);
        _root.Add("a-copy", PluginRoot.Source(version: "2.0.0"));
        Assert.All(await server.Plugins.ReloadAsync(), static result => Assert.NotNull(result.Error));
        Assert.Equal("1.0.0", await VersionAsync(client));
        Assert.Equal(1, Assert.Single(server.Plugins.All).Generation);
    }

    [Fact]
    public async Task A_plugin_that_is_built_anew_with_the_id_of_another_ends_neither()
    {
        _root.Add("guard", PluginRoot.Source("guard"));
        _root.Add("sample", PluginRoot.Source());
        var (server, _) = await StartAsync();
        _root.Add("guard", PluginRoot.Source(version: "2.0.0"));
        var result = Assert.Single(await server.Plugins.ReloadAsync());
        Assert.Equal(("guard", 1), (result.Id, result.Generation));
        Assert.Contains("what ran before goes on", await _log.Line("the id \"sample\" is that of the plugin in"), StringComparison.Ordinal);
        Assert.Equal([("guard", "1.0.0", 1), ("sample", "1.0.0", 1)], server.Plugins.All.Select(static plugin => (plugin.Id, plugin.Version, plugin.Generation)));
    }

    [Fact]
    public async Task A_folder_that_is_called_otherwise_and_two_that_change_places_take_their_plugins_with_them()
    {
        _root.Add("one", PluginRoot.Source("one"));
        _root.Add("two", PluginRoot.Source("two"));
        var (server, _) = await StartAsync();
        Directory.Move(Path.Combine(_root.Path, "two"), Path.Combine(_root.Path, "a-two"));
        Assert.Equal(new PluginReload("two", 2, null), Assert.Single(await server.Plugins.ReloadAsync()));
        _root.Add("one", PluginRoot.Source("two"));
        _root.Add("a-two", PluginRoot.Source("one"));
        Assert.All(await server.Plugins.ReloadAsync(), static result => Assert.Null(result.Error));
        Assert.Equal([("one", "a-two"), ("two", "one")], server.Plugins.All.Select(static plugin => (plugin.Id, Path.GetFileName(plugin.Folder)!)).Order());
    }

    [Fact]
    public async Task A_reload_is_over_when_plugins_that_stay_have_said_what_they_think_of_their_sections()
    {
        _root.Add("sample", PluginRoot.Source(
            members: "public async ValueTask OnConfigurationAsync(Microsoft.Extensions.Configuration.IConfigurationSection section, CancellationToken gone) { await Task.Delay(200, gone); throw new FormatException(\"Not today.\"); }",
            interfaces: ", IReloadHook"));
        var (server, _) = await StartAsync();
        Assert.Empty(await server.Plugins.ReloadAsync());
        Assert.Contains(_log.Lines, static line => line.Contains("has refused a changed configuration", StringComparison.Ordinal));
        Assert.Equal("Not today.", Assert.Single(server.Plugins.All).ConfigurationFault);
    }

    /// <summary>Whoever waits for the reload waits for it no longer than it may take.</summary>
    [Fact]
    public async Task A_plugin_that_never_says_what_it_thinks_of_its_section_holds_up_no_reload()
    {
        _root.Add("sample", PluginRoot.Source(
            members: "public ValueTask OnConfigurationAsync(Microsoft.Extensions.Configuration.IConfigurationSection section, CancellationToken gone) => new(new TaskCompletionSource().Task);",
            interfaces: ", IReloadHook"));
        var time = new HurriedTime(patience: 5);
        var (server, _) = await StartAsync(builder => builder.Time = time);
        time.Hurries = true;
        Assert.Empty(await server.Plugins.ReloadAsync());
        Assert.Contains("ReloadHook of plugin \"sample\"", await _log.Line("has not answered in time"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_folders_are_watched_if_that_is_asked_for()
    {
        _root.Add("sample", PluginRoot.Source());
        var (_, client) = await StartAsync(builder => builder.Options.WatchPlugins = true);
        _root.Add("sample", PluginRoot.Source(version: "2.0.0"));
        await _log.Line("sample 2.0.0 was loaded");
        Assert.Equal("2.0.0", await VersionAsync(client));
        Directory.Delete(Path.Combine(_root.Path, "sample"), recursive: true);
        await _log.Line("sample has gone");
    }

    [Fact]
    public async Task Assemblies_beside_it_are_its_own_and_those_of_a_new_version_are_new()
    {
        var needed = _root.Add("sample", "public static class Needed { public static int Value => 1; }", "Needed");
        const string Start = "context.Server.On(\"needed\", (SockeyeSocket socket) => { socket.Emit(\"needed\", Needed.Value); });";
        _root.Add("sample", PluginRoot.Source(start: Start), references: [needed]);
        var other = _root.Add("other", "public static class Needed { public static int Value => 10; }", "Needed");
        _root.Add("other", PluginRoot.Source("other", start: Start.Replace("\"needed\",", "\"other\",", StringComparison.Ordinal)), references: [other]);
        var (server, client) = await StartAsync();
        Assert.Equal(1, await AskAsync(client, "needed"));
        _root.Add("sample", "public static class Needed { public static int Value => 2; }", "Needed");
        await server.Plugins.ReloadAsync();
        Assert.Equal(2, await AskAsync(client, "needed"));
        await client.EmitAsync("[\"other\"]");
        Assert.Equal(10, (await client.NextAsync())[1].GetInt32());
    }

    [Fact]
    public async Task The_code_of_a_new_version_is_compiled_before_it_is_called_on_a_loop()
    {
        const string Start = "context.Server.On(\"number\", (int number, SockeyeSocket socket) => { socket.Emit(\"number\", Twice(number)); });";
        const string Members = """
            private static int Twice(int number) => 2 * number;
            private static T Same<T>(T value) => value;
            private abstract class Unfinished<T> { public abstract T Make(); public static int Number => 1; }
            [System.Runtime.InteropServices.DllImport("nowhere")] private static extern int Nowhere();
            public GateVerdict OnEvent(EventReader e) => e.Is("drop"u8) ? GateVerdict.Stop : GateVerdict.Continue;
            public void OnExisting(SockeyeSocket socket) { socket.OnDisconnect(_ => { }); socket.Join("den"); }
            public void OnRoom(RoomChange change) { }
            """;
        _root.Add("sample", PluginRoot.Source(start: Start, members: Members, interfaces: ", IEventGate, IExistingHook, IRoomHook"));
        var (server, client) = await StartAsync(static builder => builder.Options.EventLoops = 1);
        server.On("compiled", static (SockeyeSocket socket) => { socket.Emit("compiled", JitInfo.GetCompiledMethodCount(currentThread: true)); });

        // What the engine itself needs for it is compiled by the generations before.
        List<long> compiled = [];
        for (var generation = 2; generation <= 4; generation++)
        {
            Assert.Equal(generation, Assert.Single(await server.Plugins.ReloadAsync("sample")).Generation);
            await client.EmitAsync("[\"number\",21]");
            Assert.Equal(42, (await client.NextAsync())[1].GetInt32());
            await client.EmitAsync("[\"compiled\"]");
            compiled.Add((await client.NextAsync())[1].GetInt64());
        }

        Assert.Equal(compiled[1], compiled[2]);
    }

    [Fact]
    public async Task A_handler_of_a_plugin_is_looked_up_once_however_many_sockets_it_is_registered_on()
    {
        const string Start = """
            context.Server.On("register", (SockeyeSocket socket) =>
            {
                Own(socket);
                var before = GC.GetAllocatedBytesForCurrentThread();
                Own(socket);
                socket.Emit("registered", GC.GetAllocatedBytesForCurrentThread() - before);
            });
            """;
        const string Members = "private static void Own(SockeyeSocket socket) => socket.On(\"own\", (int number, SockeyeSocket own) => { });";
        _root.Add("sample", PluginRoot.Source(start: Start, members: Members));
        var (server, client) = await StartAsync();
        server.On("register here", (SockeyeSocket socket) =>
        {
            Own(socket);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Own(socket);
            socket.Emit("registered", GC.GetAllocatedBytesForCurrentThread() - before);
        });
        await client.EmitAsync("[\"register here\"]");
        var here = (await client.NextAsync())[1].GetInt64();
        await client.EmitAsync("[\"register\"]");
        Assert.InRange((await client.NextAsync())[1].GetInt64(), 1, here + (here / 4));

        static void Own(SockeyeSocket socket) => socket.On("own", (int number, SockeyeSocket own) => { });
    }

    [Fact]
    public async Task Every_event_that_clients_send_during_reloads_is_answered_once_and_in_order()
    {
        const int Clients = 20, Events = 200, Reloads = 8;
        const string Start = "context.Server.On(\"number\", (int number, SockeyeSocket socket) => { socket.Emit(\"number\", number); });";
        const string Members = "public GateVerdict OnEvent(EventReader e) => e.Is(\"drop\"u8) ? GateVerdict.Stop : GateVerdict.Continue;";
        _root.Add("sample", PluginRoot.Source(start: Start, members: Members, interfaces: ", IEventGate"));
        var (server, _) = await StartAsync();
        var halfway = new CountdownEvent(Clients);
        var talks = Enumerable.Range(0, Clients).Select(async _ =>
        {
            var client = await RealClient.ConnectAsync(server);
            lock (_clients)
            {
                _clients.Add(client);
            }

            var hearing = Task.Run(async () =>
            {
                for (var i = 0; i < Events; i++)
                {
                    Assert.Equal(i, (await client.NextAsync())[1].GetInt32());
                    if (i == Events / 4)
                    {
                        halfway.Signal();
                    }
                }
            });
            for (var i = 0; i < Events; i++)
            {
                await client.EmitAsync($"[\"number\",{i}]");
                await client.EmitAsync("[\"drop\"]");
            }

            await hearing;
        }).ToArray();
        await Task.Run(() => halfway.Wait(RealClient.Patience));
        for (var i = 0; i < Reloads; i++)
        {
            Assert.Null(Assert.Single(await server.Plugins.ReloadAsync("sample")).Error);
        }

        await Task.WhenAll(talks);
        Assert.Equal(Reloads + 1, Assert.Single(server.Plugins.All).Generation);
        Assert.Equal(Clients + 1, server.LocalCount);
    }

    [Fact]
    public async Task A_loop_of_one_name_is_each_generations_own_and_taken_for_everybody_else()
    {
        _root.Add("sample", PluginRoot.Source(start: "context.Server.CreateLoop(\"match\", 10);"));
        var (server, _) = await StartAsync();
        await server.Plugins.ReloadAsync("sample");
        Assert.Equal(2, Assert.Single(server.Plugins.All).Generation);
        Assert.Throws<ArgumentException>(() => server.CreateLoop("match", 10));
        _root.Add("other", PluginRoot.Source("other", start: "context.Server.CreateLoop(\"match\", 10);"));
        Assert.Contains("a loop \"match\" already", Assert.Single(await server.Plugins.ReloadAsync("other")).Error, StringComparison.Ordinal);
        _root.Add("sample", PluginRoot.Source(start: "context.Server.CreateLoop(\"match\", 10); context.Server.CreateLoop(\"match\", 10);"));
        Assert.Contains("a loop \"match\" already", Assert.Single(await server.Plugins.ReloadAsync("sample")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_that_throws_counts_against_its_plugin_and_the_event_goes_on()
    {
        _root.Add("sample", PluginRoot.Source(members: "public GateVerdict OnEvent(EventReader e) => throw new InvalidOperationException(\"Not today.\");", interfaces: ", IEventGate"));
        var (server, client) = await StartAsync();
        Assert.Equal("1.0.0", await VersionAsync(client));
        var hook = Assert.Single(Assert.Single(server.Plugins.All).Hooks);
        Assert.Equal(("EventGate", 1, false), (hook.Name, hook.Faults, hook.IsOpen));
    }

    [Fact]
    public async Task What_it_registers_twice_is_called_twice_and_both_go_with_it()
    {
        const string Start = """
            for (var i = 0; i < 2; i++)
            {
                context.Server.On("twice", (SockeyeSocket socket) => { socket.Emit("heard"); });
            }
            """;
        _root.Add("sample", PluginRoot.Source(start: Start));
        var (server, client) = await StartAsync();
        await client.EmitAsync("[\"twice\"]");
        Assert.Equal("heard", (await client.NextAsync())[0].GetString());
        Assert.Equal("heard", (await client.NextAsync())[0].GetString());
        _root.Add("sample", PluginRoot.Source(version: "2.0.0"));
        await server.Plugins.ReloadAsync();
        await client.EmitAsync("[\"twice\"]");
        Assert.Equal("2.0.0", await VersionAsync(client));
    }

    [Fact]
    public async Task A_native_library_of_the_folder_is_found_and_its_file_may_be_overwritten()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var system = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so");
        var library = _root.Write("sample", "libown.so", await File.ReadAllBytesAsync(system));
        _root.Add("sample", PluginRoot.Source(
            start: "context.Server.On(\"native\", (SockeyeSocket socket) => { socket.Emit(\"native\", Ask()); });",
            members: "[System.Runtime.InteropServices.DllImport(\"own\", EntryPoint = \"SystemNative_GetPid\")] private static extern int Ask();"));
        var (server, client) = await StartAsync();
        Assert.Equal(Environment.ProcessId, await AskAsync(client, "native"));
        var mapped = (await File.ReadAllLinesAsync("/proc/self/maps")).Where(line => line.EndsWith("/libown.so", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(mapped);
        Assert.DoesNotContain(mapped, line => line.EndsWith(library, StringComparison.Ordinal));
        using (var stream = new FileStream(library, FileMode.Open, FileAccess.Write))
        {
            stream.SetLength(0);
        }

        Assert.Equal(Environment.ProcessId, await AskAsync(client, "native"));
        await server.Plugins.ReloadAsync("sample");
        await _log.Line("Generation 1 of plugin sample has ended");
        var copy = mapped[0][mapped[0].IndexOf('/', StringComparison.Ordinal)..];
        Assert.False(Directory.Exists(Path.GetDirectoryName(copy)));
    }

    private static async Task<int> AskAsync(RealClient client, string name)
    {
        await client.EmitAsync($"[\"{name}\"]");
        var answer = await client.NextAsync();
        Assert.Equal(name, answer[0].GetString());
        return answer[1].GetInt32();
    }

    private static async Task<string?> VersionAsync(RealClient client)
    {
        await client.EmitAsync("[\"version\"]");
        return (await client.NextAsync())[1].GetString();
    }

    private async Task StillOneAsync(SockeyeServer server, RealClient client, string reason)
    {
        var result = Assert.Single(await server.Plugins.ReloadAsync());
        Assert.Equal(("sample", 1), (result.Id, result.Generation));
        Assert.Equal(result, Assert.Single(server.Plugins.Failures));
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Contains("Sample", result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("what ran before goes on", await _log.Line(reason), StringComparison.Ordinal);
        Assert.Equal("1.0.0", await VersionAsync(client));
    }

    private async Task<(SockeyeServer Server, RealClient Client)> StartAsync(Action<SockeyeBuilder>? build = null)
    {
        _server = _root.Server(_log, build);
        _server.On("echo", (int number, SockeyeSocket socket) => { socket.Emit("echo", number); });
        await _server.StartAsync();
        var client = await RealClient.ConnectAsync(_server);
        _clients.Add(client);
        return (_server, client);
    }
}
