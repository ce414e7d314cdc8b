namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Says whether the file that has the rules has changed since it was read, by its time and its length, behind all links. One thread at a time.</summary>
internal sealed class RulesFile
{
    /// <summary>How often it is looked at: each second (own; that costs one call of the system).</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How often it has to look the same after a change: 3 (own). Who watches files of settings, as the standalone host does, hands the section over before that, and it is read once.</summary>
    public const int Looks = 3;

    private string? _path;
    private Stamp _read;
    private Stamp _last;
    private int _looks;

    /// <summary>It is about to be read. What is written meanwhile counts as a change.</summary>
    /// <param name="path">The file; null: the rules stand in the section itself.</param>
    public void OnRead(string? path)
    {
        _path = path;
        _read = _last = Stamp.Of(path);
        _looks = 0;
    }

    /// <summary>Looks at it.</summary>
    /// <returns>It has changed, and not any more for <see cref="Looks"/>: a file that is being written is left alone.</returns>
    public bool HasChanged()
    {
        var now = Stamp.Of(_path);
        _looks = now == _last ? _looks + 1 : 0;
        _last = now;
        return _looks >= Looks && now != _read;
    }

    private readonly record struct Stamp(DateTime Written, long Length)
    {
        /// <summary>That of a file; an empty one: there is none, or it cannot be looked at.</summary>
        public static Stamp Of(string? path)
        {
            try
            {
                return path is not null && NamedFile.Of(path) is { Exists: true } file ? new Stamp(file.LastWriteTimeUtc, file.Length) : default;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                return default;
            }
        }
    }
}
