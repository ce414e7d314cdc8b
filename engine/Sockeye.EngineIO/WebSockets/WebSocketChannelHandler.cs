using System.Diagnostics.CodeAnalysis;
using System.Net;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Connections;
using Sockeye.Protocol;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>An upgraded connection: the one pipeline handler that decodes frames in place, answers control frames, and writes what its source offers.</summary>
/// <remarks>
/// <para>It owns the decoder, what is partly read and partly written, and the end of the connection.</para>
/// <para><b>Thread.</b> The channel's loop only, for all members.</para>
/// <para><b>Lifetime.</b> From the upgrade to <see cref="IWebSocketListener.OnClosed"/>; afterwards all members do nothing.</para>
/// <para><b>Limits.</b> At most 64 KiB are gathered into one buffer and sent at the end of a turn, or at the end of a read that has queued for its own
/// peer alone; the next batch is gathered when the kernel has taken the previous one. It goes past the pipeline if no handler stands in front of this
/// one when the connection is upgraded. Control frames leave between messages, never inside one. An idle connection holds no buffer and no timer.</para>
/// <para><b>Size.</b> It is one type because every message goes through it, although it has more than 600 lines in its four files: a part with a state of its own would be one more object for each
/// connection, or one more step for each message. What is not needed for every message has left it (<see cref="WebSocketRareState"/>, <see cref="WebSocketControlFrames"/>).</para>
/// </remarks>
public sealed partial class WebSocketChannelHandler : ChannelHandlerAdapter, IDirectHandler, ITurnEnd, ILoopWork, IStoppable, IStallOwner, IUpgraded
{
    /// <summary>Its name in a channel's pipeline.</summary>
    internal const string NameInPipeline = "websocket";

    private enum Phase : byte
    {
        Open,
        Closing,        // Close was called; what the source holds is sent first
        CloseSent,      // our close frame is on its way; the peer's must follow
        Finishing,      // nothing more is heard: the channel closes behind what is still to be said
        Closed,
    }

