using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

/// <summary>What a target was sent.</summary>
internal sealed record Posted(string Head, byte[] Body, int Number)
{
    public string? Header(string name) => Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();

    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>An HTTP server on loopback that answers each request as a test says, with bytes, silence or a reset.</summary>
internal sealed class LoopbackTarget : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Channel<Posted> _posted = Channel.CreateUnbounded<Posted>();
    private readonly Func<Posted, Task<string?>> _answer;
    private readonly Task _accepting;
    private int _count;
    private int _open;

    /// <summary>Answers each request with bytes; null resets the connection.</summary>
    public LoopbackTarget(Func<Posted, Task<string?>> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public LoopbackTarget(Func<Posted, string?> answer)
        : this(posted => Task.FromResult(answer(posted)))
    {
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook?key=secret-of-the-path");

    public int Requests => Volatile.Read(ref _count);

    /// <summary>Most requests that were answered at one time.</summary>
    public int MostAtOnce { get; private set; }

    public static string Status(int status, params string[] headers) =>
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");

    /// <summary>The next request; fails when there is none for a minute.</summary>
    public Task<Posted> NextAsync() => _posted.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1));

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_ended.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException) // stopped while it accepts, or before it accepts again
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        var read = new byte[64 * 1024];
        var pending = new List<byte>();
        try
        {
            while (true)
            {
                int head;
                while ((head = Encoding.ASCII.GetString([.. pending]).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
                {
                    if (!await ReadAsync(socket, read, pending))
                    {
                        return;
                    }
                }

                var text = Encoding.ASCII.GetString([.. pending[..head]]);
                var length = int.Parse(new Posted(text, [], 0).Header("Content-Length")!, CultureInfo.InvariantCulture);
                while (pending.Count < head + 4 + length)
                {
                    if (!await ReadAsync(socket, read, pending))
                    {
                        return;
                    }
                }

                var posted = new Posted(text, [.. pending[(head + 4)..(head + 4 + length)]], Interlocked.Increment(ref _count));
                pending.RemoveRange(0, head + 4 + length);
                lock (_posted)
                {
                    MostAtOnce = Math.Max(MostAtOnce, ++_open);
                }

                _posted.Writer.TryWrite(posted);
                var answer = await _answer(posted).WaitAsync(_ended.Token);
                lock (_posted)
                {
                    _open--;
                }

                if (answer is null)
                {
                    socket.LingerState = new LingerOption(true, 0);
                    return;
                }

                await socket.SendAsync(Encoding.Latin1.GetBytes(answer), SocketFlags.None, _ended.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task<bool> ReadAsync(Socket socket, byte[] read, List<byte> pending)
    {
        var count = await socket.ReceiveAsync(read, SocketFlags.None, _ended.Token);
        pending.AddRange(read[..count]);
        return count > 0;
    }
}
