using System.Globalization;
using System.Text;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>A well-behaved client beside fuzzed ones. What it asks is answered in order, what is said to its room reaches it whole and in order.</summary>
internal abstract class FuzzBystander
{
    public const string Room = "bystanders";

    private int _asked;

    /// <summary>Whether the server has let go of it.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>What was answered so far.</summary>
    protected abstract IReadOnlyList<int> Answers { get; }

    /// <summary>What has arrived of the ticks of its room.</summary>
    protected abstract IReadOnlyList<int> Ticks { get; }

    public bool IsServed => IsClosed || Answers.Count == _asked;

    /// <summary>Takes what has arrived and answers what wants an answer.</summary>
    /// <returns>Whether it did anything.</returns>
    public abstract bool Pump();

    public abstract void Close();

    public void Ask() => Ask(++_asked);

    /// <summary>Everything has come that was asked and told.</summary>
    public void Check(int ticks, bool isInOrder)
    {
        IEnumerable<int> answers = isInOrder ? Answers : Answers.Order();
        Assert.True(Enumerable.Range(1, _asked).SequenceEqual(answers), $"{GetType().Name}: of {_asked} questions these were answered: {string.Join(' ', Answers)}");
        Assert.True(Enumerable.Range(1, ticks).SequenceEqual(Ticks), $"{GetType().Name}: of {ticks} ticks these came: {string.Join(' ', Ticks)}");
    }

    protected abstract void Ask(int number);
}

internal sealed class WebSocketBystander : FuzzBystander
{
    private readonly SockeyeTestClient _client;
    private readonly List<long> _questions = [];

    public WebSocketBystander(SockeyeTestServer app, int loop)
    {
        _client = app.Connect(query: FuzzApp.Trusted, loop: loop);
    }

    public override bool IsClosed => _client.IsClosed;

    protected override IReadOnlyList<int> Answers => [.. _questions.Select(_client.AnswerTo).OfType<TestEvent>().Select(static answer => answer.Get<int>())];

    protected override IReadOnlyList<int> Ticks => [.. _client.Events.Where(static e => e.Name == "tick").Select(static e => e.Get<int>())];

    /// <summary>The test server does it.</summary>
    public override bool Pump() => false;

    public override void Close() => _client.Close();

    protected override void Ask(int number) => _questions.Add(_client.Ask("count", number));
}

/// <summary>Two connections, as a browser has them: one for its polls, one for what it sends.</summary>
internal sealed class PollingBystander : FuzzBystander
{
    private readonly MemoryPeer _polls;
    private readonly MemoryPeer _posts;
    private readonly Queue<string> _unsent = new();
    private readonly List<int> _answers = [];
    private readonly List<int> _ticks = [];
    private readonly List<byte> _poll = [];
    private readonly List<byte> _post = [];
    private string _target = $"/socket.io/?EIO=4&transport=polling&{FuzzApp.Trusted}";
    private bool _isPosting;
    private bool _isClosed;

    public PollingBystander(SockeyeTestServer app, int loop)
    {
        _polls = app.Transport.Connect(loop: loop);
        _posts = app.Transport.Connect(loop: loop);
        _polls.Send(FuzzSpeech.Get(_target));
        _unsent.Enqueue("40");
    }

    public override bool IsClosed => _isClosed || _polls.IsClosed;

    protected override IReadOnlyList<int> Answers => _answers;

    protected override IReadOnlyList<int> Ticks => _ticks;

    public override bool Pump()
    {
        var any = false;
        while (Take(_polls, _poll) is { } answer)
        {
            any = true;
            foreach (var packet in answer.Split('\x1e'))
            {
                OnPacket(packet);
            }

            if (!IsClosed)
            {
                _polls.Send(FuzzSpeech.Get(_target));
            }
        }

        if (Take(_posts, _post) is not null)
        {
            _isPosting = false;
        }

        if (!_isPosting && _unsent.Count > 0 && _target.Contains("&sid=", StringComparison.Ordinal) && !_posts.IsClosed)
        {
            any = _isPosting = true;
            var body = Encoding.UTF8.GetBytes(string.Join('\x1e', _unsent));
            _unsent.Clear();
            _posts.Send([.. Encoding.ASCII.GetBytes($"POST {_target} HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
        }

        return any;
    }

    public override void Close()
    {
        _polls.Close();
        _posts.Close();
    }

    protected override void Ask(int number) => _unsent.Enqueue($"42{number}[\"count\",{number}]");

    private void OnPacket(string packet)
    {
        if (packet.StartsWith("0{", StringComparison.Ordinal))
        {
            _target += "&sid=" + packet.Split('"')[3];
        }
        else if (packet == "2")
        {
            _unsent.Enqueue("3");
        }
        else if (packet.StartsWith("43", StringComparison.Ordinal))
        {
            _answers.Add(int.Parse(packet[(packet.IndexOf('[', StringComparison.Ordinal) + 1)..^1], CultureInfo.InvariantCulture));
        }
        else if (packet.StartsWith("42[\"tick\",", StringComparison.Ordinal))
        {
            _ticks.Add(int.Parse(packet[10..^1], CultureInfo.InvariantCulture));
        }
        else if (packet is "1" or "41" || packet.StartsWith('{'))
        {
            _isClosed = true;
        }
    }

    /// <summary>The body of the next answer; null: it has not come.</summary>
    private static string? Take(MemoryPeer peer, List<byte> received)
    {
        received.AddRange(peer.Receive());
        var text = Encoding.UTF8.GetString([.. received]);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        const string LengthName = "Content-Length: ";
        var at = text.IndexOf(LengthName, StringComparison.Ordinal) + LengthName.Length;
        var length = int.Parse(text[at..text.IndexOf('\r', at)], CultureInfo.InvariantCulture);
        end += 4;
        if (received.Count < end + length)
        {
            return null;
        }

        received.RemoveRange(0, end + length);
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan(end, length));
    }
}
