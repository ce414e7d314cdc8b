using System.Globalization;
using System.Text.RegularExpressions;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>Random schedules: clients that poll, post and upgrade by way of any server, over a bus that delays, loses, repeats and reorders. Whatever happens, each side hears what the other has sent in order, none twice and none left out, until its session ends.</summary>
public sealed class RelayScheduleTests : RelayTest
{
    private const int Servers = 3;

    [Fact]
    public async Task Over_a_bus_that_only_delays_everything_arrives_in_order_and_no_session_ends()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            await RunAsync(seed, loss: 0, repeats: 0.1, reorder: 0);
        }
    }

    [Fact]
    public async Task Over_a_bus_that_loses_and_reorders_what_arrives_is_whole_up_to_the_end_of_its_session()
    {
        for (var seed = 101; seed <= 120; seed++)
        {
            await RunAsync(seed, loss: 0.01, repeats: 0.05, reorder: 0.01);
        }
    }

    private async Task RunAsync(int seed, double loss, double repeats, double reorder)
    {
        var random = new Random(seed);
        Dictionary<string, List<int>> heard = [];
        Dictionary<string, SockeyeSocket> sockets = [];
        var cluster = StartRelays(Servers, server => server.OnConnection(socket => socket.On("n", (EventContext e, string client, int number) =>
        {
            heard.TryAdd(client, []);
            heard[client].Add(number);
            sockets[client] = e.Socket;
        })), seed: seed);
        List<RandomClient> clients = [];
        for (var i = 0; i < 6; i++)
        {
            clients.Add(new RandomClient(cluster, random, i.ToString(CultureInfo.InvariantCulture), random.Next(Servers)));
        }

        cluster.Bus.Only = static subject => subject.Contains(".x.", StringComparison.Ordinal);
        (cluster.Bus.MaxDelay, cluster.Bus.Loss, cluster.Bus.Repeats, cluster.Bus.Reorder) = (TimeSpan.FromMilliseconds(15), loss, repeats, reorder);
        Dictionary<string, int> emitted = [];
        for (var step = 0; step < 150; step++)
        {
            foreach (var client in clients)
            {
                client.Step();
            }

            foreach (var (client, socket) in sockets)
            {
                if (random.Next(3) == 0 && socket.IsConnected)
                {
                    var number = emitted.GetValueOrDefault(client);
                    emitted[client] = number + 1;
                    socket.Emit("m", number, new string('x', random.Next(20) == 0 ? 100_000 : 10));
                }
            }

            cluster.Advance(TimeSpan.FromMilliseconds(10));
        }

        (cluster.Bus.Loss, cluster.Bus.Reorder) = (0, 0);
        for (var step = 0; step < 1000 && clients.Exists(client => client.IsOpen && !(client.HasAll(emitted.GetValueOrDefault(client.Name)) && heard.GetValueOrDefault(client.Name, []).Count == client.Sent)); step++)
        {
            foreach (var client in clients)
            {
                client.Step(sends: false);
            }

            cluster.Advance(TimeSpan.FromMilliseconds(10));
        }

        foreach (var client in clients)
        {
            var numbers = heard.GetValueOrDefault(client.Name, []);
            Assert.True(numbers.SequenceEqual(Enumerable.Range(0, numbers.Count)), $"seed {seed}: the server heard {string.Join(' ', numbers)} of client {client.Name}");
            Assert.True(client.Heard.SequenceEqual(Enumerable.Range(0, client.Heard.Count)), $"seed {seed}: client {client.Name} heard {string.Join(' ', client.Heard)}");
            Assert.True(loss > 0 || reorder > 0 || client.IsOpen, $"seed {seed}: client {client.Name} was ended ({client.Ended})");
            Assert.True(!client.IsOpen || numbers.Count == client.Sent, $"seed {seed}: the server heard {numbers.Count} of {client.Sent} of client {client.Name}");
            Assert.True(!client.IsOpen || client.HasAll(emitted.GetValueOrDefault(client.Name)), $"seed {seed}: client {client.Name} heard {client.Heard.Count} of {emitted.GetValueOrDefault(client.Name)}");
            client.Close();
        }

        // Longer than a ping and its time, so that sessions whose clients were ended are over too.
        cluster.Advance(TimeSpan.FromSeconds(50));
        AssertNoneOpen(cluster);
        await cluster.DisposeAsync();
    }

    /// <summary>Polls, posts and perhaps upgrades, each by way of any server.</summary>
    private sealed class RandomClient
    {
        private static readonly Regex Message = new("""42\["m",(\d+),""");

        private readonly SockeyeTestCluster _cluster;
        private readonly Random _random;
        private readonly PollingPeer _gets;
        private readonly PollingPeer _posts;
        private WebSocketPeer? _webSocket;
        private int? _get;
        private int? _post;
        private bool _isProbed;
        private bool _isUpgraded;

        public RandomClient(SockeyeTestCluster cluster, Random random, string name, int server)
        {
            (_cluster, _random, Name) = (cluster, random, name);
            _gets = new PollingPeer(cluster);
            _gets.Join(server);
            _posts = new PollingPeer(cluster) { Sid = _gets.Sid };
        }

        public string Name { get; }

        public List<int> Heard { get; } = [];

        public int Sent { get; private set; }

        public string? Ended { get; private set; }

        public bool IsOpen => Ended is null;

        public bool HasAll(int count) => Heard.Count == count && _post is null;

        public void Step(bool sends = true)
        {
            if (!IsOpen)
            {
                return;
            }

            if (_isUpgraded)
            {
                StepWebSocket(sends);
            }
            else
            {
                StepPolling(sends);
            }
        }

        public void Close()
        {
            _webSocket?.Peer.Close();
            if (_get is { } get)
            {
                _gets.PeerTo(get).Close();
            }
        }

        private void StepPolling(bool sends)
        {
            if (_get is { } get && Take(_gets, get) is { } polled)
            {
                _get = null;
                Hear(polled.Body);
            }

            if (_post is { } post && Take(_posts, post) is not null)
            {
                _post = null;
            }

            if (!IsOpen)
            {
                return;
            }

            if (_webSocket is not null && !_isProbed && _webSocket.TryText(out var probe))
            {
                _isProbed = probe == "3probe";
            }

            if (_isProbed && _get is null && _post is null)
            {
                _webSocket!.SendText("5");
                _isUpgraded = true;
                return;
            }

            if (_get is null && !_isProbed)
            {
                _get = _random.Next(Servers);
                _gets.BeginGet(_get.Value);
            }

            if (sends && _post is null && !_isProbed && _random.Next(2) == 0)
            {
                _post = _random.Next(Servers);
                _posts.BeginPost(_post.Value, Next());
            }

            if (sends && _webSocket is null && _random.Next(60) == 0)
            {
                _webSocket = new WebSocketPeer(_cluster, _random.Next(Servers), _gets.Sid);
                _webSocket.SendText("2probe");
            }
        }

        private void StepWebSocket(bool sends)
        {
            while (_webSocket!.TryText(out var text))
            {
                if (text == "2")
                {
                    _webSocket.SendText("3");
                }

                Hear(text!);
            }

            if (_webSocket.Peer.IsClosed || _webSocket.CloseCode is not null)
            {
                Ended = "its WebSocket";
            }
            else if (sends && _random.Next(2) == 0)
            {
                _webSocket.SendText(Next());
            }
        }

        private string Next()
        {
            var pad = new string('y', _random.Next(20) == 0 ? 150_000 : 5);
            return $"42[\"n\",\"{Name}\",{Sent++},\"{pad}\"]";
        }

        private RawAnswer? Take(PollingPeer peer, int server)
        {
            var answer = peer.TryAnswer(server);
            if (answer is { Status: not 200 } || (answer is null && peer.IsClosed(server)))
            {
                Ended = answer is null ? "its connection" : answer.Status.ToString(CultureInfo.InvariantCulture);
                return null;
            }

            return answer;
        }

        private void Hear(string body)
        {
            foreach (var packet in body.Split('\u001e'))
            {
                if (Message.Match(packet) is { Success: true } match)
                {
                    Heard.Add(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
                }
                else if (packet == "1")
                {
                    Ended = "a close";
                }
                else if (packet == "2" && _post is null && !_isUpgraded)
                {
                    _post = _random.Next(Servers);
                    _posts.BeginPost(_post.Value, "3");
                }
            }
        }
    }
}
