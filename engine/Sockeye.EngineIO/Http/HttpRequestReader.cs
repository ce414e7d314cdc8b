using Sockeye.EngineIO.Connections;
using Sockeye.Protocol;
using Sockeye.Protocol.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>What a peer may be late with.</summary>
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

/// <summary>What reading a body has come to.</summary>
internal enum HttpBodyResult : byte
{
    NeedMore,
    /// <summary>It is here, for the handler.</summary>
    Complete,
    /// <summary>It has been thrown away to its end.</summary>
    Drained,
    /// <summary>It is too long to be thrown away.</summary>
    TooLong,
    /// <summary>See <see cref="HttpRequestReader.Error"/>.</summary>
    Failed,
}

/// <summary>Reads the requests of one channel, the head and then the body, and notices when the peer is late with them.</summary>
/// <remarks>
/// <para><b>Owns</b> the reader of an incomplete head, what has come of a body that is wanted whole, and the one moment by which more must have come. Between two
/// requests it holds no buffer.</para>
/// <para><b>Thread.</b> The channel's loop. It does not follow the channel to another one: <see cref="Stop"/> before, <see cref="Resume"/> after.</para>
/// <para><b>Lifetime.</b> That of its <see cref="HttpChannelHandler"/>.</para>
/// <para><b>Limits.</b> The sizes and times of <see cref="HttpOptions"/>: the head and the next request have their time, a body its time and a least rate.</para>
/// </remarks>
internal sealed class HttpRequestReader(HttpChannelHandler handler) : DueEntry
{
    private enum BodyState : byte
    {
        Unread,         // nobody has asked for it
        Empty,          // it was asked for and there is none
        Reading,
        Draining,       // read and thrown away, since the response is given
        Complete,
    }

    [ThreadStatic]
    private static HttpHeadReader? t_spare;

    [ThreadStatic]
    private static HttpLimits? t_spareLimits;

    private HttpHeadReader? _head;          // only while a head is incomplete, or at fault
    private HttpBodyReader _body;
    private ByteAccumulator? _collected;
    private int _countedBytes;              // of what is collected
    private TimeSpan _bodyStart;
    private long _bodyBytes;
    private BodyState _bodyState;
    private HttpMoment _awaited;
    private bool _isBodyExtended;

    /// <summary>Why the head or the body has failed.</summary>
    public ProtocolError Error => _head?.Error ?? _body.Error;

    /// <summary>Whether what is no head begins as TLS does: a client with an https address.</summary>
    public bool IsTls { get; private set; }

    /// <summary>Whether the body of the request was asked for, or thrown away.</summary>
    public bool IsBodyTaken => _bodyState != BodyState.Unread;

    /// <summary>Whether <see cref="ReadBody"/> has something to do.</summary>
    public bool IsInBody => _bodyState is BodyState.Empty or BodyState.Reading or BodyState.Draining;

    /// <inheritdoc />
    protected override bool IsDeadline => true;

    private HttpOptions Options => handler.Options;

    /// <summary>The time of a head begins, unless it has begun: the first one's runs since the connection was accepted.</summary>
    public void AwaitHead()
    {
        if (_awaited != HttpMoment.Head)
        {
            Await(HttpMoment.Head, Options.HeaderTimeout, handler.Loop.Now + Options.HeaderTimeout);
        }
    }

    /// <summary>A request is over: the next one may take its time.</summary>
    public void AwaitRequest() => Await(HttpMoment.NextRequest, Options.KeepAliveTimeout, handler.Loop.Now + Options.KeepAliveTimeout);

    /// <summary>Nothing is waited for.</summary>
    public void Stop()
    {
        DueList.Cancel(this);
        _awaited = HttpMoment.None;
    }

    /// <summary>The channel has come to another loop in the middle of a request.</summary>
    public void Resume()
    {
        if (_bodyState is BodyState.Reading or BodyState.Draining)
        {
            StartBodyTimer();
        }
    }

    /// <summary>Reads on in a head.</summary>
    /// <param name="input">What has come; what belongs to the head is taken away.</param>
    /// <param name="head">The head, if it is complete.</param>
    public HttpReadStatus ReadHead(ref Span<byte> input, out HttpRequestHead? head)
    {
        AwaitHead();
        if (_head is null)
        {
            _head = ReferenceEquals(t_spareLimits, Options.Limits) && t_spare is { } spare ? spare : new HttpHeadReader(Options.Limits);
            t_spare = null;
        }

        var isHandshakeOfTls = input.StartsWith((ReadOnlySpan<byte>)[0x16, 0x03]);
        var status = _head.Read(input, out var consumed);
        input = input[consumed..];
        if (status != HttpReadStatus.Complete)
        {
            IsTls = isHandshakeOfTls && status == HttpReadStatus.Failed;
            head = null;
            return status;
        }

        head = _head.Head;
        _head.Reset();
        (t_spare, t_spareLimits) = (_head, Options.Limits);
        _head = null;
        Stop();
        _bodyState = BodyState.Unread;
        _bodyBytes = 0;
        return status;
    }

