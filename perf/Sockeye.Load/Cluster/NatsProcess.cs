using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Sockeye.Load;

/// <summary>A nats-server on a free port as a child process. Ended with the run.</summary>
internal sealed class NatsProcess : IDisposable
{
    private const string Debian = "/usr/sbin/nats-server";

    private readonly Process _process;

    private NatsProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int ProcessId => _process.Id;

    public string Url => Table.Format($"nats://127.0.0.1:{Port}");

    public static NatsProcess Start()
    {
        var port = ServerProcess.FreePort(0);
        var start = new ProcessStartInfo(File.Exists(Debian) ? Debian : "nats-server", ["-a", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true };
        var process = Process.Start(start) ?? throw new IOException("nats-server did not start.");
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var nats = new NatsProcess(process, port);
        for (var late = Stopwatch.StartNew(); !IsUp(port); Thread.Sleep(20))
        {
            if (process.HasExited || late.Elapsed > TimeSpan.FromSeconds(30))
            {
                nats.Dispose();
                throw new IOException("nats-server did not become ready.");
            }
        }

        return nats;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static bool IsUp(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
