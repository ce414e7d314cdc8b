using Sockeye.EngineIO.Http;
using Sockeye.Server.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Relays;

/// <summary>The side of a relay that has the session: a virtual connection, which the unchanged code of HTTP, polling and WebSockets serves.</summary>
/// <remarks>It owns that connection and its input. Thread, lifetime and limits are those of a <see cref="RelayEnd"/>.</remarks>
internal sealed class RelayOwned(RelayHub hub, ITransportLoop loop, long id, int node, long incarnation, RelayPeer peer, string? sid) : RelayEnd(hub, loop, id, node, incarnation), IChannelWire
{
    private readonly Queue<byte[]> _input = new();
    private readonly long _opened = hub.NextStamp();
    private RelayedConnection? _connection;
    private int _at;
    private bool _isReleased;
    private bool _isBlocked;
    private bool _isAnswerLost;

    public override bool IsEntry => false;

    public override long Known => _opened;

    int IChannelWire.Unacknowledged => Unused;

    public bool IsInputOver { get; private set; }

    int IChannelWire.Receive(Span<byte> destination)
    {
        var copied = 0;
        while (copied < destination.Length && _input.TryPeek(out var first))
        {
            var part = first.AsSpan(_at);
            part = part[..Math.Min(part.Length, destination.Length - copied)];
            part.CopyTo(destination[copied..]);
            copied += part.Length;
            _at += part.Length;
            if (_at == first.Length)
            {
                _input.Dequeue();
                _at = 0;
                BufferCounters.Hold(-first.Length);
            }
        }

        if (copied > 0)
        {
            Used(copied);
        }

        return copied;
    }

    int IChannelWire.Send(ReadOnlySpan<byte> bytes)
    {
        var sent = Write(bytes);
        _isBlocked = sent < bytes.Length;
        return sent;
    }

    void IChannelWire.EndOutput() => Say(RelayFlags.End);

    void IChannelWire.Release(bool isReset)
    {
        _isReleased = true;
        if (isReset || !IsEnding)
        {
            Cut();
        }

        FinishIfOver();
    }

    protected override void OnInput(byte[] bytes)
    {
        BufferCounters.Hold(bytes.Length);
        _input.Enqueue(bytes);
        if (_connection is null)
        {
            Open();
        }
        else
        {
            _connection.Connection.OnInput();
        }
    }

    protected override void OnInputOver()
    {
        IsInputOver = true;
        _connection?.Connection.OnInputOver();
    }

    protected override void OnRoom()
    {
        if (_isBlocked)
        {
            _isBlocked = false;
            _connection?.Connection.OnRoom();
        }
    }

    protected override void OnCut(bool isBusy)
    {
        _isAnswerLost = HasEnded;
        Break();
    }

    protected override void OnCutBehind() => Hub.AnswerLost(Incarnation, Id);

    protected override void OnStop() => _connection?.Shutdown();

    protected override void OnOutputOver() => FinishIfOver();

    protected override void OnFailed(RelayFault fault) => Break();

    protected override void OnDone()
    {
        if (HasEnded && sid is not null)
        {
            Hub.Answered(this, sid, _isAnswerLost);
        }

        while (_input.TryDequeue(out var left))
        {
            BufferCounters.Hold(-left.Length);
        }
    }

    private void Open()
    {
        if (!VirtualConnection.IsPossible(Loop))
        {
            _isReleased = true;     // no channel will say it
            Cut(RelayFlags.Busy);
            return;
        }

        _connection = Hub.Http.OpenRelayed(Loop, this, peer.EndPoint, peer.IsSecure);
        _connection.Connection.OnInput();
    }

    private void Break()
    {
        if (_connection is { } connection)
        {
            connection.Connection.OnBroken();
        }

        Finish();
    }

    /// <summary>The channel has closed, and the other side knows.</summary>
    private void FinishIfOver()
    {
        if (_isReleased && IsOutputOver)
        {
            Finish();
        }
    }
}
