using Microsoft.Extensions.Configuration;
using Sockeye.Plugins;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Configuration that changes while a plugin runs.</summary>
public sealed class PluginConfigurationTests : PluginTest
{
    private readonly IConfigurationRoot _source = new ConfigurationBuilder().AddInMemoryCollection([new("P:a", "1"), new("P:b:c", "1"), new("Q", "1")]).Build();
    private readonly Reloading _plugin = new();

    [Fact]
    public void A_changed_section_comes_once_as_a_whole_and_a_refused_one_leaves_what_was()
    {
        var app = Start();
        Assert.Equal("1", _plugin.Context!.Configuration["b:c"]);

        _source["P:a"] = "2";
        _source["P:b:c"] = "2";
        Change(app);
        Assert.True(app.RunUntil(() => _plugin.Count == 1));
        Assert.Equal("1", _plugin.Context!.Configuration["b:c"]);
        Assert.Equal("2 2", _plugin.Seen[0]);

        // Another section is none of its business.
        _source["Q"] = "2";
        Change(app);
        Assert.True(IsQuiet(app));
        Assert.Equal(1, _plugin.Count);

        Change(app, "bad");
        Assert.True(app.RunUntil(() => _plugin.Count == 2) && IsQuiet(app));
        Change(app, "3");
        Assert.True(app.RunUntil(() => _plugin.Count == 3));
        Assert.Equal("3 2", _plugin.Seen[2]);
        Replace(app, null);
        Change(app, "4");
        app.RunUntilIdle();
        Assert.Equal(3, _plugin.Count);
    }

    [Fact]
    public void What_it_throws_counts_against_it_and_opens_its_circuit_and_a_change_waits_until_it_is_tried_again()
    {
        var app = Start(options => options.Hooks.Faults = 2);
        Change(app, "bad");
        Assert.True(app.RunUntil(() => Status(app).Faults == 1));
        Assert.False(Status(app).IsOpen);
        Change(app, "bad too");
        Assert.True(app.RunUntil(() => Status(app).Faults == 2) && IsQuiet(app));
        Assert.True(Status(app).IsOpen);

        Change(app, "3");
        Assert.True(IsQuiet(app));
        Assert.Equal(2, _plugin.Count);
        app.Advance(TimeSpan.FromSeconds(6));
        Assert.True(app.RunUntil(() => !Status(app).IsOpen));
        Assert.Equal("3 1", _plugin.Seen[2]);
        Assert.Equal(2, Status(app).Faults);
    }

    [Fact]
    public void One_that_takes_longer_than_it_may_counts_against_it_and_goes_on()
    {
        var app = Start();
        var goOn = _plugin.GoOn = new TaskCompletionSource();
        Change(app, "2");
        Assert.True(app.RunUntil(() => _plugin.Count == 1));
        app.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(0, Status(app).Faults);
        app.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, Status(app).Faults);

        // It is never called twice at once: what comes meanwhile waits for its end.
        Change(app, "3");
        app.RunUntilIdle();
        Assert.Equal(1, _plugin.Count);
        _plugin.GoOn = null;
        goOn.SetResult();
        Assert.True(app.RunUntil(() => _plugin.Count == 2));
        Assert.Equal("3 1", _plugin.Seen[1]);
        Assert.True(IsQuiet(app));
        Assert.Equal(1, Status(app).Faults);
    }

    [Fact]
    public async Task What_it_refuses_is_a_line_for_each_fault_with_its_place_and_a_stack_for_who_debugs()
    {
        var log = new AwaitedLog();
        var app = Start(_ => { }, builder =>
        {
            builder.LoggerFactory = log;
            builder.LocateFault = static fault => "sockeye.json:7: " + fault;
            builder.AddPlugin(_plugin, _source.GetSection("P"));
        });
        _plugin.Fault = "P:a is wrong\nP:b is too";
        Change(app, "bad");
        Assert.True(app.RunUntil(() => app.Server.Plugins.All[0].ConfigurationFault is not null));
        Assert.True(IsQuiet(app));
        Assert.Equal("sockeye.json:7: P:a is wrong\nsockeye.json:7: P:b is too", app.Server.Plugins.All[0].ConfigurationFault);
        Assert.Equal("Plugin test has refused a changed configuration and goes on with the one before: sockeye.json:7: P:a is wrong", await log.Line("P:a is wrong"));
        Assert.Equal("Plugin test has refused a changed configuration and goes on with the one before: sockeye.json:7: P:b is too", await log.Line("P:b is too"));
    }

    private static HookStatus Status(SockeyeTestServer app) => Assert.Single(app.Server.Plugins.All[0].Hooks);

    private static bool IsQuiet(SockeyeTestServer app) => app.RunUntil(() => Host(app).Running[0].Calls.IsZero);

    private SockeyeTestServer Start(Action<SockeyeServerOptions>? configure = null) => Start(_ => { }, builder =>
    {
        configure?.Invoke(builder.Options);
        builder.AddPlugin(_plugin, _source.GetSection("P"));
    });

    private void Change(SockeyeTestServer app, string? value = null)
    {
        _source["P:a"] = value ?? _source["P:a"];
        _source.Reload();
        app.Advance(TimeSpan.FromSeconds(1));
    }

    [SockeyePlugin("test", "1.0")]
    private sealed class Reloading : DelegatePlugin, IReloadHook
    {
        private readonly List<string> _seen = [];

        public Reloading()
            : base(_ => { })
        {
        }

        public int Count
        {
            get
            {
                lock (_seen)
                {
                    return _seen.Count;
                }
            }
        }

        public List<string> Seen => _seen;

        /// <summary>What it throws at a section that is bad.</summary>
        public string Fault { get; set; } = "no good";

        /// <summary>What a call waits for.</summary>
        public TaskCompletionSource? GoOn { get; set; }

        public async ValueTask OnConfigurationAsync(IConfigurationSection section, CancellationToken cancellationToken)
        {
            await Task.Yield();
            lock (_seen)
            {
                _seen.Add($"{section["a"]} {section.GetSection("b")["c"]}");
            }

            if (GoOn is { } goOn)
            {
                await goOn.Task;
            }

            if (section["a"]!.StartsWith("bad", StringComparison.Ordinal))
            {
                throw new FormatException(Fault);
            }
        }
    }
}
