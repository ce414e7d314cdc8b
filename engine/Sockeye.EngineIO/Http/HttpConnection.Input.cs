using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol;
using Sockeye.Protocol.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

// What comes in: heads, bodies, and what must wait for the response.
internal sealed partial class HttpConnection
{
    private enum BodyState : byte
    {
        Unread,         // the handler has not asked for it
        Reading,
        Draining,       // read and thrown away, since the response is given
        Complete,
    }

    [ThreadStatic]
    private static HttpHeadReader? t_spareReader;

    [ThreadStatic]
    private static HttpLimits? t_spareReaderLimits;

    private static readonly ProtocolErrorInfo s_bodyTooSlow = new(408, 0, "http_body_rate", "The body comes too slowly.");

    private HttpHeadReader? _reader;            // only while a head is incomplete
    private HttpBodyReader _bodyReader;
    private ByteAccumulator? _body;
    private int _heldBody;                      // bytes of the body, as counted
    private WebSocketConnection? _upgraded;
    private HeldInput _held;                    // what came behind the request in flight: its body if nobody reads it yet, the next request
    private TimeSpan _bodyStart;
    private long _bodyBytes;
    private BodyState _bodyState;
    private bool _isBodyAsked;
    private bool _isBodyExtended;
    private bool _isProcessing;

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        if (message is not IByteBuffer buffer)
        {
            _ = context.FireChannelRead(message);
            return;
        }

