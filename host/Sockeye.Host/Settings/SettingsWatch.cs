namespace Sockeye.Host.Settings;

/// <summary>Sees that files with settings have changed since they were read, for whatever reason that was.</summary>
/// <remarks>It owns a timer. Files are looked at once in <see cref="Interval"/>, since systems do not tell of a link that leads elsewhere, which is how orchestrators replace
/// a mounted file. A change is told when the next look finds no further one: a file that is being written is read when it is complete.</remarks>
internal sealed class SettingsWatch : IDisposable
{
    /// <summary>How often the files are looked at. Own: fast enough for whoever has just written one, and a handful of system calls.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Func<FileStamps> _stamp;
    private readonly Action _changed;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private FileStamps _read;
    private FileStamps _last;

    /// <param name="read">What the files looked like when they were read.</param>
    /// <param name="stamp">What they look like.</param>
    /// <param name="changed">Called after a change, on the timer's thread.</param>
    /// <param name="time">The clock.</param>
    public SettingsWatch(FileStamps read, Func<FileStamps> stamp, Action changed, TimeProvider time)
    {
        (_stamp, _changed) = (stamp, changed);
        _read = _last = read;
        _timer = time.CreateTimer(static watch => ((SettingsWatch)watch!).Look(), this, Interval, Interval);
    }

    /// <summary>They are read, or about to be, by whomever: what they looked like just before is no change.</summary>
    public void OnRead(FileStamps read)
    {
        lock (_lock)
        {
            _read = read;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_lock)
        {
            var now = _stamp();
            var isStill = now.Equals(_last);
            _last = now;
            if (!isStill || now.Equals(_read))
            {
                return;
            }

            _read = now;
        }

        _changed();
    }
}
