using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Where the change of a session from polling to WebSocket stands. There is no fourth: before and after it the session has no <see cref="SessionUpgrade"/>.</summary>
internal enum UpgradeStage : byte
{
    /// <summary>The WebSocket is on trial, its probe has not come. It is turned away when its session ends.</summary>
    Trial,

    /// <summary>The probe has been answered. The WebSocket outlives its session until the client upgrades, goes, or the time for it is up: such a client does not poll again.</summary>
    Probed,

    /// <summary>The WebSocket carries the session, but is not read before the POST that was under way is delivered.</summary>
    LastPost,
}

/// <summary>The change of one session from polling to WebSocket: the WebSocket on trial, then the POST that is still under way on the polling side.</summary>
/// <remarks>
/// <para>It owns the stage and the two times of the change: <see cref="EngineOptions.UpgradeTimeout"/>, which it is itself, and that of the poll which waits meanwhile.</para>
/// <para><b>Thread.</b> The session's loop.</para>
/// <para><b>Lifetime.</b> From the WebSocket's request until it is turned away or gone, or carries the session and no POST is left: only so long does
/// <see cref="EngineSession.Upgrade"/> lead to it. docs/polling.md has the table of its stages.</para>
/// <para><b>Limits.</b> One for each session: another WebSocket that comes meanwhile is turned away.</para>
/// </remarks>
internal sealed class SessionUpgrade(EngineSession session, PollingTransport polling, WebSocketTransport webSocket) : DueEntry
{
    /// <summary>How long a poll waits once its client upgrades. The reference looks as often.</summary>
    internal static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(100);

    private PollTime? _pollTime;

    public UpgradeStage Stage { get; private set; }

    public WebSocketTransport WebSocket => webSocket;

    /// <summary>The polling side, while its POST is all that is left of it.</summary>
    public PollingTransport? LastPost => Stage == UpgradeStage.LastPost ? polling : null;

    /// <summary>What the side that does not carry the session has not finished.</summary>
    public int UnfinishedCost => Stage == UpgradeStage.LastPost ? polling.UnfinishedCost : webSocket.UnfinishedCost;

    /// <inheritdoc />
    protected override bool IsDeadline => true;

    public void Begin() => session.Loop.DueList(session.Options.UpgradeTimeout).Add(this);

    /// <summary>A message of the WebSocket on trial.</summary>
    public void OnMessage(ReadOnlySpan<byte> payload, bool isBinary)
    {
        if (!isBinary && payload.SequenceEqual("2probe"u8))
        {
            Stage = UpgradeStage.Probed;
            webSocket.SendControl("3probe"u8);
            if (polling.Poll == PollState.Waiting)
            {
                OnPollWaits();
            }
        }
        else if (Stage == UpgradeStage.Probed && !isBinary && payload.SequenceEqual("5"u8))
        {
            Complete();
        }
        else
        {
            Refuse();
        }
    }

    /// <summary>A poll waits although its client upgrades, and the client waits for it to end: it has <see cref="LongestPoll"/> for what may be queued meanwhile.</summary>
    public void OnPollWaits()
    {
        if (Stage == UpgradeStage.Probed)
        {
            session.Loop.DueList(LongestPoll).Add(_pollTime ??= new PollTime(polling));
        }
    }

    /// <summary>The session ends. A client that has the answer to its probe is told over the WebSocket once it upgrades; an earlier one goes on polling.</summary>
    public void OnSessionEnding(CloseKind kind)
    {
        if (Stage == UpgradeStage.LastPost)
        {
            polling.RefusePost();
            if (polling.Post == PostState.None)
            {
                Leave();
            }
        }
        else if (Stage == UpgradeStage.Trial || kind == CloseKind.ByClient)
        {
            Refuse();
        }
    }

    /// <summary>The WebSocket on trial is gone; the session lives on, or goes on ending.</summary>
    public void OnWebSocketGone()
    {
        Leave();
        polling.OnUpgradeFailed();
    }

    /// <summary>The last POST of the session's polling time is delivered, so what came over the WebSocket may follow.</summary>
    public void OnLastPostDelivered()
    {
        Leave();
        if (!session.IsReadingPaused)
        {
            webSocket.ResumeReading();
        }
    }

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due) => Refuse();

    // The client has chosen: from here on the WebSocket carries the session, or the rest of it if it has ended meanwhile.
    private void Complete()
    {
        Leave();
        session.ChangeTo(webSocket);
        var pingWaits = polling.Detach();
        if (session.State != EngineState.Open)
        {
            webSocket.Activate(holdsReading: false);
            session.CloseOver(webSocket);
            return;
        }

        if (polling.Post != PostState.None)
        {
            Stage = UpgradeStage.LastPost;
            session.Upgrade = this;
        }

        webSocket.Activate(holdsReading: polling.Post != PostState.None || session.IsReadingPaused);
        if (pingWaits)
        {
            webSocket.SendPing();
        }
    }

    private void Refuse()
    {
        webSocket.TurnAway();
        OnWebSocketGone();
    }

    private void Leave()
    {
        DueList.Cancel(this);
        DueList.Cancel(_pollTime);
        session.Upgrade = null;
    }

    /// <summary>The time of the poll that waits.</summary>
    private sealed class PollTime(PollingTransport polling) : DueEntry
    {
        /// <inheritdoc />
        protected override void OnDue(TimeSpan due) => polling.ReleasePoll();
    }
}