    private readonly WebSocketContext _server;
    private readonly IWebSocketListener _listener;
    private readonly WebSocketDecoder _decoder;
    private readonly IChannel _channel;
    private IChannelHandlerContext? _context;      // null without a pipeline
    private bool _canSendDirectly;          // as the pipeline is when the connection is upgraded
    private WebSocketRareState? _rare;
    private Phase _phase;
    private bool _isCloseDue;               // a close frame of ours waits for its turn
    private bool _isReported;
    private bool _isRunPosted;

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(WebSocketChannelHandler))]
    internal WebSocketChannelHandler(IChannel channel, IWebSocketListener listener, WebSocketLimits limits, WebSocketContext server)
    {
        Loop = channel.Loop();
        _channel = channel;
        _listener = listener;
        _server = server;
        _decoder = new WebSocketDecoder(WebSocketRole.Server, limits);
    }

    /// <summary>The loop of the connection.</summary>
    public ITransportLoop Loop { get; }

    private WebSocketRareState Rare => _rare ??= new WebSocketRareState();

    /// <summary>The peer's address. Made at each call.</summary>
    public IPEndPoint RemoteEndPoint => _channel.RemoteEndPoint();

    /// <summary>The longest message that is taken of the peer, from its next frame on. Over it: 1009.</summary>
    internal int MaxMessageBytes
    {
        set => _decoder.MaxMessageBytes = value;
    }

    /// <summary>Whether messages are delivered and taken: no side has begun to close.</summary>
    public bool IsOpen => _phase == Phase.Open;

    /// <summary>Sends what the source holds, unless <paramref name="discard"/>, then a close frame, and waits for the peer's as long as
    /// the close handshake timeout of the server. Messages that still arrive are not delivered.</summary>
    /// <param name="code">A code that may be sent (1000 to 1003, 1007 to 1014, 3000 to 4999), or null for a close frame without one.</param>
    /// <param name="reason">At most 123 bytes of UTF-8; what is longer is cut. Ignored without a code.</param>
    /// <param name="discard">Whether what the source holds is left unsent; a message that is partly written is completed in any case.</param>
    public void Close(ushort? code, string? reason = null, bool discard = false)
    {
        if (code is { } value)
        {
            CheckCode(value);
        }

        if (_phase == Phase.Closing && discard)
        {
            Discard();
        }

        if (_phase != Phase.Open)
        {
            return;
        }

        _phase = Phase.Closing;
        SetClose(code ?? 0, reason);
        if (discard)
        {
            Discard();
        }

        FlushLater();
        ResumeReading();        // only the peer's close frame is still of interest, but it must be seen
    }

    /// <summary>Throws unless the code may stand in a close frame of ours.</summary>
    internal static void CheckCode(ushort code)
    {
        if (!WebSocketFrames.IsValidCloseCode(code))
        {
            throw new ArgumentOutOfRangeException(nameof(code), code, "Not a close code that may be sent.");
        }
    }

    /// <summary>Resets the connection at once: nothing more is sent.</summary>
    public void Abort() => Abort(WebSocketCloseCause.Aborted);

    /// <inheritdoc/>
    public override void HandlerAdded(IChannelHandlerContext context)
    {
        _context = context;
        _canSendDirectly = _channel.CanSendDirectly(context);
    }

    /// <summary>The connection has no pipeline.</summary>
    internal void OnTakenOver() => _canSendDirectly = true;

    /// <inheritdoc/>
    public override void ChannelInactive(IChannelHandlerContext context)
    {
        OnInactive();
        context.FireChannelInactive();
    }

    /// <inheritdoc/>
    public override void ExceptionCaught(IChannelHandlerContext context, Exception exception) => OnFailed(exception);

    string IDirectHandler.Name => NameInPipeline;

    void IDirectHandler.OnInactive() => OnInactive();

    void IDirectHandler.OnFailed(Exception exception) => OnFailed(exception);

    private void OnInactive()
    {
        var close = _phase is Phase.Closing or Phase.CloseSent
            ? Rare.LocalClose
            : new WebSocketClose(1006, "", ProtocolError.None, ByPeer: true, WebSocketCloseCause.ConnectionLost);
        TearDown();
        Report(close);
    }

    private void OnFailed(Exception exception)
    {
        ChannelLog.PipelineFailed(_server.Logger, RemoteEndPoint, exception);
        Abort(WebSocketCloseCause.ConnectionLost);
    }

    IReader? IStoppable.Reader => _listener as IReader;

    int IStoppable.Place { get; set; }

    void IStoppable.Shutdown() => Shutdown();

    void IUpgraded.HoldFirst(Span<byte> input) => HoldFirst(input);

    void IUpgraded.Shutdown() => Shutdown();

    void IStoppable.Abort() => Abort(WebSocketCloseCause.Aborted);

    internal void Shutdown() => Close(1001, "server shutting down");

    void ILoopWork.Run()
    {
        _isRunPosted = false;
        HandleHeld();
        Pump();
    }

    internal void OnMoment(WebSocketMoment moment)
    {
        switch (moment)
        {
            case WebSocketMoment.Message:
                _server.RuleBroken?.Invoke(BrokenRules.MessageTimeout);
                Refuse(1008, "The message was not finished within Http:MessageTimeout.", ProtocolError.None, WebSocketCloseCause.MessageTimeout);
                break;
            case WebSocketMoment.Close:
                OnCloseTimeout();
                break;
            default:
                break;
        }
    }

    // A slow reader comes to our close frame when it has taken what was sent before it: as long as it takes something, its time begins again.
    private void OnCloseTimeout()
    {
        if (_channel.UnacknowledgedBytes() is var unacknowledged && unacknowledged < Rare.UnacknowledgedAtClose)
        {
            StartCloseTimer(unacknowledged);
        }
        else
        {
            Abort(WebSocketCloseCause.CloseTimeout);
        }
    }

    private void StartCloseTimer(int unacknowledged)
    {
        Rare.UnacknowledgedAtClose = unacknowledged;
        (Rare.CloseTimer ??= new WebSocketTimer(this, WebSocketMoment.Close)).Start(_server.CloseHandshakeTimeout);
    }

    private void RunNextTurn()
    {
        if (!_isRunPosted)
        {
            _isRunPosted = true;
            Loop.Post(this);
        }
    }

    private void SetClose(ushort code, string? reason)
    {
        Rare.SetClose(code, reason);
        _isCloseDue = true;
    }

    private void OnPeerClose(ushort code, string reason)
    {
        var isAnswer = _phase == Phase.CloseSent;
        SendAnswers();
        if (_phase > Phase.CloseSent)
        {
            return;
        }

        if (_phase != Phase.CloseSent)
        {
            SetClose(code == 1005 ? (ushort)0 : code, null);
        }

        Finish();
        Report(new WebSocketClose(code, reason, ProtocolError.None, !isAnswer, isAnswer ? WebSocketCloseCause.LocalClose : WebSocketCloseCause.PeerClosed));
    }

    // The peer broke a rule: it learns the code, then the connection ends.
    private void Fail(ProtocolError error)
    {
        var info = ProtocolErrors.Describe(error);
        _server.RuleBroken?.Invoke(info.Metric);
        Refuse(info.CloseCode, info.Text, error, WebSocketCloseCause.ProtocolError);
    }

    private void Refuse(ushort code, string reason, ProtocolError error, WebSocketCloseCause cause)
    {
        SendAnswers();
        if (_phase > Phase.CloseSent)
        {
            return;
        }

        ChannelLog.WebSocketRefused(_server.Logger, RemoteEndPoint, code, reason);
        if (_phase != Phase.CloseSent)
        {
            // 1009 says everything, and the engine client's published suite holds the reason to be empty.
            SetClose(code, error == ProtocolError.WebSocketMessageTooBig ? null : reason);
        }

        Finish();
        Report(new WebSocketClose(code, reason, error, ByPeer: false, cause));
    }

    /// <summary>What is queued, answers to valid messages as a rule, leaves before the close that is to follow, as far as the kernel takes it at once: a peer that breaks
    /// the rules, or has closed, is not waited for.</summary>
    internal void SendAnswers()
    {
        if (_isPumping)
        {
            return;
        }

        // The bound is twice what is queued, since base64 takes a third more; without one, what is sent on meanwhile, since there is room again, would never end.
        for (var left = (2 * ExpectedBytes()) + MaxBatchBytes; left > 0 && HasOutput && _channel.IsWritable && _phase < Phase.Finishing; left -= MaxBatchBytes)
        {
            Pump();
        }
    }

    private void Finish()
    {
        if (_phase >= Phase.Finishing)
        {
            return;
        }

        _phase = Phase.Finishing;
        Discard();
        _rare?.CloseTimer?.Stop();
        _rare?.MessageTimer?.Stop();
        DropHeld();
        FlushLater();
    }

    private void Discard()
    {
        _source = null;
        DropPassed();
    }

    /// <summary>Ends the connection because its peer has been silent for too long.</summary>
    internal void CloseIdle() => Refuse(1001, "idle", ProtocolError.None, WebSocketCloseCause.IdleTimeout);

    /// <summary>Resets the connection because too much memory is held in the process.</summary>
    internal void Shed() => Abort(WebSocketCloseCause.MemoryBudget);

    /// <summary>An outbox is above its high mark: the memory budget is looked at.</summary>
    internal void OnGrowth() => _server.Budget?.OnGrowth(Loop);

    private void Abort(WebSocketCloseCause cause)
    {
        if (_phase == Phase.Closed)
        {
            return;
        }

        TearDown();
        _channel.Abort();
        Report(new WebSocketClose(1006, "", ProtocolError.None, ByPeer: cause == WebSocketCloseCause.ConnectionLost, cause));
    }

    // Called in the last phases only: whatever the listener calls meanwhile finds the connection ended.
    private void Report(in WebSocketClose close)
    {
        if (_isReported)
        {
            return;
        }

        _isReported = true;
        try
        {
            _listener.OnClosed(this, close);
        }
        catch (Exception exception)
        {
            ChannelLog.ListenerFailed(_server.Logger, RemoteEndPoint, exception);
        }
    }

    private void TearDown()
    {
        _phase = Phase.Closed;
        _source = null;
        CountUnfinished(0);
        _rare?.Release();
        ReleaseOutput();
        _server.Connections.Remove(this);
    }
}
