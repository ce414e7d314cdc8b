using Microsoft.Extensions.Configuration;

namespace Sockeye.Host.Settings;

/// <summary>Sees that files with settings have changed: those of the host, and those that plugins are told of by keys that end in <c>File</c>.</summary>
/// <remarks>It owns a timer. Files are asked for their time, length and final target once in <see cref="Interval"/>, since systems do not tell of a link that leads elsewhere, which is how orchestrators replace
/// a mounted file. A change is told when the next look finds no further one: a file that is being written is read when it is complete.</remarks>
internal sealed class SettingsWatch : IDisposable
{
    /// <summary>How often the files are looked at. Own: fast enough for whoever has just written one, and a handful of system calls.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Func<string> _stamp;
    private readonly Action _changed;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private string _told;
    private string _last;

    /// <param name="read">What the files looked like when they were read.</param>
    /// <param name="stamp">What they look like; two that are the same text are the same files.</param>
    /// <param name="changed">Called after a change, on the timer's thread.</param>
    /// <param name="time">The clock.</param>
    public SettingsWatch(string read, Func<string> stamp, Action changed, TimeProvider time)
    {
        (_stamp, _changed) = (stamp, changed);
        _told = _last = read;
        _timer = time.CreateTimer(static watch => ((SettingsWatch)watch!).Look(), this, Interval, Interval);
    }

    /// <summary>What the files of settings look like now.</summary>
    public static string StampOf(IConfigurationRoot settings)
    {
        var files = settings.Providers.OfType<FileConfigurationProvider>()
            .Select(static provider => Path.Combine((provider.Source.FileProvider as Microsoft.Extensions.FileProviders.PhysicalFileProvider)?.Root ?? "", provider.Source.Path ?? ""))
            .Concat(settings.GetSection(BuiltInPlugins.Section).AsEnumerable()
                .Where(static setting => setting.Key.EndsWith("File", StringComparison.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(setting.Value)).Select(static setting => setting.Value!));
        return string.Join('\n', files.Select(StampOf));
    }

    public void Dispose() => _timer.Dispose();

    private static string StampOf(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            {
                file = target;
            }

            // The folder may be the link that is exchanged.
            var folder = file.Directory?.ResolveLinkTarget(returnFinalTarget: true) ?? file.Directory;
            return file.Exists ? FormattableString.Invariant($"{path} {folder?.FullName} {file.Name} {file.LastWriteTimeUtc.Ticks} {file.Length}") : $"{path} -";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"{path} ?";
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            var now = _stamp();
            var isStill = now == _last;
            _last = now;
            if (!isStill || now == _told)
            {
                return;
            }

            _told = now;
        }

        _changed();
    }
}
