using System.Text;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Large bodies that strangers post to the routes of plugins, of which a server holds a quarter of its memory budget.</summary>
public sealed class PluginBodyTests : PluginTest
{
    private const int Large = 700_000;

    private TaskCompletionSource? _handling;

    [Fact]
    public void One_large_body_alone_always_finds_room()
    {
        var bodies = new LargeBodies(10);
        Assert.True(bodies.TryTake(20));
        Assert.False(bodies.TryTake(1));
        Assert.True(bodies.TryTake(0));
        bodies.Give(20);
        Assert.True(bodies.TryTake(10));
        Assert.False(bodies.TryTake(1));
    }

    [Fact]
    public void A_small_body_needs_no_room_and_one_without_a_length_as_much_as_it_may_become()
    {
        Assert.Equal(0, LargeBodies.RoomFor(LargeBodies.Small, 1_000_000));
        Assert.Equal(70_000, LargeBodies.RoomFor(70_000, 1_000_000));
        Assert.Equal(1_000_000, LargeBodies.RoomFor(-1, 1_000_000));
        Assert.Equal(0, LargeBodies.RoomFor(-1, LargeBodies.Small));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Large_bodies_for_routes_of_plugins_take_a_quarter_of_the_memory_together_and_a_further_one_gets_503(bool isChunked)
    {
        var app = StartEcho();
        var first = Begin(app, isChunked);
        var refused = Answer(app, Begin(app, isChunked));
        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 5\r\n", refused, StringComparison.Ordinal);

        // What is small, has no body, or is refused for its length needs none of the room.
        Assert.EndsWith("65536", Request(app, "POST", "/plugins/test/length", new string('x', 65_536)), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n0", Request(app, "POST", "/plugins/test/length"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 413 ", Request(app, "POST", "/plugins/test/length", new string('x', 1_000_001)), StringComparison.Ordinal);
        Assert.EndsWith("700000", End(app, first, isChunked), StringComparison.Ordinal);
        Assert.EndsWith("700000", End(app, Begin(app, isChunked), isChunked), StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_body_has_its_room_until_its_handler_has_ended_although_its_client_has_gone()
    {
        var app = StartEcho();
        _handling = new TaskCompletionSource();
        var first = Begin(app);
        Assert.Empty(End(app, first));
        first.Reset();
        app.RunUntilIdle();
        Assert.StartsWith("HTTP/1.1 503 ", Answer(app, Begin(app)), StringComparison.Ordinal);
        _handling.SetResult();
        app.RunUntilIdle();
        Assert.EndsWith("700000", End(app, Begin(app)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_body_that_breaks_off_or_comes_too_slowly_leaves_its_room_to_others()
    {
        var app = StartEcho();
        var gone = Begin(app);
        gone.Reset();
        app.RunUntilIdle();
        var slow = Begin(app);

        // It comes faster than the least rate, and ends with the time for a body all the same.
        for (var second = 0; second < 29; second++)
        {
            slow.Send(new byte[1000]);
            app.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.StartsWith("HTTP/1.1 503 ", Answer(app, Begin(app)), StringComparison.Ordinal);
        app.Advance(TimeSpan.FromSeconds(2));
        Assert.StartsWith("HTTP/1.1 408 ", Answer(app, slow), StringComparison.Ordinal);
        var faulty = Begin(app, isChunked: true);
        faulty.Send("\r\nno chunk\r\n"u8);
        faulty.Send(new byte[Large + 10]);
        Assert.StartsWith("HTTP/1.1 400 ", Answer(app, faulty), StringComparison.Ordinal);
        Assert.EndsWith("700000", End(app, Begin(app)), StringComparison.Ordinal);
    }

    private static MemoryPeer Begin(SockeyeTestServer app, bool isChunked = false)
    {
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes($"POST /plugins/test/length HTTP/1.1\r\nHost: test\r\n{(isChunked ? $"Transfer-Encoding: chunked\r\n\r\n{Large:x}" : $"Content-Length: {Large}\r\n")}\r\n"));
        app.RunUntilIdle();
        return peer;
    }

    private static string End(SockeyeTestServer app, MemoryPeer peer, bool isChunked = false)
    {
        peer.Send(Encoding.ASCII.GetBytes(new string('x', Large) + (isChunked ? "\r\n0\r\n\r\n" : "")));
        return Answer(app, peer);
    }

    private static string Answer(SockeyeTestServer app, MemoryPeer peer)
    {
        app.RunUntilIdle();
        return Encoding.UTF8.GetString(peer.Receive());
    }

    private SockeyeTestServer StartEcho() => Start(_ => { }, builder =>
    {
        builder.Options.Engine.MemoryBudgetBytes = 5_000_000;
        builder.AddPlugin(new DelegatePlugin(context => context.MapHttp("POST", "/length", async (request, _) =>
        {
            await (_handling?.Task ?? Task.CompletedTask);
            return PluginResponse.Text($"{request.Body.Length}");
        }, maxBodyBytes: 1_000_000)));
    });
}
