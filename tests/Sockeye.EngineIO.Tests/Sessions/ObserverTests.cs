using Microsoft.Extensions.Logging;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class ObserverTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_observer_hears_of_broken_rules_refused_requests_and_dropped_messages_and_nothing_changes_when_it_fails(bool fails)
    {
        using var log = new Lines();
        using var engine = new EngineHarness(new EngineOptions { LoggerFactory = log });
        engine.Observer.Fails = fails;

        Assert.Equal(400, engine.Connect().Get("/bad", "No-Colon").Status);
        Assert.Equal(["http_header"], engine.Observer.Rules);

        Assert.Equal(400, engine.Get("/engine.io/?transport=nonsense").Status);
        Assert.Equal(EngineErrorCode.TransportUnknown, Assert.Single(engine.Observer.Errors).Code);

        var target = engine.Open();
        var session = engine.Session;
        engine.OnLoop(session, () =>
        {
            session.SendText("never fetched"u8);
            session.Close(discard: true);
            Assert.Equal(EmitResult.Closed, session.SendText("too late"u8));
        });
        Assert.Equal([(OutboxDrop.Closed, 1L), (OutboxDrop.Closed, 1L)], engine.Observer.Drops);
        Assert.Equal("1", engine.Get(target).Text);

        Assert.Equal(fails ? ["OnRuleBroken", "OnConnectionError", "OnMessagesDropped", "OnMessagesDropped"] : [], log.Failed);
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        /// <summary>The calls in which the observer has failed.</summary>
        public List<string> Failed { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 1212)
            {
                Assert.Equal("observer", exception?.Message);
                Failed.Add(formatter(state, exception).Split(' ')[^1]);
            }
        }

        public void Dispose()
        {
        }
    }
}
