using Sockeye.Server.Common;

namespace Sockeye.Server.Plugins;

/// <summary>Looks at the folders of plugins and asks for a reload when something has changed there and then nothing more for a while: a build or a copy writes many files.</summary>
/// <remarks>It owns a watcher for each folder. The system raises the changes on any thread. From the server's start until its end.</remarks>
internal sealed class PluginWatch : IDisposable
{
    /// <summary>How long nothing changes before the folders are read: 500 ms (own).</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    private readonly List<FileSystemWatcher> _watchers = [];
    private readonly ITimer _timer;
    private readonly ServerLog _log;

    public PluginWatch(IEnumerable<string> roots, TimeProvider time, ServerLog log, Action changed)
    {
        _log = log;
        _timer = time.CreateTimer(static changed => ((Action)changed!)(), changed, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var root in roots)
        {
            var watcher = new FileSystemWatcher(Path.GetFullPath(root)) { IncludeSubdirectories = true };
            watcher.Changed += OnChange;
            watcher.Created += OnChange;
            watcher.Deleted += OnChange;
            watcher.Renamed += OnChange;
            watcher.Error += OnError;
            _watchers.Add(watcher);
            watcher.EnableRaisingEvents = true;
        }
    }

    public void Dispose()
    {
        foreach (var watcher in _watchers)
        {
            watcher.Dispose();
        }

        _timer.Dispose();
    }

    private void OnChange(object sender, FileSystemEventArgs change) => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);

    // Changes may have been lost: the folders are read, whatever it was.
    private void OnError(object sender, ErrorEventArgs error)
    {
        _log.PluginWatchFailed(((FileSystemWatcher)sender).Path, error.GetException());
        _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
    }
}
