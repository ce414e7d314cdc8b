namespace Sockeye.Host.Tests.Administration;

/// <summary>The listener of operators beside the server of clients.</summary>
public sealed class HostAdministrationTests
{
    [Fact]
    public async Task The_loop_of_operators_is_not_called_as_one_of_clients()
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        Assert.Equal("sockeye-admin-0", Assert.Single((await host.Administration.Inspection.ReportAsync()).Loops).Name);
        Assert.Equal(["sockeye-loop-0", "sockeye-loop-1"], (await host.Server.Inspection.ReportAsync()).Loops.Select(static loop => loop.Name));
    }
}
