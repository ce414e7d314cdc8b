using Microsoft.Extensions.Logging;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>A server under attack: its log and its counters are recorded, and a bystander must not notice anything.</summary>
public abstract class HostileTest : ServerTest
{
    private SockeyeTestClient? _bystander;

    internal RecordedLog Log { get; } = new();

    internal RecordedMeters Meters { get; } = new();

    internal SockeyeTestServer StartHostile(Action<SockeyeServer>? configure = null, Action<SockeyeBuilder>? build = null, int loops = 1)
    {
        var app = Start(
            server =>
            {
                server.On("ping", (EventContext e) => { e.Ack("pong"); });
                configure?.Invoke(server);
            },
            builder =>
            {
                builder.LoggerFactory = Log;
                builder.MeterFactory = Meters;
                build?.Invoke(builder);
            },
            loops);
        _bystander = app.Connect();
        return app;
    }

    /// <summary>A client in the main namespace sends one packet; afterwards its connection is closed, for the expected rule, and nobody else is touched.</summary>
    internal void AssertRefused(SockeyeTestServer app, string packet, string rule)
    {
        var client = app.Connect();
        Assert.True(client.IsConnected);
        client.SendRaw(packet);
        app.RunUntilIdle();
        AssertClosedAlone(app, client, packet);
        Assert.True(Meters.Count("sockeye.protocol.errors", rule) > 0, $"{packet}: the rule {rule} was not counted, but {Meters}");
    }

    internal void AssertClosedAlone(SockeyeTestServer app, SockeyeTestClient client, string what = "")
    {
        app.RunUntilIdle();
        Assert.True(client.IsClosed, $"The connection is still open after {what}");
        Assert.False(client.IsConnected);
        AssertServes(app);
    }

    internal void AssertServes(SockeyeTestServer app)
    {
        Assert.Equal("pong", _bystander!.Call<string>("ping"));
        Assert.Equal("pong", app.Connect().Call<string>("ping"));
        Assert.DoesNotContain(Log.Lines, static line => line.Level >= LogLevel.Error);
        Assert.Empty(app.HandlerErrors);
    }

    /// <summary>Bytes allocated on this thread by an action.</summary>
    internal static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}

internal sealed record LogLine(LogLevel Level, EventId Id, string Text);

/// <summary>Keeps the lines of all categories.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly List<LogLine> _lines = [];

    public LogLine[] Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add(new LogLine(logLevel, eventId, formatter(state, exception) + (exception is null ? "" : "\n" + exception)));
        }
    }

    public void Dispose()
    {
    }
}
