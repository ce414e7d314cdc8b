using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Server.Cluster;
using Sockeye.Server.Relays;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>A request of another server and the end of this one, in one moment.</summary>
public sealed class RelayStopTests : RelayTest
{
    [Fact]
    public async Task A_request_that_comes_in_the_moment_in_which_a_server_stops_is_ended_with_the_others()
    {
        var cluster = StartRelays();
        var client = new PollingPeer(cluster);
        client.Join(0);
        var parts = RelaysOf(cluster[0]);
        var (options, time) = (new ClusterOptions(), new HookedTime());
        var log = new ClusterLog(NullLogger.Instance, TimeProvider.System);
        var state = new ClusterState(parts.Port, options, log, cluster[0].Context.PoolContext);
        var membership = new ClusterMembership(parts.Port, options, state, log, TimeProvider.System, isSetByHand: true);
        var hub = new RelayHub(parts.Engine, parts.Http, parts.Bodies, parts.Port, membership, options, log, time);
        await hub.PrepareAsync(5);
        Task? stopped = null;
        time.Read = () => stopped = hub.DisposeAsync().AsTask();
        var request = Encoding.ASCII.GetBytes($"GET /socket.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: a\r\n\r\n");
        var head = HeadWriter.Begin(ClusterKind.RelayOpen, 7, 7);
        new RelayHead(5, 1, RelayFlags.FromEntry | RelayFlags.Whole, 65_536).Write(head);
        new RelayPeer(new IPEndPoint(IPAddress.Loopback, 1), false, 0).Write(head);
        const string Subject = "sockeye.data.1._default.x.000005";
        cluster.Bus.Connect("stranger").Publish(Subject, head.End(Subject, [request], null), [request]);
        cluster.RunUntilIdle();
        Assert.True(stopped!.IsCompletedSuccessfully);
        Assert.Equal((0, 0), hub.Open);
        Assert.Equal(1, hub.FailedFor(RelayFault.Gone));
    }

    /// <summary>A clock that does something when it is read next.</summary>
    private sealed class HookedTime : TimeProvider
    {
        public Action? Read { get; set; }

        public override long GetTimestamp()
        {
            var read = Read;
            Read = null;
            read?.Invoke();
            return base.GetTimestamp();
        }
    }
}
