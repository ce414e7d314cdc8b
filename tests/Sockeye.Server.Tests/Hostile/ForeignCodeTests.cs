using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Sockeye.Plugins;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>Loggers and listeners of meters that throw: nobody notices.</summary>
public class ForeignCodeTests : ServerTest
{
    [Theory, InlineData(false), InlineData(true)]
    public void A_log_sink_that_always_throws_leaves_nothing_half_done(bool isEnabledThrows)
    {
        var app = Start(Fail, builder => builder.LoggerFactory = new BrokenLog(isEnabledThrows));
        Abuse(app);
    }

    [Fact]
    public void A_listener_of_the_meter_that_always_throws_leaves_nothing_half_done()
    {
        using var meters = new BrokenMeters();
        var app = Start(Fail, builder => builder.MeterFactory = meters);
        Abuse(app);
        Assert.True(meters.Calls > 0);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_plugin_hears_nothing_of_a_log_sink_that_throws(bool isEnabledThrows)
    {
        var plugin = new TalkativePlugin();
        Start(static server => { }, builder =>
        {
            builder.LoggerFactory = new BrokenLog(isEnabledThrows);
            builder.AddPlugin(plugin);
        });
        Assert.True(plugin.HasStarted);
    }

    [Fact]
    public void What_clients_have_sent_breaks_no_line_of_a_plugin_either()
    {
        var log = new RecordedLog();
        Start(static server => { }, builder =>
        {
            builder.LoggerFactory = log;
            builder.AddPlugin(new TalkativePlugin());
        });
        var line = Assert.Single(log.Lines, static line => line.Text.Contains("from a client", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', line.Text);
        Assert.DoesNotContain('\e', line.Text);
    }

    private static void Fail(SockeyeServer server)
    {
        server.On("fail", () => throw new InvalidOperationException("no"));
        server.On("failLater", async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("no");
        });
        server.OnWithAck("ping", () => "pong");
        server.OnDisconnect((_, _) => throw new InvalidOperationException("no"));
    }

    // Each of these counts or logs something in the middle of a handler, of a read or of a turn.
    private static void Abuse(SockeyeTestServer app)
    {
        var client = app.Connect();
        for (var i = 0; i < 3; i++)
        {
            client.Emit("fail");
            client.Emit("failLater");
            client.Emit("unknown");
            Assert.Equal("pong", client.Call<string>("ping"));
        }

        var bad = app.Connect();
        bad.SendRaw("9 no packet");
        app.RunUntilIdle();
        Assert.True(bad.IsClosed);
        app.Connect(joins: false).SendRaw("0/nobody,");
        app.Connect(joins: false).Reset();
        app.RunUntilIdle();
        var peer = app.Transport.Connect();
        peer.Send("NONSENSE\r\n\r\n"u8.ToArray());
        app.RunUntilIdle();
        Assert.Equal("pong", client.Call<string>("ping"));
        Assert.Equal("pong", app.Connect().Call<string>("ping"));
    }

    private sealed class TalkativePlugin : ISockeyePlugin
    {
        public bool HasStarted { get; private set; }

        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            using (context.Logger.BeginScope("starting"))
            {
                if (context.Logger.IsEnabled(LogLevel.Information))
                {
                    context.Logger.LogInformation("{Text}", "from a client\n\e[2J");
                }

                context.Logger.LogError("always");
            }

            HasStarted = true;
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class BrokenLog(bool isEnabledThrows) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new IOException("The disk is full.");

        public bool IsEnabled(LogLevel logLevel) => isEnabledThrows ? throw new IOException("The disk is full.") : true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => throw new IOException("The disk is full.");

        public void Dispose()
        {
        }
    }

    private sealed class BrokenMeters : IMeterFactory
    {
        private readonly MeterListener _listener = new();
        private Meter? _meter;

        public BrokenMeters()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == _meter && !instrument.IsObservable)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, _, _, _) => Throw());
            _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Throw());
            _listener.Start();
        }

        public int Calls { get; private set; }

        public Meter Create(MeterOptions options) => _meter = new Meter(options);

        public void Dispose()
        {
            _listener.Dispose();
            _meter?.Dispose();
        }

        private void Throw()
        {
            Calls++;
            throw new InvalidOperationException("no");
        }
    }
}
