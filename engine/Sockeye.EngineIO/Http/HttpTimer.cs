using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>What an HTTP connection waits for.</summary>
internal enum HttpMoment : byte
{
    None,
    /// <summary>The end of the head.</summary>
    Head,
    /// <summary>The next request.</summary>
    NextRequest,
    /// <summary>The body, at its least rate.</summary>
    Body,
}

/// <summary>An entry of the loop's due-list that tells its connection which moment has come. It follows the connection to another loop only when stopped.</summary>
internal sealed class HttpTimer(HttpConnection owner) : DueEntry
{
    public HttpMoment Moment { get; private set; }

    public void Start(HttpMoment moment, TimeSpan interval, TimeSpan? dueAt = null)
    {
        Moment = moment;
        owner.Loop.DueList(interval).Add(this, dueAt ?? owner.Loop.Now + interval);
    }

    public void Stop()
    {
        DueList.Cancel(this);
        Moment = HttpMoment.None;
    }

    protected override bool IsDeadline => true;

    protected override void OnDue(TimeSpan due)
    {
        HttpMoment moment = Moment;
        Moment = HttpMoment.None;
        owner.OnMoment(moment);
    }
}
