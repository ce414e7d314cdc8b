using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.Server.Common;
using Xunit;

namespace Sockeye.Server.Tests.Mistakes;

/// <summary>What a server that has been started by <see cref="SockeyeServer.RunAsync"/> says when it is ready.</summary>
public sealed class ReadyLineTests
{
    private const string Hint = " DOTNET_ENVIRONMENT=Development tells of events that nobody listens to.";

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    public async Task On_a_terminal_a_server_that_is_not_in_development_says_how_typing_errors_are_seen(bool isTerminal, bool development, bool hints)
    {
        using var written = new SignalStream();
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder =>
        {
            builder.Console = new ConsoleLines(() => written) { IsTerminal = isTerminal };
            builder.Options.Development = development;
            builder.Options.ConsoleLog = LogLevel.Warning;
        });
        using var stop = new CancellationTokenSource();
        var run = server.RunAsync(stop.Token);
        var line = await written.Line.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await run;
        Assert.EndsWith("Ctrl+C stops the server." + (hints ? Hint : "") + Environment.NewLine, line, StringComparison.Ordinal);
    }

    /// <summary>Hands over the first line.</summary>
    private sealed class SignalStream : MemoryStream
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override void Write(byte[] buffer, int offset, int count) => _line.TrySetResult(Encoding.UTF8.GetString(buffer, offset, count));
    }
}
