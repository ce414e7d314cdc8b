using System.Net;
using System.Net.Sockets;

namespace Sockeye.Interop;

/// <summary>The conformance app as a process on free ports of loopback, for all tests of this assembly.</summary>
public class ConformanceApp : IAsyncLifetime
{
    private const int PortCount = 15;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string[] _options;
    private ChildProcess? _process;

    /// <summary>The app as it comes.</summary>
    public ConformanceApp()
        : this([])
    {
    }

    private protected ConformanceApp(string[] options) => _options = options;

    /// <summary>The first of its ports; a profile listens on this plus its offset.</summary>
    public int BasePort { get; private set; }

    /// <summary>What it has written to standard error.</summary>
    public string Errors => _process?.Errors ?? "";

    /// <inheritdoc />
    public virtual async ValueTask InitializeAsync()
    {
        BasePort = FindFreePorts();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = ChildProcess.Start(Repository.ConformanceApp, ["--base", $"{BasePort}", .. _options], Repository.Root, line =>
        {
            if (line == "ready")
            {
                ready.TrySetResult();
            }
        });
        using var late = new CancellationTokenSource(StartTimeout);
        var end = _process.WaitAsync(late.Token);
        if (await Task.WhenAny(ready.Task, end) != ready.Task)
        {
            throw new InvalidOperationException($"The conformance app did not become ready.\n{Errors}");
        }

        late.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync()
    {
        _process?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    // Below the ports that the system gives to outgoing connections, so that the hundreds of clients do not take one in between.
    private static int FindFreePorts()
    {
        for (; ; )
        {
            var first = Random.Shared.Next(20_000, 32_000 - PortCount);
            if (Enumerable.Range(first, PortCount).All(IsFree))
            {
                return first;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