        try
        {
            Receive(buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes));
        }
        finally
        {
            _ = buffer.Release();
        }
    }

    internal void ReadBody(HttpExchange exchange, long maxBytes)
    {
        if (exchange != _exchange || _isBodyAsked)
        {
            return;
        }

        _isBodyAsked = true;
        if (exchange.Head.ContentLength > maxBytes)
        {
            FailBody(413, ProtocolErrors.Describe(ProtocolError.HttpBodyTooLarge));
            return;
        }

        _bodyState = BodyState.Reading;
        if (exchange.Head.HasBody)
        {
            _bodyReader = new HttpBodyReader(exchange.Head, Options.Limits, maxBytes);
            if (exchange.Head.ExpectContinue && _held.IsEmpty)
            {
                WriteContinue();
            }

            StartBodyTimer();
        }

        Continue();
    }

    private void Receive(Span<byte> input)
    {
        switch (_phase)
        {
            case Phase.Closing or Phase.Closed or Phase.Upgraded:
                break;
            default:
                if (_isProcessing || !_held.IsEmpty)
                {
                    Hold(input);
                    break;
                }

                Span<byte> rest = Process(input);
                if (!rest.IsEmpty)
                {
                    Hold(rest);
                }

                break;
        }
    }

    // Something changed: a response has left, a body is wanted, the connection has arrived on this loop.
    private void Continue()
    {
        if (_isProcessing || _phase is Phase.Closing or Phase.Closed or Phase.Upgraded)
        {
            return;
        }

        Span<byte> rest = Process(_held.Take());
        _held.PutBack(rest);
        if (_held.IsEmpty && _arrived is null)
        {
            ReadOn();
        }
    }

    // Returns what must wait. A loop and not recursion: a thousand small requests in one read need no stack.
    private Span<byte> Process(Span<byte> input)
    {
        _isProcessing = true;
        bool goesOn = true;
        while (goesOn && _arrived is null)
        {
            switch (_phase)
            {
                case Phase.Idle:
                case Phase.Head:
                    goesOn = !input.IsEmpty && ReadHead(ref input);
                    break;
                case Phase.Exchange when _bodyState is BodyState.Reading or BodyState.Draining:
                    goesOn = ReadBody(ref input);
                    break;
                case Phase.Exchange:
                    goesOn = TryEndExchange();
                    break;
                case Phase.Upgraded:
                    _upgraded!.HoldFirst(input);
                    input = default;
                    goesOn = false;
                    break;
                default:
                    input = default;
                    goesOn = false;
                    break;
            }
        }

        _isProcessing = false;
        return input;
    }

    private bool ReadHead(ref Span<byte> input)
    {
        if (_phase == Phase.Idle)
        {
            _phase = Phase.Head;
            if (_readTimer.Moment != HttpMoment.Head)
            {
                _readTimer.Start(HttpMoment.Head, Options.HeaderTimeout);       // the first one runs since the connection was accepted
            }
        }

        if (_reader is null)
        {
            _reader = ReferenceEquals(t_spareReaderLimits, Options.Limits) && t_spareReader is { } spare ? spare : new HttpHeadReader(Options.Limits);
            t_spareReader = null;
        }

        HttpReadStatus status = _reader.Read(input, out int consumed);
        input = input[consumed..];
        if (status == HttpReadStatus.NeedMore)
        {
            return false;
        }

        if (status == HttpReadStatus.Failed)
        {
            ProtocolErrorInfo info = ProtocolErrors.Describe(_reader.Error);
            Log.RequestRefused(_server.Logger, RemoteEndPoint, info.HttpStatus, info.Text);
            _server.RuleBroken?.Invoke(info.Metric);
            RespondToFault(info.HttpStatus);
            return false;
        }

        HttpRequestHead head = _reader.Head;
        _reader.Reset();
        (t_spareReader, t_spareReaderLimits) = (_reader, Options.Limits);
        _reader = null;
        _readTimer.Stop();
        _phase = Phase.Exchange;
        _bodyState = head.HasBody ? BodyState.Unread : BodyState.Complete;
        _bodyBytes = 0;
        _isBodyAsked = false;
        var exchange = new HttpExchange(this, head, _server.Handler);
        TakeExchange(exchange);
        exchange.Loop.SetActivity("request", exchange);
        try
        {
            _server.Handler.OnRequest(exchange);
        }
        catch (Exception exception)
        {
            OnHandlerFailed(exchange, exception);
        }

        return true;
    }

    private bool ReadBody(ref Span<byte> input)
    {
        if (!_exchange!.Head.HasBody)
        {
            _bodyState = BodyState.Complete;
            Deliver(default);
            return true;
        }

        HttpReadStatus status = _bodyReader.Read(input, out int consumed, out ReadOnlySpan<byte> data);
        input = input[consumed..];
        _bodyBytes += consumed;
        if (status == HttpReadStatus.Failed)
        {
            ProtocolErrorInfo info = ProtocolErrors.Describe(_bodyReader.Error);
            FailBody(info.HttpStatus, info);
            return false;
        }

        if (_bodyState == BodyState.Draining && _bodyBytes > Options.MaxDrainBytes)
        {
            Close();
            return false;
        }

        if (status == HttpReadStatus.NeedMore)
        {
            if (_bodyState == BodyState.Reading && !data.IsEmpty)
            {
                (_body ??= new ByteAccumulator()).Append(data);
                CountBody();
            }

            return !input.IsEmpty;
        }

        _readTimer.Stop();
        if (_bodyState == BodyState.Reading)
        {
            _bodyState = BodyState.Complete;
            Deliver(data);
        }

        _bodyState = BodyState.Complete;
        return true;
    }

    private void Deliver(ReadOnlySpan<byte> last)
    {
        ByteAccumulator? body = _body;
        _body = null;
        CountBody();
        if (body is not null)
        {
            body.Append(last);
            last = body.Written;
        }

        HttpExchange exchange = _exchange!;
        if (!exchange.IsOpen)
        {
            return;
        }

        try
        {
            exchange.Handler.OnBody(exchange, last);
        }
        catch (Exception exception)
        {
            OnHandlerFailed(exchange, exception);
        }
    }

    // The body is broken or comes too slowly: the connection answers itself, since the handler cannot go on.
    private void FailBody(int status, ProtocolErrorInfo info)
    {
        Log.RequestRefused(_server.Logger, RemoteEndPoint, status, info.Text);
        _server.RuleBroken?.Invoke(info.Metric);
        HttpExchange exchange = _exchange!;
        bool isOpen = exchange.IsOpen;
        if (isOpen)
        {
            exchange.FaultStatus = status;
            AbortExchange();
            exchange.AppendHeader("Cache-Control", "no-store");
            RespondToFault(status, exchange.Headers);
        }
        else
        {
            Close();        // the response was given: nothing more to say
        }
    }

    private void StartBodyTimer()
    {
        _bodyStart = Loop.Now;
        _isBodyExtended = false;
        ArmBodyTimer();
    }

    // Due when the average falls below the least rate if nothing more comes: no ticking. Rounded up, so that it has fallen by then.
    private void ArmBodyTimer()
    {
        TimeSpan slow = TimeSpan.FromTicks(((_bodyBytes * TimeSpan.TicksPerSecond) + Options.MinBodyBytesPerSecond - 1) / Options.MinBodyBytesPerSecond);
        TimeSpan due = slow > Options.BodyGrace ? slow : Options.BodyGrace;
        due = due < Options.BodyTimeout ? due : Options.BodyTimeout;
        _readTimer.Start(HttpMoment.Body, Options.BodyGrace, _bodyStart + due);
    }

    private void OnBodyCheck()
    {
        if (!_isBodyExtended && _bodyStart < Loop.HeldUpAt)
        {
            // While we did not read, the peer could not go on sending.
            _isBodyExtended = true;
            _bodyStart = Loop.Now;
        }

        TimeSpan elapsed = Loop.Now - _bodyStart;
        if (elapsed < Options.BodyTimeout && _bodyBytes * TimeSpan.TicksPerSecond > (Int128)elapsed.Ticks * Options.MinBodyBytesPerSecond)
        {
            ArmBodyTimer();
            return;
        }

        Log.RequestTimedOut(_server.Logger, RemoteEndPoint, "body");
        FailBody(408, s_bodyTooSlow);
    }

    private void Hold(ReadOnlySpan<byte> input)
    {
        _held.Append(input);
        _channel.Configuration.AutoRead = false;
    }

    private void DropInput()
    {
        _held.Clear();
        _body = null;
        CountBody();
        _reader = null;
    }

    // Towards the memory that the engine holds.
    private void CountBody()
    {
        int bytes = _body?.Capacity ?? 0;
        if (bytes != _heldBody)
        {
            BufferCounters.Hold(bytes - _heldBody);
            _heldBody = bytes;
        }
    }

    private void ReadOn()
    {
        if (_phase is not (Phase.Closed or Phase.Upgraded) && !_channel.Configuration.AutoRead)
        {
            _channel.Configuration.AutoRead = true;
            _ = _channel.Read();
        }
    }
}
