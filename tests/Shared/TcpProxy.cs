using System.Net;
using System.Net.Sockets;

namespace Sockeye.Shared;

/// <summary>Stands between a client and a server of this machine, and can hold, cut or delay what goes through.</summary>
/// <remarks>It owns its connections. Any thread.</remarks>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;
    private TaskCompletionSource _open = Passed();
    private bool _isRefusing;

    public TcpProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Added to the way of each piece, in each direction.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Nothing goes through and nothing is closed, on connections that are there: half open, as behind a firewall that has forgotten them. New ones are taken and go through if asked for.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>What comes from now on goes through, on new connections too. What was held stays lost: connections that were held are never let go.</summary>
    public void LetNewThrough()
    {
        lock (_lock)
        {
            _open = Passed();
        }
    }

    /// <summary>What was held goes through.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _open.TrySetResult();
        }
    }

    /// <summary>All connections are reset, and new ones too as long as it is said.</summary>
    public void Cut(bool refuseNew)
    {
        lock (_lock)
        {
            _isRefusing = refuseNew;
            foreach (var socket in _sockets)
            {
                socket.Close(0);
            }

            _sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        Cut(refuseNew: true);
        Release();
        await _accepting;
        _ended.Dispose();
    }

    private static TaskCompletionSource Passed()
    {
        var passed = new TaskCompletionSource();
        passed.SetResult();
        return passed;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_ended.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _ended.Token);
            var isRefused = false;
            lock (_lock)
            {
                isRefused = _isRefusing;
                if (!isRefused)
                {
                    _sockets.AddRange([client, server]);
                }
            }

            if (!isRefused)
            {
                await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has gone, and the other goes with it.
        }
        finally
        {
            client.Close(0);
            server.Close(0);
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var read = await from.ReceiveAsync(buffer.AsMemory(), _ended.Token);
            if (read == 0)
            {
                return;
            }

            Task open;
            lock (_lock)
            {
                open = _open.Task;
            }

            await open.WaitAsync(_ended.Token);
            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, _ended.Token);
            }

            await to.SendAsync(buffer.AsMemory(0, read), _ended.Token);
        }
    }
}
