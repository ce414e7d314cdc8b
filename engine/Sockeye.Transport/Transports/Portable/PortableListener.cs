using System.Net;
using System.Net.Sockets;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Transports;

/// <summary>A listening socket of the portable transport, which it owns. Accepting runs on the loop, disposing on any thread; it lives until it is disposed, and pauses as the native listener does.</summary>
internal sealed class PortableListener : ITransportListener
{
    private readonly PortableTransport _transport;
    private readonly Socket _socket;
    private readonly Action<IChannel> _initialize;
    private readonly ListenerLimit? _limit;
    private TaskCompletionSource? _belowLimit;
    private Task _accepting = Task.CompletedTask;
    private volatile bool _isClosed;

    private PortableListener(PortableTransport transport, Socket socket, Action<IChannel> initialize, ListenerLimit? limit)
    {
        _transport = transport;
        _socket = socket;
        _initialize = initialize;
        _limit = limit;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        transport.Settings.Connections.Watch(limit, OnFellBelowLimit);
    }

    public IPEndPoint EndPoint { get; }

    public bool IsShared => false;

    internal static PortableListener Bind(PortableTransport transport, IPEndPoint endPoint, int backlog, Action<IChannel> initialize, ListenerLimit? limit)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
            }

            socket.Bind(endPoint);
            socket.Listen(backlog);
            return new PortableListener(transport, socket, initialize, limit);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw ListenError.From(endPoint, e);
        }
    }

    /// <summary>Starts to accept; on the loop.</summary>
    internal void Start() => _accepting = AcceptAsync();

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _transport.Settings.Connections.Unwatch(_limit, OnFellBelowLimit);
        _socket.Dispose();
        Volatile.Read(ref _belowLimit)?.TrySetResult();
        await _accepting.ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        var loop = _transport.Loop;
        while (!_isClosed)
        {
            if (_transport.Settings.Connections.IsReachedFor(_limit))
            {
                await WaitBelowLimit();
                continue;
            }

            try
            {
                var socket = await _socket.AcceptAsync();

                // Another listener may have taken the last place meanwhile: then this one waits here, and the next one in the backlog.
                while (!_transport.Settings.Connections.TryOpen(_limit))
                {
                    if (_isClosed)
                    {
                        socket.Dispose();
                        return;
                    }

                    await WaitBelowLimit();
                }

                Take(loop, socket);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                loop.Counters._acceptPauses++;
                TransportLog.AcceptPaused(loop.Logger, EndPoint, (int)EpollListener.PauseTime.TotalMilliseconds, e.Message);
                await loop.ScheduleAsync(static () => { }, EpollListener.PauseTime);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The listener is closed, which the loop condition sees, or the connection was gone before it was accepted.
            }
        }
    }

    private void Take(PortableLoop loop, Socket socket)
    {
        try
        {
            socket.NoDelay = true;
        }
        catch (SocketException)
        {
            // The connection is gone already; the first read tells.
        }

        PortableChannel channel;
        try
        {
            channel = new PortableChannel(_transport, socket, _limit);
        }
        catch
        {
            _transport.Settings.Connections.Closed(_limit);
            socket.Dispose();
            throw;
        }

        loop.Counters._accepted++;
        try
        {
            _initialize(channel);
        }
        catch (Exception e)
        {
            TransportLog.InitializerFailed(loop.Logger, e);
            loop.Counters._faults++;
            channel.Unsafe.CloseForcibly();
            return;
        }

        _ = loop.RegisterAsync(channel);
    }

    private async Task WaitBelowLimit()
    {
        _transport.Loop.Counters._acceptPauses++;
        _transport.Settings.TellLimit(EndPoint, _limit);
        TaskCompletionSource wait = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _belowLimit, wait); // a fence: whoever makes room meanwhile sees it, or is seen below
        if (!_isClosed && _transport.Settings.Connections.IsReachedFor(_limit))
        {
            await wait.Task;
        }
    }

    private void OnFellBelowLimit() => Volatile.Read(ref _belowLimit)?.TrySetResult();
}
