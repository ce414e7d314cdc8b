using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Transports;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>Which transport is taken where.</summary>
public sealed class TransportChoiceTests
{
    public static TheoryData<Architecture> Architectures => [.. Enum.GetValues<Architecture>()];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void The_native_transport_is_for_Linux_on_the_processors_whose_layouts_it_knows(Architecture architecture)
    {
        var isKnown = architecture is Architecture.X64 or Architecture.Arm64;
        Assert.Equal(isKnown, NativeSupport.WhyMissing(isLinux: true, architecture, () => true) is null);
        Assert.Equal("it needs Linux", NativeSupport.WhyMissing(isLinux: false, architecture, () => true));
    }

    [Fact]
    public void Without_the_C_library_there_is_none() =>
        Assert.StartsWith("neither glibc", NativeSupport.WhyMissing(isLinux: true, Architecture.X64, () => false), StringComparison.Ordinal);

    [Fact]
    public async Task Where_there_is_no_native_transport_the_portable_one_is_taken_and_a_line_says_why()
    {
        var log = new RecordedLoggers();
        await using var transport = SocketTransport.Choose(new TransportOptions { LoggerFactory = log }, "it knows x64 and arm64, not S390x");
        Assert.Equal("sockets", transport.Name);
        Assert.Equal(OperatingSystem.IsLinux() ? 1 : 0, log.Lines.Count(static line => line.Contains("not S390x", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_portable_transport_says_nothing_when_it_was_asked_for_unless_it_was_asked_for_several_loops()
    {
        var log = new RecordedLoggers();
        await using (SocketTransport.Create(new TransportOptions { Kind = TransportKind.Portable, LoggerFactory = log }))
        {
            Assert.Empty(log.Lines);
        }

        await using (SocketTransport.Create(new TransportOptions { Kind = TransportKind.Portable, LoopCount = 4, LoggerFactory = log }))
        {
            Assert.Equal(["EventLoops is 4, but the portable transport has one loop."], log.Lines);
        }
    }

    [Fact]
    public void Whoever_insists_on_the_native_transport_is_told_why_there_is_none()
    {
        var failure = Assert.Throws<PlatformNotSupportedException>(() => SocketTransport.Choose(new TransportOptions { Kind = TransportKind.Native }, "it needs Linux"));
        Assert.Contains("it needs Linux", failure.Message, StringComparison.Ordinal);
        Assert.Contains("TransportKind.Auto", failure.Message, StringComparison.Ordinal);
    }

    private sealed class RecordedLoggers : ILoggerFactory, ILogger
    {
        private readonly List<string> _lines = [];

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
                _lines.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
