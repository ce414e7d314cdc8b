using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sockeye.Load;

/// <summary>A server under test as a child process, on one processor where there are several, ended with the suite.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private ServerProcess(Process process, Target target)
    {
        _process = process;
        Target = target;
    }

    public Target Target { get; }

    /// <summary>It has been driven until its code was compiled for speed.</summary>
    public bool IsSettled { get; set; }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts <paramref name="kind"/> and waits for its line <c>ready</c>.</summary>
    public static ServerProcess Start(ServerKind kind, ServerSettings settings)
    {
        var port = FreePort(kind.PortOffset);
        string[] command = [.. kind.IsPinned ? Affinity.Of(Affinity.ServerProcessor) : [], .. kind.Command(port, settings)];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = Setup.Root, RedirectStandardOutput = true };
        foreach (var (name, value) in kind.Environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new IOException($"{kind.Name} did not start.");
        var server = new ServerProcess(process, new Target(kind.Name, port + kind.PortOffset, process.Id, kind.Dialect) { TellsRuntime = kind.TellsRuntime });
        using var late = new CancellationTokenSource(StartTimeout);
        try
        {
            while (process.StandardOutput.ReadLineAsync(late.Token).AsTask().GetAwaiter().GetResult() is var line && line != "ready")
            {
                if (line is null)
                {
                    throw new IOException($"{kind.Name} ended before it was ready.");
                }
            }
        }
        catch
        {
            server.Dispose();
            throw;
        }

        return server;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    /// <summary>Below the ports of outgoing connections, so that no client of a run sits on one.</summary>
    public static int FreePort(int offset)
    {
        for (; ; )
        {
            var port = Random.Shared.Next(20_000, 31_000);
            if (Enumerable.Range(port, offset + 1).All(IsFree))
            {
                return port;
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
