using System.Diagnostics;
using Sockeye.Plugin.Routing.Inbound;
using Sockeye.Plugin.Routing.Tests.Outputs;
using Sockeye.Testing;

namespace Sockeye.Plugin.Routing.Tests.Inbound;

/// <summary>The lines of the page that sign a request, run as they stand against a way in.</summary>
public sealed class SigningTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Theory]
    [InlineData("bash", "-c")]
    [InlineData("node", "--input-type=module", "-e")]
    [InlineData("python3", "-c")]
    public async Task The_lines_of_the_page_sign_a_request_that_becomes_an_event(string program, params string[] arguments)
    {
        await using var server = new SockeyeTestServer(server => server.Use(socket =>
        {
            socket.Join("site-7");
            return ConnectResult.Accept;
        }));
        var client = server.Connect();
        using var log = new AwaitedLog();
        var support = new InboundSupport(server.Server, server.Time, log, (_, length) => new long[length], new ReplayMemory([], [], server.Time));
        using var route = new InboundRoute("alerts", new InboundOptions { Secrets = [Secret], Room = "site-{site}" }, support);
        await using var target = new LoopbackTarget(posted => LoopbackTarget.Status(route.OnRequest(posted.Header, posted.Body).Status));

        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments.Append(Lines(program)))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["SECRET"] = Secret;
        start.Environment["URL"] = target.Url.ToString();
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        server.RunUntilIdle();

        Assert.True(process.ExitCode == 0, await said);
        Assert.Equal(1, route.Counts.Received);
        var e = Assert.Single(client.Events);
        Assert.Equal("alarm", e.Name);
        Assert.Equal("\"too hot\"", e.Json);
    }

    private static string Lines(string program)
    {
        var page = File.ReadAllLines(Path.Combine(WorkingCopy.Root, "docs", "routing-outside.md"));
        var block = page.SkipWhile(line => line != $"<!-- sign: {program} -->").Skip(2).TakeWhile(line => line != "```").ToArray();
        Assert.NotEmpty(block);
        return string.Join('\n', block);
    }
}
