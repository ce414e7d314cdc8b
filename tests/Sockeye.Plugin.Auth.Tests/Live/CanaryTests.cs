using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.Plugins;
using Sockeye.Testing;

namespace Sockeye.Plugin.Auth.Tests.Live;

/// <summary>Tokens with a mark in them are sent by every way there is, and the mark is looked for wherever something may be kept.</summary>
public sealed class CanaryTests : IDisposable
{
    // As long as that no random id has it in it.
    private const string Mark = "canary-in-a-token";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sockeye-canary");
    private readonly ConcurrentQueue<string> _seen = new();

    [Fact]
    public async Task CVE_2026_33247_no_token_reaches_a_log_a_listener_a_trace_a_label_an_exception_or_the_audit_log()
    {
        using var meters = new MeterListener { InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => See(instrument.Name, tags));
        meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => See(instrument.Name, tags));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => See(instrument.Name, tags));
        meters.Start();
        using var traces = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => _seen.Enqueue($"{activity.DisplayName} {string.Join(' ', activity.TagObjects)}"),
        };
        ActivitySource.AddActivityListener(traces);
        var audit = Path.Combine(_folder.FullName, "audit.jsonl");
        var section = WholePlugin.Section(("Audit:Path", audit), ("Token:Query", "token"), ("Token:Cookie", "token"));
        using var loggers = new Recorder(_seen);
        await using (var server = new SockeyeTestServer(
            server =>
            {
                server.OnAny(e => _seen.Enqueue("any " + Encoding.UTF8.GetString(e.NameUtf8) + Encoding.UTF8.GetString(e.ArgumentsUtf8)));
                server.OnAnyOutgoing(e => _seen.Enqueue("outgoing " + Encoding.UTF8.GetString(e.NameUtf8) + Encoding.UTF8.GetString(e.ArgumentsUtf8)));
                server.OnHandlerError(error => _seen.Enqueue(error.Exception.ToString()));
                server.On("fail", () => throw new InvalidOperationException("on purpose"));
            },
            builder =>
            {
                builder.LoggerFactory = loggers;
                builder.AddPlugin(new AuthPlugin(), section);
                builder.AddPlugin(new Curious(_seen));
            }))
        {
            var now = server.Time.GetUtcNow();
            string[] tokens = [Good("a"), Good("b") + Mark, $"{Mark}.{Mark}.{Mark}", Mark, new string('x', 9000) + Mark];
            foreach (var token in tokens)
            {
                server.Connect(auth: new { token });
                server.Connect(query: "token=" + token);
                server.Connect(headers: new Dictionary<string, string> { ["Authorization"] = "Bearer " + token });
                server.Connect(headers: new Dictionary<string, string> { ["Cookie"] = "token=" + token });
            }

            var client = server.Connect(auth: new { token = Good("c") });
            Assert.True(client.IsConnected);
            var asked = 0;
            foreach (var token in tokens)
            {
                // Answers to failures are slowed down: the clock has to move on before they come.
                client.SendRaw($"2{asked++}[\"auth:refresh\",\"{token}\"]");
                client.SendRaw($"2{asked++}[\"auth:refresh\",{{\"token\":\"{token}\"}}]");
                server.Advance(TimeSpan.FromSeconds(30));
            }

            client.SendRaw($"2[\"auth:refresh\",{{\"token\":[\"{Mark}\"]}}]");
            client.Emit("fail");
            server.Advance(TimeSpan.FromMinutes(2));
            var question = client.Events.FirstOrDefault(e => e.Name == "auth:refresh");
            question?.Answer(tokens[1]);
            server.RunUntilIdle();
            meters.RecordObservableInstruments();
            client.SendRaw($"2[\"plain\",\"{Mark}\"]"); // what is no refresh is seen, so that the listeners are known to see
            server.RunUntilIdle();

            string Good(string user) => WholePlugin.Token(user, now, TimeSpan.FromMinutes(6), ("jti", Mark + user), ("note", Mark));
        }

        var text = await File.ReadAllTextAsync(audit);
        Assert.Contains("admitted", text, StringComparison.Ordinal);
        Assert.Contains("refresh_refused", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Mark, text, StringComparison.Ordinal);
        Assert.False(HasToken(text));
        Assert.Contains(_seen, line => line.StartsWith("any plain", StringComparison.Ordinal));
        Assert.Contains(_seen, line => line.StartsWith("any plain of a gate", StringComparison.Ordinal));
        Assert.Contains(_seen, line => line.StartsWith("emitted auth:refreshed", StringComparison.Ordinal));
        Assert.Contains(_seen, line => line.Contains("on purpose", StringComparison.Ordinal));
        Assert.DoesNotContain(_seen, static line => !line.StartsWith("any plain", StringComparison.Ordinal)
            && (line.Contains(Mark, StringComparison.Ordinal) || HasToken(line)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Whether it has the beginning of the first or the second part of a token in it: <c>{"alg"</c>, <c>{"sub"</c>. Ids are random and have less of it once in some hundred runs.</summary>
    private static bool HasToken(string text) => text.Contains("eyJhbGci", StringComparison.Ordinal) || text.Contains("eyJzdWIi", StringComparison.Ordinal);

    private void See(string name, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            _seen.Enqueue($"{name} {tag.Key}={tag.Value}");
        }
    }

    /// <summary>A plugin behind auth that tells of all that it is asked about.</summary>
    [SockeyePlugin("curious", "1.0")]
    private sealed class Curious(ConcurrentQueue<string> seen) : ISockeyePlugin, IEventGate, IOutgoingHook
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => default;

        public GateVerdict OnEvent(EventReader e)
        {
            seen.Enqueue($"any {Encoding.UTF8.GetString(e.NameUtf8)} of a gate {Encoding.UTF8.GetString(e.ArgumentsUtf8)}");
            return GateVerdict.Continue;
        }

        public OutgoingVerdict OnEmit(in OutgoingEvent e)
        {
            seen.Enqueue($"emitted {e.Name} {Encoding.UTF8.GetString(e.ArgumentsUtf8)}");
            return OutgoingVerdict.Continue;
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Recorder(ConcurrentQueue<string> seen) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            seen.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
