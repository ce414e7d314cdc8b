using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Host.Lifecycle;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Lifecycle;

public sealed class SystemdServiceTests
{
    [Theory]
    [InlineData("30000000", null, 15_000d)]
    [InlineData("3000000", "77", 1_500d)]
    [InlineData("3000000", "", 1_500d)]
    [InlineData("3000000", "78", null)]
    [InlineData("0", null, null)]
    [InlineData("often", null, null)]
    [InlineData("-5", null, null)]
    [InlineData(null, null, null)]
    public void The_watchdog_is_told_at_half_of_its_time_where_it_watches_this_process(string? time, string? process, double? milliseconds) => Assert.Equal(
        milliseconds is { } value ? TimeSpan.FromMilliseconds(value) : null,
        SystemdService.Interval(name => name == "WATCHDOG_USEC" ? time : name == "WATCHDOG_PID" ? process : null, 77));

    [Fact]
    public async Task The_watchdog_is_not_told_while_a_loop_stands_still()
    {
        // The loops of a test server tick when the test says so: here they stand.
        await using var server = new SockeyeTestServer(static _ => { });
        using SystemdService service = new(server.Server, static () => default, new SystemdNotifier(null, NullLogger.Instance), NullLogger.Instance);
        Assert.False(await service.TellAsync(TimeSpan.Zero));
    }
}
