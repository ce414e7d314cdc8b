using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sockeye.Host;

/// <summary>SIGTERM and SIGINT (Ctrl-C), from before the settings are read until the process is gone: the first asks for an end in order, the second for a quick one, and what does not come back by then is left behind.</summary>
/// <remarks>It owns the registrations of the signals, and once it is asked a thread that watches the end; neither needs the thread pool, which code of a plugin may fill. Any thread. One for each process.
/// The end in order is the host's and the server's; this one is for what holds them up: a plugin, or a file that never answers. SIGHUP ends nothing from here on, and <see cref="Settings.HangupSignal"/> gives it its meaning.</remarks>
internal sealed class EndSignals : IDisposable
{
    /// <summary>How long a start that has not read its settings may go on when it is asked to end: 15 s (own, the default of <c>StopTimeout</c> and half of it).</summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(15);

    /// <summary>How long the end may take from the second signal on: 10 s (own; what is held gets a second then).</summary>
    public static readonly TimeSpan HurriedPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long what runs when everything has ended may take, such as listeners of <c>ProcessExit</c>: 5 s (own).</summary>
    public static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();  // a Monitor, to wait with
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;
    private TimeSpan _patience = StartPatience;
    private long? _end;
    private int? _exitCode;

    private EndSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, static signal => signal.Cancel = true),
    ];

    /// <summary>Fires at the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    /// <summary>Whether a signal has come.</summary>
    public bool IsAsked => _asked.IsCancellationRequested;

    public static EndSignals Register() => new();

    /// <summary>The settings are known, or known anew: how long the end in order may take. The longest time that was said holds, since some options wait for the next start.</summary>
    /// <param name="options">Its <c>DrainTime</c>, and its <c>StopTimeout</c> for the server and once more for what is left behind.</param>
    public void Allow(SockeyeServerOptions options)
    {
        lock (_lock)
        {
            var patience = options.DrainTime + (2 * options.StopTimeout) + StartPatience;
            _patience = patience > _patience ? patience : _patience;
        }
    }

    /// <summary>Ends the process, whatever threads of plugins still run. All that ends in order has ended.</summary>
    /// <param name="exitCode">The exit code.</param>
    /// <returns>It does not come back.</returns>
    public int Exit(int exitCode)
    {
        _exitCode = exitCode;
        EndWithin(LastPatience);
        Environment.Exit(exitCode);
        return exitCode;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _asked.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;   // the process ends when Main says so
        TimeSpan patience;
        lock (_lock)
        {
            patience = _end is null ? _patience : HurriedPatience;
        }

        EndWithin(patience);
        _asked.Cancel();
    }

    private void EndWithin(TimeSpan patience)
    {
        lock (_lock)
        {
            var isFirst = _end is null;
            _end = Math.Min(_end ?? long.MaxValue, Environment.TickCount64 + (long)patience.TotalMilliseconds);
            Monitor.PulseAll(_lock);
            if (isFirst)
            {
                new Thread(Watch) { IsBackground = true, Name = "sockeye-end" }.Start();
            }
        }
    }

    /// <summary>Lock.</summary>
    private TimeSpan Left() => TimeSpan.FromMilliseconds((_end ?? 0) - Environment.TickCount64);

    private void Watch()
    {
        lock (_lock)
        {
            while (Left() is var left && left > TimeSpan.Zero)
            {
                Monitor.Wait(_lock, left);
            }
        }

        // On a thread of its own: nobody may read what it writes.
        var words = new Thread(() => Console.Error.WriteLine(
            $"{HostHelp.Name}: code that was asked to end has not come back in time, of a plugin or of the process; it is left behind"))
        { IsBackground = true };
        words.Start();
        words.Join(TimeSpan.FromSeconds(1));
        if (OperatingSystem.IsWindows())
        {
            Process.GetCurrentProcess().Kill();
        }

        _exit(_exitCode ?? HostFailure.Machine);
    }

#pragma warning disable SYSLIB1054, CA5392, IDE1006 // A blittable call by the name of the system.
    [DllImport("libc")]
    private static extern void _exit(int code);
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}
