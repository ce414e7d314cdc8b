using System.Net;
using System.Net.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>The bytes between a fuzzed client and the server, over memory or a real socket.</summary>
internal interface IFuzzWire
{
    /// <summary>Whether the client has ended its side.</summary>
    bool HasEnded { get; }

    bool StopReading { get; set; }

    /// <summary>Sends, if the client has not ended its side.</summary>
    void Send(ReadOnlySpan<byte> bytes);

    /// <summary>Takes what has arrived.</summary>
    byte[] Receive();

    void HalfClose();

    void Close();

    void Reset();
}

internal sealed class MemoryWire(MemoryPeer peer) : IFuzzWire
{
    public bool HasEnded { get; private set; }

    /// <summary>Whether the server has ended its side.</summary>
    public bool IsClosedByServer => peer.IsClosed;

    public bool StopReading
    {
        get => peer.StopReading;
        set => peer.StopReading = value;
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (!HasEnded)
        {
            peer.Send(bytes);
        }
    }

    public byte[] Receive() => peer.Receive();

    public void HalfClose()
    {
        HasEnded = true;
        peer.HalfClose();
    }

    public void Close()
    {
        HasEnded = true;
        peer.Close();
    }

    public void Reset()
    {
        HasEnded = true;
        peer.Reset();
    }
}

internal sealed class SocketWire : IFuzzWire, IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 8192 };
    private readonly byte[] _buffer = new byte[65_536];
    private bool _isHalfClosed;

    public SocketWire(IPEndPoint server)
    {
        _socket.Connect(server);
        _socket.Blocking = false;
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    public bool HasEnded { get; private set; }

    public bool StopReading { get; set; }

    /// <summary>The client's own port, by which the server's end is known.</summary>
    public int Port { get; }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (HasEnded || _isHalfClosed)
        {
            return;
        }

        // What a server that reads no more does not take is a conversation that was cut here.
        _socket.Send(bytes, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Close();
        }
    }

    public byte[] Receive()
    {
        if (HasEnded)
        {
            return [];
        }

        var count = _socket.Receive(_buffer, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Close();
        }

        return error == SocketError.Success ? _buffer[..count] : [];
    }

    public void HalfClose()
    {
        if (HasEnded)
        {
            return;
        }

        // Half-closed it stays open for what the server says to it, and is closed with the others.
        _isHalfClosed = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            Close();
        }
    }

    public void Close()
    {
        HasEnded = true;
        _socket.Dispose();
    }

    public void Reset()
    {
        if (HasEnded)
        {
            return;
        }

        HasEnded = true;
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => Close();
}
