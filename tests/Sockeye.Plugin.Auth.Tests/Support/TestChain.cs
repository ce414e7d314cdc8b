using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Settings;
using Sockeye.Plugin.Auth.Sources;

namespace Sockeye.Plugin.Auth.Tests.Support;

/// <summary>A chain of sources from a configuration, on a clock that the test drives.</summary>
internal sealed class TestChain : IAsyncDisposable, ILogger
{
    private readonly Meter _meter = new("test");
    private readonly List<string> _lines = [];
    private readonly AuthChain _chain;

    private TestChain(AuthSettings settings, ManualTime time, IClusterBus? bus)
    {
        Time = time;
        Settings = settings;
        _chain = new AuthChain(settings, new SourceServices(time, this, bus ?? new InProcessBus(), new GrantMaker(settings.Roles, new CompiledRules())), new AuthMetrics(_meter));
    }

    public ManualTime Time { get; }

    public AuthSettings Settings { get; }

    public Meter Meter => _meter;

    /// <summary>What was logged so far, at all levels.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Reads a configuration; what is malformed throws with all faults.</summary>
    public static AuthSettings Read(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"Plugins":{"auth":{{json}} } }"""));
        var reader = new SettingsReader(new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("Plugins:auth"));
        var settings = AuthSettings.Read(reader);
        reader.ThrowIfFaulty();
        return settings;
    }

    /// <summary>The faults of a configuration, a line for each.</summary>
    public static string[] Faults(string json) => Assert.Throws<FormatException>(() => Read(json)).Message.Split('\n');

    public static async Task<TestChain> StartAsync(string json, ManualTime? time = null, IClusterBus? bus = null)
    {
        var chain = new TestChain(Read(json), time ?? new ManualTime(), bus);
        await chain._chain.StartAsync(CancellationToken.None);
        return chain;
    }

    /// <summary>A chain of one source of tokens that accepts the secret of the tests.</summary>
    public static Task<TestChain> JwtAsync(string more = "", ManualTime? time = null) =>
        StartAsync($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","Secret":"{{TestTokens.Secret}}"}]{{more}}}]}""", time);

    public async Task<AuthOutcome> DecideAsync(string? token, string nsp = "/", CancellationToken cancellationToken = default)
    {
        Assert.True(_chain.TryEnter());
        try
        {
            return await _chain.DecideAsync(new AuthAttempt(nsp, "192.0.2.1", token, token is null ? TokenPlace.None : TokenPlace.Payload), cancellationToken);
        }
        finally
        {
            _chain.Leave();
        }
    }

    /// <summary>Asserts that a token is refused, with a code and for a reason, and that nothing of it was logged.</summary>
    public async Task RefusedAsync(string? token, string code, string? reason = null)
    {
        var outcome = await DecideAsync(token);
        Assert.Equal(code, outcome.Code);
        Assert.Null(outcome.Identity);
        if (reason is not null)
        {
            Assert.Contains(reason, outcome.Detail, StringComparison.Ordinal);
        }

        if (token is { Length: >= 12 })
        {
            Assert.DoesNotContain(Lines, line => line.Contains(token[..12], StringComparison.Ordinal) || line.Contains(token[^12..], StringComparison.Ordinal));
        }
    }

    public async Task<SocketIdentity> AllowedAsync(string? token, string nsp = "/")
    {
        var outcome = await DecideAsync(token, nsp);
        Assert.True(outcome.IsAllowed, $"{outcome.Code}: {outcome.Detail}");
        return outcome.Identity!;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{eventId.Id} {formatter(state, exception)}{exception}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _chain.DisposeAsync();
        _meter.Dispose();
    }
}
