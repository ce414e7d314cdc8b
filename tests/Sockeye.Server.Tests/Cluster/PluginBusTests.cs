using System.Text;
using System.Threading.Channels;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Shared;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>The bus as a plugin sees it: its own subjects and no other, until its generation ends.</summary>
public sealed class PluginBusTests : IAsyncLifetime
{
    private readonly InProcessBus _bus = new();
    private readonly Channel<(string What, Exception Failure)> _failed = Channel.CreateUnbounded<(string, Exception)>();
    private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task What_a_plugin_publishes_goes_below_its_prefix_with_the_subject_of_the_answer()
    {
        await using var subscription = await _bus.SubscribeAsync(">", Hear);
        var plugin = Make("auth");
        plugin.Publish("revoked", "x"u8, "inbox.1");
        Assert.Equal("plugins.auth.revoked x plugins.auth.inbox.1", await _heard.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
    }

    [Fact]
    public async Task What_comes_to_a_plugin_has_no_prefix()
    {
        var plugin = Make("auth");
        var subscription = await plugin.SubscribeAsync("*.b", Hear);
        Assert.Equal("*.b", subscription.Subject);
        _bus.Publish("a.b", "outside"u8);
        _bus.Publish("plugins.other.a.b", "of another"u8);
        _bus.Publish("plugins.auth.a.b", "own"u8, "plugins.auth.inbox.1");
        Assert.Equal("a.b own inbox.1", await _heard.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
        await subscription.DisposeAsync();
        Assert.False(_heard.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_plugin_hears_itself_on_every_node_and_no_other_plugin()
    {
        var (here, there, other) = (Make("auth"), Make("auth"), Make("auth-more"));
        await there.SubscribeAsync(">", Hear);
        other.Publish("a", "of another"u8);
        here.Publish("a", "own"u8);
        Assert.Equal("a own ", await _heard.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
    }

    [Fact]
    public async Task A_plugin_answers_who_asks_from_outside()
    {
        var plugin = Make("auth");
        await plugin.SubscribeAsync("ask", (in BusMessage message) => plugin.Reply(message, "yes"u8));
        await using var requester = await BusRequester.CreateAsync(_bus);
        var reply = await requester.RequestAsync("plugins.auth.ask", "x"u8, TimeSpan.FromMinutes(10));
        Assert.Equal("yes", Encoding.UTF8.GetString(reply.Payload.Span));
    }

    [Fact]
    public async Task A_plugin_asks_over_its_own_subjects_and_hears_when_nobody_answers()
    {
        var (asking, answering) = (Make("auth"), Make("auth"));
        await answering.SubscribeAsync("ask", (in BusMessage message) => answering.Reply(message, "yes"u8), "g");
        await using var requester = await BusRequester.CreateAsync(asking);
        Assert.True((await requester.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10))).IsAnswered);
        Assert.Equal(BusReplyStatus.NoResponders, (await requester.RequestAsync("nobody", "x"u8, TimeSpan.FromMinutes(10))).Status);
        _bus.Publish("elsewhere", "x"u8, "of.others");
        Assert.Equal(BusReplyStatus.NoResponders, (await requester.RequestAsync("nobody", "x"u8, TimeSpan.FromMinutes(10))).Status);
    }

    [Theory]
    [InlineData("_reply.sockeye.data.1._app.c")]
    [InlineData("_reply.sockeye")]
    [InlineData("_reply.")]
    [InlineData("_reply.*")]
    [InlineData("a..b")]
    [InlineData("")]
    public void A_plugin_publishes_to_no_subject_of_the_cluster_and_to_none_that_is_no_subject(string subject) =>
        Assert.Throws<ArgumentException>(() => { Make("auth").Publish(subject, "x"u8); });

    [Theory]
    [InlineData("a..b")]
    [InlineData("")]
    [InlineData(">.a")]
    public async Task A_plugin_subscribes_no_pattern_that_is_none(string pattern) =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Make("auth").SubscribeAsync(pattern, Hear));

    [Fact]
    public void The_prefix_counts_towards_the_length_of_a_subject()
    {
        var plugin = Make("auth");
        var longest = BusSubject.MaxLength - "plugins.auth.".Length;
        Assert.Equal(EmitResult.Accepted, plugin.Publish(new string('a', longest), "x"u8));
        var refused = Assert.Throws<ArgumentException>(() => { plugin.Publish(new string('a', longest + 1), "x"u8); });
        Assert.Contains($"1 to {longest} characters", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_receivers_and_listeners_of_a_plugin_throw_counts_against_the_plugin_alone()
    {
        var plugin = Make("auth");
        plugin.NoResponders += static _ => throw new InvalidOperationException("A listener of a test fails.");
        await plugin.SubscribeAsync("a", static (in BusMessage _) => throw new InvalidOperationException("A receiver of a test fails."));
        await plugin.SubscribeAsync("a", Hear);
        plugin.Publish("a", "x"u8);
        Assert.Equal("a x ", await _heard.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
        Assert.Equal("a receiver of the bus", (await _failed.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience)).What);
        plugin.Publish("nobody", "x"u8, "inbox");
        Assert.Equal("a listener of the bus", (await _failed.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience)).What);
        Assert.Equal(0, _bus.ReceiverFaults);
    }

    [Fact]
    public async Task Nothing_comes_to_a_generation_that_has_ended_and_the_bus_stays_open()
    {
        var plugin = Make("auth");
        var witness = Make("auth");
        await witness.SubscribeAsync("a", Hear);
        await plugin.SubscribeAsync("a", static (in BusMessage _) => Assert.Fail("It has ended."));
        plugin.NoResponders += static _ => Assert.Fail("It has ended.");
        plugin.StateChanged += static _ => Assert.Fail("It has ended.");
        await ((IClusterBus)plugin).DisposeAsync();
        Assert.Equal(BusState.Open, plugin.State);
        await plugin.EndAsync();
        await plugin.EndAsync();
        Assert.Equal(BusState.Closed, plugin.State);
        Assert.Equal(EmitResult.Closed, plugin.Publish("a", "x"u8));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await plugin.SubscribeAsync("a", Hear));
        witness.Publish("a", "y"u8);
        Assert.Equal("a y ", await _heard.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
        Assert.Equal(BusState.Open, _bus.State);
        Assert.Equal(BusState.Open, witness.State);
        await _bus.DisposeAsync();
        Assert.False(_failed.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_generation_ends_when_its_receivers_have_returned()
    {
        var plugin = Make("auth");
        using var hold = new SemaphoreSlim(0);
        var isInside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await plugin.SubscribeAsync("a", (in BusMessage _) =>
        {
            isInside.TrySetResult();
            hold.Wait();
        });
        plugin.Publish("a", "x"u8);
        await isInside.Task.WaitAsync(RealClient.Patience);
        var end = plugin.EndAsync();
        Assert.False(end.IsCompleted);
        hold.Release();
        await end.AsTask().WaitAsync(RealClient.Patience);
    }

    private PluginBus Make(string id) => new(_bus, id, (what, failure) => _failed.Writer.TryWrite((what, failure)));

    private void Hear(in BusMessage message) => _heard.Writer.TryWrite($"{message.Subject} {Encoding.UTF8.GetString(message.Payload)} {message.ReplyTo}");
}