    /// <summary>The body is wanted whole.</summary>
    public void BeginBody(HttpRequestHead head, long maxBytes)
    {
        if (head.HasBody)
        {
            _bodyState = BodyState.Reading;
            _body = new HttpBodyReader(head, Options.Limits, maxBytes);
            StartBodyTimer();
        }
        else
        {
            _bodyState = BodyState.Empty;
        }
    }

    /// <summary>The response is given: what is left of the body is to be thrown away, if it is short enough.</summary>
    /// <returns>Whether the connection can be used again.</returns>
    public bool TryDrain(HttpRequestHead head)
    {
        switch (_bodyState)
        {
            case BodyState.Empty or BodyState.Complete:
            case BodyState.Unread when !head.HasBody:
                _bodyState = BodyState.Complete;
                return true;
            case BodyState.Reading:
                _bodyState = BodyState.Draining;
                _collected = null;
                CountCollected();
                return head.ContentLength <= Options.MaxDrainBytes;
            case BodyState.Unread when !head.ExpectContinue && head.ContentLength <= Options.MaxDrainBytes:
                _bodyState = BodyState.Draining;
                _body = new HttpBodyReader(head, Options.Limits, Options.MaxDrainBytes);
                StartBodyTimer();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads on in a body.</summary>
    /// <param name="input">What has come; what belongs to the body is taken away.</param>
    /// <param name="body">The whole body, if it is complete and was wanted. Valid until the input is not.</param>
    public HttpBodyResult ReadBody(ref Span<byte> input, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (_bodyState == BodyState.Empty)
        {
            _bodyState = BodyState.Complete;
            return HttpBodyResult.Complete;
        }

        var isDraining = _bodyState == BodyState.Draining;
        var status = _body.Read(input, out var consumed, out var data);
        input = input[consumed..];
        _bodyBytes += consumed;
        if (status == HttpReadStatus.Failed)
        {
            return HttpBodyResult.Failed;
        }

        if (isDraining && _bodyBytes > Options.MaxDrainBytes)
        {
            return HttpBodyResult.TooLong;
        }

        if (status == HttpReadStatus.NeedMore)
        {
            if (!isDraining && !data.IsEmpty)
            {
                (_collected ??= new ByteAccumulator()).Append(data);
                CountCollected();
            }

            return HttpBodyResult.NeedMore;
        }

        Stop();
        _bodyState = BodyState.Complete;
        if (isDraining)
        {
            return HttpBodyResult.Drained;
        }

        body = data;
        if (_collected is { } collected)
        {
            collected.Append(data);
            body = collected.Written;
            _collected = null;
            CountCollected();
        }

        return HttpBodyResult.Complete;
    }

    /// <summary>Nothing more is read: what has come of a request is given up.</summary>
    public void Drop()
    {
        Stop();
        _head = null;
        _collected = null;
        CountCollected();
    }

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due)
    {
        var moment = _awaited;
        _awaited = HttpMoment.None;
        if (moment != HttpMoment.Body || IsBodyLate())
        {
            handler.OnLate(moment);
        }
    }

    private void Await(HttpMoment moment, TimeSpan interval, TimeSpan dueAt)
    {
        _awaited = moment;
        handler.Loop.DueList(interval).Add(this, dueAt);
    }

    private void StartBodyTimer()
    {
        _bodyStart = handler.Loop.Now;
        _isBodyExtended = false;
        AwaitBody();
    }

    // Due when the average falls below the least rate if nothing more comes: no ticking. Rounded up, so that it has fallen by then.
    private void AwaitBody()
    {
        var slow = TimeSpan.FromTicks(((_bodyBytes * TimeSpan.TicksPerSecond) + Options.MinBodyBytesPerSecond - 1) / Options.MinBodyBytesPerSecond);
        var due = slow > Options.BodyGrace ? slow : Options.BodyGrace;
        due = due < Options.BodyTimeout ? due : Options.BodyTimeout;
        Await(HttpMoment.Body, Options.BodyGrace, _bodyStart + due);
    }

    private bool IsBodyLate()
    {
        var loop = handler.Loop;
        if (!_isBodyExtended && _bodyStart < loop.HeldUpAt)
        {
            // While we did not read, the peer could not go on sending.
            _isBodyExtended = true;
            _bodyStart = loop.Now;
        }

        var elapsed = loop.Now - _bodyStart;
        if (elapsed < Options.BodyTimeout && _bodyBytes * TimeSpan.TicksPerSecond > (Int128)elapsed.Ticks * Options.MinBodyBytesPerSecond)
        {
            AwaitBody();
            return false;
        }

        return true;
    }

    /// <summary>Bytes of memory that the body takes which is coming. Any thread.</summary>
    internal int CollectedBytes => Volatile.Read(ref _countedBytes);

    // Towards the memory that the engine holds.
    private void CountCollected()
    {
        var bytes = _collected?.Capacity ?? 0;
        if (bytes != _countedBytes)
        {
            var hasGrown = bytes > _countedBytes;
            BufferCounters.Hold(bytes - _countedBytes);
            Volatile.Write(ref _countedBytes, bytes);
            if (hasGrown && bytes >= IMemoryBudget.LeastGrowth)
            {
                handler.OnGrowth();
            }
        }
    }
}
