using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol.Http;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;
using Sockeye.Transport;
using HttpMethod = Sockeye.Protocol.Http.HttpMethod;

namespace Sockeye.Server.Relays;

/// <summary>The side of a relay that has the client: it hands on one request, with its whole body, and gives the client the answer as it comes; behind an upgrade bytes in both directions.</summary>
/// <remarks>It owns the request until it is handed on, and the exchange or the tunnel until both have ended. Thread, lifetime and limits are those of a <see cref="RelayEnd"/>; a body has at most as many bytes as the engine takes, and finds room among <see cref="LargeBodies"/>.</remarks>
internal sealed partial class RelayEntry(RelayHub hub, HttpExchange exchange, string sid, long id, int node, long incarnation, RelayPeer peer)
    : RelayEnd(hub, exchange.Loop, id, node, incarnation), IHttpExchangeHandler, IHttpTunnelListener
{
    private byte[]? _request;
    private TimeSpan? _unheardSince;
    private RelayFlags _behindRequest;
    private int _requestSent;
    private long _roomForBody;
    private bool _isGone;

    public override bool IsEntry => true;

    public override ClusterKind Kind => Sent == 0 ? ClusterKind.RelayOpen : ClusterKind.Relay;

    private HttpRequestHead Head => exchange.Head;

    public override void Describe(HeadWriter head)
    {
        if (Sent == 0)
        {
            peer.Write(head);
            head.Field(WireField.Session, sid);
        }
    }

    /// <summary>Begins: a body is taken whole before anything of it is handed on.</summary>
    public void Begin()
    {
        exchange.Handler = this;
        if (Head.Method != HttpMethod.Post || !Head.HasBody)
        {
            Open(-1, default, Head.IsUpgrade ? RelayFlags.None : RelayFlags.Whole);
        }
        else if (Head.ContentLength > Hub.MaxBodyBytes)
        {
            // The owner says what it says to such a length.
            Open(Head.ContentLength, default, RelayFlags.Whole);
        }
        else if (Hub.Bodies.TryTake(_roomForBody = LargeBodies.RoomFor(Head.ContentLength, Hub.MaxBodyBytes)))
        {
            exchange.ReadBody(Hub.MaxBodyBytes);
        }
        else
        {
            _roomForBody = 0;
            Hub.CountRefused();
            End(isBusy: true);
        }
    }

    /// <summary>Nobody listens at the other server: it looks for its bus, or has gone and is not missed yet. As nothing has come there, the request may be sent again.</summary>
    public void OnUnheard()
    {
        if (IsDone || _isAnswering)
        {
            return;
        }

        var request = _request is { Length: > 0 } kept ? kept : RelayRequest.Write(Head, -1, default);
        var (flags, since, room) = (_behindRequest, _unheardSince ?? Hub.Now, _roomForBody);
        Finish();
        if (!_isGone)
        {
            Hub.Replace(exchange, sid, Node, Incarnation, peer, again => again.BeginAgain(request, flags, since, room));
        }
    }

    public void OnBody(HttpExchange of, ReadOnlySpan<byte> body) => Open(body.Length, body, RelayFlags.Whole);

    public void OnAborted(HttpExchange of)
    {
        _isGone = true;
        if (of.FaultStatus != 0)
        {
            Hub.Engine.AddCorsHeaders(of);      // who answers it here is the connection
        }

        if (_request is null && Sent == 0)
        {
            // The owner hears of a body that does not come, or is too long, as if it had been sent there.
            Open(of.FaultStatus == 413 ? Hub.MaxBodyBytes + 1 : 1, default, of.FaultStatus == 413 ? RelayFlags.Whole : RelayFlags.End);
        }
        else if (Sent == 0)
        {
            Say(RelayFlags.End);
        }
        else
        {
            Cut();
        }
    }

    public void OnResponseEnded(HttpExchange of, bool isTaken)
    {
        if (IsDone || !_isAnswering)
        {
            return;
        }

        if (isTaken)
        {
            Finish();
        }
        else
        {
            _isGone = true;
            Cut();
        }
    }

    public void OnWritable(HttpExchange of) => OnWritten();

    public void OnStopping(HttpExchange of) => Stop();

    int IHttpTunnelListener.OnInput(IHttpTunnel tunnel, ReadOnlySpan<byte> bytes) => Write(bytes);

    void IHttpTunnelListener.OnWritable(IHttpTunnel tunnel) => OnWritten();

    void IHttpTunnelListener.OnStopping(IHttpTunnel tunnel) => Say(RelayFlags.Stop);

    void IHttpTunnelListener.OnClosed(IHttpTunnel tunnel)
    {
        _isGone = true;
        Say(RelayFlags.End);
    }

    /// <summary>The server stops, and it is its turn. On the loop.</summary>
    public void Stop()
    {
        // A body that still comes has nothing to answer yet, and the owner does not know of it.
        if (_request is not null)
        {
            Say(RelayFlags.Stop);
        }
    }

    protected override void OnRoom()
    {
        SendRequest();
        _tunnel?.TakeMore();
    }

    protected override void OnStop()
    {
    }

    protected override void OnOutputOver()
    {
        if (_isGone)
        {
            Finish();
        }
    }

    protected override void OnDone()
    {
        ForgetRequest();
        Hub.Bodies.Give(_roomForBody);
        KeepOfHead([]);
    }

    private void Open(long contentLength, ReadOnlySpan<byte> body, RelayFlags flags) => Open(RelayRequest.Write(Head, contentLength, body), flags);

    private void Open(byte[] request, RelayFlags flags)
    {
        _request = request;
        BufferCounters.Hold(request.Length);
        _behindRequest = flags;
        SendRequest();
    }

    private void BeginAgain(byte[] request, RelayFlags flags, TimeSpan since, long roomForBody)
    {
        Hub.Bodies.Retake(_roomForBody = roomForBody);
        exchange.Handler = this;
        _unheardSince = since;
        Hold(since);
        Open(request, flags);
    }

    private void SendRequest()
    {
        if (_request is not { } request || _requestSent == request.Length)
        {
            return;
        }

        _requestSent += Write(request.AsSpan(_requestSent));
        if (_requestSent == request.Length)
        {
            if (Head.Method != HttpMethod.Post)
            {
                ForgetRequest();        // should nobody have heard it, its head is here
            }

            Say(_behindRequest);
        }
    }

    private void ForgetRequest()
    {
        BufferCounters.Hold(-(_request?.Length ?? 0));
        _request = [];
        _requestSent = 0;
    }
}
