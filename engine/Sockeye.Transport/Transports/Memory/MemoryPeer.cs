using System.Net;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Channels;
using Sockeye.Transport.Transports;

namespace Sockeye.Transport;

/// <summary>
/// The other end of a memory channel: a client that a test plays by hand. It owns the bytes that are under way in both directions.
/// </summary>
/// <remarks>Any thread; what it does reaches the channel when the channel's loop is run. It outlives the channel. What it takes is bounded by <see cref="WindowBytes"/> and <see cref="StopReading"/> alone.</remarks>
public sealed class MemoryPeer
{
    private readonly Lock _lock = new();
    private readonly MemoryChannel _channel;
    private readonly List<byte> _input = [];
    private readonly List<byte> _output = [];
    private int _inputTaken;
    private int _windowBytes = int.MaxValue;
    private int _roomToTell = 1;
    private bool _stopReading, _channelIsBlocked, _inputEnded, _closed, _reset, _outputEnded, _outputReset;

    internal MemoryPeer(ManualLoop loop, Action<IChannel> initialize, IPEndPoint local, IPEndPoint remote, ListenerLimit? limit)
    {
        RemoteEndPoint = local;
        LocalEndPoint = remote;
        loop.Settings.Connections.Opened(limit);
        _channel = new MemoryChannel(loop, initialize, this, local, remote, limit);
        loop.Post(_channel);
    }

    /// <summary>The end point that the peer is connected to.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>The peer's own end point, the channel's remote one.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>The channel at the other end.</summary>
    public IChannel Channel => _channel;

    /// <summary>Whether the channel's side has ended its output: the peer has seen the end or a reset.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _outputEnded;
            }
        }
    }

    /// <summary>Whether the end was a reset.</summary>
    public bool IsReset
    {
        get
        {
            lock (_lock)
            {
                return _outputReset;
            }
        }
    }

    /// <summary>Bytes that have arrived and were not received yet.</summary>
    public int Available
    {
        get
        {
            lock (_lock)
            {
                return _output.Count;
            }
        }
    }

    /// <summary>While true, the "kernel" takes nothing more from the channel: back-pressure begins with its next write.</summary>
    public bool StopReading
    {
        get
        {
            lock (_lock)
            {
                return _stopReading;
            }
        }
        set
        {
            lock (_lock)
            {
                _stopReading = value;
            }

            SignalRoom();
        }
    }

    /// <summary>Bytes that the "kernel" takes from the channel before the peer receives them. Unlimited by default.</summary>
    public int WindowBytes
    {
        get
        {
            lock (_lock)
            {
                return _windowBytes;
            }
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (_lock)
            {
                _windowBytes = value;
            }

            SignalRoom();
        }
    }

    /// <summary>Bytes of room from which on the "kernel" tells a channel that it takes more. 1 by default; a real one waits until a third of its buffer is free.</summary>
    public int RoomToTell
    {
        get
        {
            lock (_lock)
            {
                return _roomToTell;
            }
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            lock (_lock)
            {
                _roomToTell = value;
            }

            SignalRoom();
        }
    }

    internal Readiness Readiness
    {
        get
        {
            lock (_lock)
            {
                var readiness = Room > 0 ? Readiness.Writable : Readiness.None;
                if (_input.Count > _inputTaken)
                {
                    readiness |= Readiness.Readable;
                }

                if (_inputEnded)
                {
                    readiness |= Readiness.Readable | Readiness.InputEnd;
                }

                if (_reset)
                {
                    readiness |= Readiness.HangUp;
                }

                return readiness;
            }
        }
    }

    private int Room => _stopReading ? 0 : Math.Max(0, _windowBytes - _output.Count);

    /// <summary>Sends bytes to the channel.</summary>
    /// <param name="bytes">What to send.</param>
    /// <exception cref="InvalidOperationException">The peer has ended its output.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_inputEnded || _reset)
            {
                throw new InvalidOperationException("The peer has ended its output.");
            }

            _input.AddRange(bytes);
        }

        _channel.Signal(Readiness.Readable);
    }

    /// <summary>Takes all that has arrived.</summary>
    public byte[] Receive() => Receive(int.MaxValue);

    /// <summary>Takes what has arrived, at most so many bytes.</summary>
    /// <param name="max">The most to take.</param>
    public byte[] Receive(int max)
    {
        byte[] received;
        lock (_lock)
        {
            var count = Math.Min(max, _output.Count);
            received = _output.GetRange(0, count).ToArray();
            _output.RemoveRange(0, count);
        }

        SignalRoom();
        return received;
    }

    /// <summary>Ends the peer's output; it still receives.</summary>
    public void HalfClose()
    {
        lock (_lock)
        {
            _inputEnded = true;
        }

        _channel.Signal(Readiness.Readable | Readiness.InputEnd);
    }

    /// <summary>Ends both directions in order: what the channel sends from now on is answered by a reset, as TCP does it.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _inputEnded = _closed = true;
        }

        _channel.Signal(Readiness.Readable | Readiness.InputEnd);
    }

    /// <summary>Ends the connection with a reset; bytes on the way are lost.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _reset = true;
            _input.Clear();
            _inputTaken = 0;
        }

        _channel.Signal(Readiness.Readable | Readiness.HangUp);
    }

    internal int TakeInput(Span<byte> destination)
    {
        lock (_lock)
        {
            if (_reset)
            {
                return IoResult.Failed;
            }

            var count = Math.Min(destination.Length, _input.Count - _inputTaken);
            if (count == 0)
            {
                return _inputEnded ? 0 : IoResult.WouldBlock;
            }

            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_input).Slice(_inputTaken, count).CopyTo(destination);
            _inputTaken += count;
            if (_inputTaken == _input.Count)
            {
                _input.Clear();
                _inputTaken = 0;
            }

            return count;
        }
    }

    internal int GiveOutput(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_reset || _outputEnded)
            {
                return IoResult.Failed;
            }

            if (!_closed)
            {
                var count = Math.Min(bytes.Length, Room);
                _output.AddRange(bytes[..count]);
                if (count < bytes.Length)
                {
                    _channelIsBlocked = true;
                }

                return count == 0 ? IoResult.WouldBlock : count;
            }

            _reset = true;
        }

        _channel.Signal(Readiness.Readable | Readiness.HangUp);
        return bytes.Length;
    }

    internal void EndOutput(bool reset)
    {
        lock (_lock)
        {
            _outputReset |= reset && !_outputEnded;
            _outputEnded = true;
        }
    }

    private void SignalRoom()
    {
        lock (_lock)
        {
            if (!_channelIsBlocked || Room < _roomToTell)
            {
                return;
            }

            _channelIsBlocked = false;
        }

        _channel.Signal(Readiness.Writable);
    }
}
