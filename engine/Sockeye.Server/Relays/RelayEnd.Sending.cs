using System.Buffers;
using Sockeye.Server.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Relays;

// What one side says: bytes and words, gathered over a turn, in frames that have numbers and keep to what the other side has granted.
internal abstract partial class RelayEnd
{
    private readonly Lock _sending = new();
    private long _known;

    // The loop, under the lock.
    private uint _sent;

    private byte[]? _out;
    private int _outLength;
    private long _written;
    private long _limit = WindowBytes;
    private RelayFlags _toSay;
    private bool _isFlushing;
    private bool _isWaiting;
    private bool _isHeld;
    private bool _isOutputOver;

    /// <summary>The last frame that was sent; 0: none. On the loop.</summary>
    public uint Sent => _sent;

    /// <summary>The last frame that was sent: others read it while the next one goes. Any thread.</summary>
    public uint SentForSure
    {
        get
        {
            lock (_sending)
            {
                return _sent;
            }
        }
    }

    /// <summary>A stamp of the moment from which on the other server is sure to know of it; 0: it is not. Any thread.</summary>
    public virtual long Known => Interlocked.Read(ref _known);

    /// <summary>Bytes that may be written now.</summary>
    protected int Room => IsDone || _isOutputOver || IsEnding ? 0 : (int)Math.Clamp(_limit - _written, 0, WindowBytes);

    /// <summary>Bytes that the other side has not used.</summary>
    protected int Unused => (int)Math.Clamp(_written - (_limit - WindowBytes), 0, WindowBytes);

    /// <summary>Whether the last frame of this side has been taken by the bus.</summary>
    protected bool IsOutputOver => _isOutputOver;

    /// <summary>Whether that frame has ended it in order.</summary>
    protected bool HasEnded { get; private set; }

    /// <summary>Whether this side has ended in order, or is about to.</summary>
    protected bool IsEnding => HasEnded || (_toSay & RelayFlags.End) != 0;

    void ITurnEnd.OnTurnEnd()
    {
        _isFlushing = false;
        Flush();
    }

    /// <summary>Tries again to send what waits.</summary>
    public void Retry()
    {
        _isHeld = false;
        Flush();
    }

    /// <summary>What is written here leaves at the end of the turn.</summary>
    /// <returns>Bytes that were taken.</returns>
    protected int Write(ReadOnlySpan<byte> bytes)
    {
        var length = Math.Min(Room, bytes.Length);
        if (length == 0)
        {
            return 0;
        }

        if (_out is null || _out.Length - _outLength < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_outLength + length);
            _out?.AsSpan(0, _outLength).CopyTo(larger);
            Keep(larger);
        }

        bytes[..length].CopyTo(_out.AsSpan(_outLength));
        _outLength += length;
        _written += length;
        FlushLater();
        return length;
    }

    /// <summary>Says something, with the last of the bytes.</summary>
    protected void Say(RelayFlags what)
    {
        if (!IsDone && !_isOutputOver)
        {
            _toSay |= what;
            FlushLater();
        }
    }

    /// <summary>Cuts it: what waits is not sent.</summary>
    protected void Cut(RelayFlags flags = RelayFlags.None)
    {
        if (!IsDone && !_isOutputOver)
        {
            Drop();
            _toSay = RelayFlags.Cut | flags;
            FlushLater();
        }
    }

    /// <summary>Keeps what there is to say until <see cref="Retry"/>.</summary>
    /// <param name="since">Since when it has waited.</param>
    protected void Hold(TimeSpan since)
    {
        _isHeld = _isWaiting = true;
        hub.Wait(this, since);
    }

    protected void FlushLater()
    {
        if (!_isFlushing && !IsDone)
        {
            _isFlushing = true;
            loop.AtTurnEnd(this);
        }
    }

    /// <summary>Sends what waits, unless the bus still does not take it.</summary>
    private void Flush()
    {
        while (!IsDone && !_isHeld && NextFrame() is { } frame)
        {
            var (length, flags) = frame;
            if (!TrySend(length, flags))
            {
                _isWaiting = true;
                hub.Wait(this, hub.Now);
                return;
            }

            if (_isWaiting)
            {
                _isWaiting = false;
                hub.WaitsNoLonger(this);
            }

            _toSay &= ~flags;
            Consume(length);
            if ((flags & (RelayFlags.End | RelayFlags.Cut)) != 0)
            {
                _isOutputOver = true;
                HasEnded = (flags & RelayFlags.Cut) == 0;
                OnOutputOver();
            }
        }
    }

    private (int Length, RelayFlags Flags)? NextFrame()
    {
        if (_isOutputOver)
        {
            return null;
        }

        var length = Math.Min(_outLength, hub.MaxFrameBytes);
        var flags = length < _outLength ? RelayFlags.None : _toSay;
        var grants = !_isInputOver && _used + WindowBytes - _granted >= WindowBytes / 2;
        return length > 0 || flags != RelayFlags.None || grants || IsEntry && _sent == 0 ? (length, flags) : null;
    }

    private bool TrySend(int length, RelayFlags flags)
    {
        var granted = _granted;
        if (!_isInputOver)
        {
            // Before it is said: what it allows may come at once.
            Volatile.Write(ref _granted, _used + WindowBytes);
        }

        lock (_sending)
        {
            var head = new RelayHead(id, FrameNumber.After(_sent), flags | (IsEntry ? RelayFlags.FromEntry : RelayFlags.None), _granted);
            if (hub.TrySend(this, head, _out.AsMemory(0, length)))
            {
                _sent = head.Number;
                if (_known == 0)
                {
                    Interlocked.Exchange(ref _known, hub.NextStamp());
                }

                return true;
            }
        }

        Volatile.Write(ref _granted, granted);
        return false;
    }

    private void Consume(int length)
    {
        _outLength -= length;
        if (_outLength == 0)
        {
            Keep(null);
        }
        else if (length > 0)
        {
            _out.AsSpan(length, _outLength).CopyTo(_out);
        }
    }

    private void Drop()
    {
        _outLength = 0;
        Keep(null);
    }

    private void Keep(byte[]? next)
    {
        BufferCounters.Hold((next?.Length ?? 0) - (_out?.Length ?? 0));
        if (_out is not null)
        {
            ArrayPool<byte>.Shared.Return(_out);
        }

        _out = next;
    }
}
