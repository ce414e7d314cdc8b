using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Sockeye.Host.Lifecycle;

/// <summary>Tells systemd, or whoever has named a socket in <c>NOTIFY_SOCKET</c>, how the service is (<c>sd_notify(3)</c>). Without such a socket it tells nobody.</summary>
/// <remarks>
/// <para>Any thread; lives as long as the host. Each message is one datagram, which waits at most a second for room. What cannot be sent is a line in the log and does no harm else.</para>
/// <para>Microsoft.Extensions.Hosting.Systemd has no watchdog, no reload and no status, and brings a lifetime that would replace the host's signals; what would be left of it is this datagram.</para>
/// </remarks>
internal sealed class SystemdNotifier(string? socket, ILogger logger)
{
    private readonly Lock _lock = new();
    private string? _ready;
    private bool _isStopping;

    /// <summary>Takes the socket that the environment names, for this process alone: programs that it starts do not see it.</summary>
    public static SystemdNotifier Take(ILogger logger)
    {
        var socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        return new SystemdNotifier(string.IsNullOrEmpty(socket) ? null : socket, logger);
    }

    /// <summary>Whether somebody listens.</summary>
    public bool IsEnabled => socket is not null;

    /// <summary>The service has started.</summary>
    /// <param name="status">What <c>systemctl status</c> shows.</param>
    public void Ready(string status)
    {
        lock (_lock)
        {
            _ready = status;
            Send($"READY=1\nSTATUS={status}");
        }
    }

    /// <summary>The settings are read again until the result is disposed. Before the service has started and while it ends nothing is told.</summary>
    public IDisposable Reloading()
    {
        lock (_lock)
        {
            if (_ready is null || _isStopping)
            {
                return new Reload(null);
            }

            // The clock of Stopwatch is CLOCK_MONOTONIC where there is a systemd.
            var now = (long)(Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1e6));
            Send($"RELOADING=1\nMONOTONIC_USEC={now.ToString(CultureInfo.InvariantCulture)}\nSTATUS=Reading settings and plugins again");
            return new Reload(this);
        }
    }

    /// <summary>The service ends.</summary>
    /// <param name="status">What <c>systemctl status</c> shows.</param>
    /// <param name="within">How long that takes at most; <c>TimeoutStopSec</c> is extended to it.</param>
    public void Stopping(string status, TimeSpan within)
    {
        lock (_lock)
        {
            _isStopping = true;
            Send($"STOPPING=1\nSTATUS={status}\nEXTEND_TIMEOUT_USEC={((long)within.TotalMicroseconds).ToString(CultureInfo.InvariantCulture)}");
        }
    }

    /// <summary>The service is alive.</summary>
    public void Alive() => Send("WATCHDOG=1");

    private void Reloaded()
    {
        lock (_lock)
        {
            if (!_isStopping)
            {
                Send($"READY=1\nSTATUS={_ready}");
            }
        }
    }

    private void Send(string message)
    {
        if (socket is null)
        {
            return;
        }

        try
        {
            // An address of the abstract namespace begins with a zero, which an environment cannot hold.
            UnixDomainSocketEndPoint address = new(socket[0] == '@' ? $"\0{socket[1..]}" : socket);
            using Socket sender = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = 1_000 };
            sender.SendTo(Encoding.UTF8.GetBytes(message), address);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            HostLog.NotNotified(logger, socket, message.Split('\n')[0], failure.Message);
        }
    }

    private sealed class Reload(SystemdNotifier? notifier) : IDisposable
    {
        public void Dispose() => notifier?.Reloaded();
    }
}
