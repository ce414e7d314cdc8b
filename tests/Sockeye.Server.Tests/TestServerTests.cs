using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>The server of applications' own tests: it may run for long.</summary>
public sealed class TestServerTests : ServerTest
{
    [Theory]
    [InlineData(SockeyeTestServer.HandlerErrorsKept, 0)]
    [InlineData(SockeyeTestServer.HandlerErrorsKept + 1, 1)]
    public void The_newest_failures_of_handlers_are_kept_and_all_are_counted(int failures, int first)
    {
        var app = Start(server => server.On("fail", void (int number) => throw new InvalidOperationException($"{number}")));
        var client = app.Connect();
        for (var i = 0; i < failures; i++)
        {
            client.Emit("fail", i);
            app.RunUntilIdle();
        }

        Assert.Equal(failures, app.HandlerErrorCount);
        Assert.Equal(SockeyeTestServer.HandlerErrorsKept, app.HandlerErrors.Count);
        Assert.Equal($"{first}", app.HandlerErrors[0].Exception.Message);
        Assert.Equal($"{failures - 1}", app.HandlerErrors[^1].Exception.Message);
    }
}
