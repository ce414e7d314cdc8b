using Sockeye.Inspection;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Loops on threads of their own, one of which does not come back.</summary>
public sealed class InspectionOfBlockedLoopsTests : IAsyncLifetime
{
    private readonly ManualResetEventSlim _release = new();
    private readonly TaskCompletionSource<int> _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<RealClient> _clients = [];
    private SocketServer _server = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _release.Set();
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await _server.DisposeAsync();
        _release.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_report_is_partial_while_a_loop_is_blocked_and_says_what_runs_there_and_is_whole_afterwards(int loops)
    {
        var blocked = await BlockAsync(loops);
        var report = await _server.Inspection.ReportAsync();
        Assert.False(report.IsComplete);
        Assert.Equal(8, report.Clients);
        Assert.Equal(8 - report.Loops[blocked].Connections, report.WebSockets);
        var standing = Assert.Single(report.Loops, loop => loop.Silence is not null);
        Assert.Equal(_server.Context.Loops[blocked].Name, standing.Name);
        Assert.StartsWith("\"block\" of socket", standing.Activity, StringComparison.Ordinal);

        var again = await _server.Inspection.ReportAsync();
        Assert.True(again.Loops[blocked].Silence > standing.Silence);
        _release.Set();
        while (!report.IsComplete)
        {
            report = await _server.Inspection.ReportAsync();
        }

        Assert.Equal(8, report.WebSockets);
        Assert.All(report.Loops, loop => Assert.Null(loop.Silence));
    }

    [Fact]
    public async Task A_search_finds_the_clients_of_the_other_loops_and_says_that_some_may_be_missing()
    {
        var blocked = await BlockAsync(4);
        var search = await _server.Inspection.FindAsync(null);
        Assert.False(search.IsComplete);
        Assert.NotEmpty(search.Clients);
        Assert.DoesNotContain(search.Clients, client => ((Sockets.ServerSocket)client.Sockets[0].Socket).LoopIndex == blocked);
    }

    [Fact]
    public async Task However_often_it_is_asked_a_blocked_loop_has_one_piece_of_work_waiting()
    {
        var blocked = await BlockAsync(4);
        var before = _server.Context.Loops[blocked].Counters.Posted;
        for (var i = 0; i < 5; i++)
        {
            Assert.False((await _server.Inspection.ReportAsync()).IsComplete);
        }

        var passed = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Context.Loops[blocked].Post(_ => passed.SetResult(_server.Context.Loops[blocked].Counters.Posted), null);
        _release.Set();
        Assert.InRange(await passed.Task.WaitAsync(RealClient.Patience) - before, 1, 2);
    }

    [Fact]
    public async Task Reports_that_are_asked_for_while_one_is_made_are_the_same_one()
    {
        await BlockAsync(4);
        var reports = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _server.Inspection.ReportAsync()));
        Assert.Single(reports.Select(report => report.Time).Distinct());
    }

    /// <summary>Eight clients, and one of them blocks its loop.</summary>
    private async Task<int> BlockAsync(int loops)
    {
        _server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = loops;
        });
        _server.On("block", (SockeyeSocket socket) =>
        {
            _blocked.SetResult(((Sockets.ServerSocket)socket).LoopIndex);
            _release.Wait();
        });
        await _server.StartAsync();
        for (var i = 0; i < 8; i++)
        {
            _clients.Add(await RealClient.ConnectAsync(_server));
        }

        await _clients[0].EmitAsync("[\"block\"]");
        return await _blocked.Task.WaitAsync(RealClient.Patience);
    }
}
