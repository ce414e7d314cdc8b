using Microsoft.Extensions.Configuration;
using Sockeye.Host.Settings;

namespace Sockeye.Host.Tests.Settings;

public sealed class SettingsWatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-settings").FullName;
    private readonly HandTimer _time = new();
    private string _stamp = "a";
    private int _told;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_change_is_told_once_when_no_further_one_follows()
    {
        using var watch = Watch();
        Look("a", told: 0);
        Look("b", told: 0);
        Look("c", told: 0);
        Look("c", told: 1);
        Look("c", told: 1);
        Look("d", told: 1);
        Look("d", told: 2);
    }

    [Fact]
    public void A_file_that_is_as_it_was_told_before_is_no_change()
    {
        using var watch = Watch();
        Look("b", told: 0);
        Look("a", told: 0);
        Look("a", told: 0);
    }

    [Fact]
    public void A_file_looks_different_when_it_is_written_comes_goes_or_is_a_link_that_leads_elsewhere()
    {
        var file = Path.Combine(_folder, "sockeye.json");
        List<FileStamps> stamps = [];
        using var settings = (ConfigurationRoot)new ConfigurationBuilder().AddJsonFile(file, optional: true).Build();
        See();
        File.WriteAllText(file, "{}");
        See();
        File.WriteAllText(file, "{ }");
        See();
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        See();
        File.Delete(file);
        foreach (var version in new[] { "one", "two" })
        {
            var mounted = Directory.CreateDirectory(Path.Combine(_folder, version)).FullName;
            File.WriteAllText(Path.Combine(mounted, "sockeye.json"), "{}");
            File.SetLastWriteTimeUtc(Path.Combine(mounted, "sockeye.json"), DateTime.UnixEpoch);
            var data = Path.Combine(_folder, "data");
            if (Directory.Exists(data))
            {
                Directory.Delete(data);
            }

            Directory.CreateSymbolicLink(data, mounted);
            if (!File.Exists(file))
            {
                File.CreateSymbolicLink(file, Path.Combine("data", "sockeye.json"));
            }

            See();
        }

        Assert.Equal(stamps.Count, stamps.Distinct().Count());

        void See() => stamps.Add(FileStamps.Of(settings));
    }

    [Fact]
    public void Files_that_plugins_are_told_of_are_looked_at_too()
    {
        var rules = Path.Combine(_folder, "rules.json");
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Plugins:routing:File", rules), new("Plugins:routing:Files", "x"), new("Path", "/profile")]).Build();
        var before = FileStamps.Of(settings);
        Assert.Equal(before, Stamps((rules, "-")));
        File.WriteAllText(rules, "{}");
        Assert.NotEqual(before, FileStamps.Of(settings));
    }

    [Fact]
    public void What_somebody_else_has_read_meanwhile_is_no_change()
    {
        using var watch = Watch();
        watch.OnRead(Stamps(("file", "b")));
        Look("b", told: 0);
        Look("b", told: 0);
        Look("c", told: 0);
        Look("c", told: 1);
    }

    [Fact]
    public void A_file_that_is_named_from_a_reading_on_counts_as_read_and_others_as_they_were_before_it()
    {
        var before = Stamps(("sockeye.json", "1"), ("gone", "1"));
        var now = Stamps(("sockeye.json", "2"), ("new", "1"));
        Assert.Equal(Stamps(("sockeye.json", "1"), ("new", "1")), now.AsOf(before));
    }

    private static FileStamps Stamps(params (string Path, string Stamp)[] files) => new(files.ToDictionary(static file => file.Path, static file => file.Stamp));

    private SettingsWatch Watch() => new(Stamps(("file", _stamp)), () => Stamps(("file", _stamp)), () => _told++, _time);

    private void Look(string stamp, int told)
    {
        _stamp = stamp;
        _time.Fire();
        Assert.Equal(told, _told);
    }

    /// <summary>A clock whose only timer the test fires.</summary>
    private sealed class HandTimer : TimeProvider
    {
        private Action? _fire;

        public void Fire() => _fire!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return new Timer(static _ => { });
        }
    }
}
