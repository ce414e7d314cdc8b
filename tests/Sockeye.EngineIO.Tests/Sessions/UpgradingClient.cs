using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>Plays what the published JavaScript client does while it upgrades, step by step: its poll goes on until the probe is answered; then it waits for its poll and its POST to end and says
/// "5". If the WebSocket is closed within that wait, it never polls again and never upgrades: only its own ping timeout ends it.</summary>
internal sealed class UpgradingClient(EngineHarness engine, string target, int loops)
{
    private readonly HttpPeer _polls = engine.Connect(1 % loops);
    private readonly HttpPeer _posts = engine.Connect(2 % loops);
    private WebSocketPeer? _webSocket;
    private byte[] _delayed = [];
    private bool _isPolling;
    private bool _isPosting;
    private bool _isPausing;
    private bool _isStuck;
    private bool _isActive;

    /// <summary>Why it ended, in its own words; null: it believes that it is connected.</summary>
    public string? Closed { get; private set; }

    /// <summary>Messages, in their order.</summary>
    public List<string> Received { get; } = [];

    /// <summary>Whether its next steps are taken by hand: it neither polls again nor says "5".</summary>
    public bool IsHeld { get; set; }

    public bool IsPolling => _isPolling;

    public bool IsPosting => _isPosting;

    public void Poll()
    {
        if (!_isPolling && Closed is null)
        {
            _isPolling = true;
            _polls.Send("GET", target);
        }
    }

    public void Post(string body)
    {
        BeginPost(body, body.Length);
        Pump();
    }

    /// <summary>Sends a POST of which a part is late.</summary>
    public void BeginPost(string body, int late)
    {
        var request = HttpPeer.Request("POST", target, body);
        _isPosting = true;
        _delayed = request[^late..];
        _posts.Peer.Send(request.AsSpan()[..^late]);
        engine.Run();
        if (late == body.Length)
        {
            EndPost();
        }
    }

    public void EndPost()
    {
        var rest = _delayed;
        _delayed = [];
        if (rest.Length > 0 && !_posts.IsClosed)
        {
            _posts.Peer.Send(rest);
            engine.Run();
        }
    }

    public void ConnectWebSocket() => _webSocket = engine.ConnectWebSocket(ToWebSocket(target), 3 % loops);

    public void Probe() => _webSocket!.Send("2probe");

    /// <summary>Takes what has arrived and goes on, until nothing changes.</summary>
    public void Pump()
    {
        while (Closed is null && Step())
        {
            engine.Run();
        }
    }

    private bool Step()
    {
        var any = false;
        if (_isPolling && _polls.TryReceive() is { } answer)
        {
            any = true;
            _isPolling = false;
            OnAnswer(answer);
        }
        else if (_isPolling && _polls.IsClosed)
        {
            Closed = "transport error";
        }

        if (_isPosting && _posts.TryReceive() is { } ok)
        {
            any = true;
            _isPosting = false;
            Closed ??= ok.Status == 200 ? null : "transport error";
        }
        else if (_isPosting && _posts.IsClosed)
        {
            Closed ??= "transport error";
        }

        return ReadWebSocket() || GoOn() || any;
    }

    private void OnAnswer(Response answer)
    {
        if (answer.Status != 200)
        {
            Closed = "transport error";
            return;
        }

        foreach (var packet in answer.Text.Split('\u001e'))
        {
            if (packet == "1")
            {
                Closed = "transport close";
                return;
            }

            if (packet[0] == '4')
            {
                Received.Add(packet[1..]);
            }
        }
    }

    private bool ReadWebSocket()
    {
        if (_webSocket is null)
        {
            return false;
        }

        var messages = _webSocket.Take();
        foreach (var message in messages)
        {
            if (message == "3probe")
            {
                _isPausing = !_isStuck;
            }
            else if (message[0] == '4')
            {
                Received.Add(message[1..]);
            }
        }

        if (_webSocket.ReadClose() is null && !_webSocket.Peer.IsClosed)
        {
            return messages.Length > 0;
        }

        if (_isActive)
        {
            Closed = "transport close";
            return true;
        }

        var wasStuck = _isStuck;
        _isStuck = _isPausing;
        _webSocket = null;
        return wasStuck != _isStuck;
    }

    private bool GoOn()
    {
        if (Closed is not null || IsHeld || _isStuck || _isActive)
        {
            return false;
        }

        if (!_isPausing)
        {
            var begins = !_isPolling;
            Poll();
            return begins;
        }

        if (_isPolling || _isPosting)
        {
            return false;
        }

        _isActive = true;
        _webSocket!.Send("5");
        return true;
    }
}
