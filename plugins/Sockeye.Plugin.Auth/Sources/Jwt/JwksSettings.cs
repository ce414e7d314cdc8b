using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Where a set of keys comes from, and how often. Does not change.</summary>
internal sealed record JwksSettings
{
    /// <summary>The address; null: it comes from a file.</summary>
    public Uri? Url { get; init; }

    /// <summary>The file; null: it comes from an address.</summary>
    public string? File { get; init; }

    /// <summary>How often it is fetched, or a file looked at.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The least time from one fetch to the next, whatever asks for it.</summary>
    public TimeSpan MinRefreshInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the last good keys go on while no others come.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long a fetch may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads them.</summary>
    /// <param name="settings">The section.</param>
    /// <returns>Null: there is nothing in it.</returns>
    public static JwksSettings? Read(SettingsReader settings)
    {
        if (!settings.Exists)
        {
            return null;
        }

        var (url, file, allowsHttp) = (settings.Text("Url"), settings.Text("File"), settings.Flag("AllowHttp", false));
        if ((url is null) == (file is null))
        {
            settings.Fault("", "needs either Url or File");
        }

        var otherwise = new JwksSettings();
        return new JwksSettings
        {
            Url = url is null ? null : HttpAddress.Read(settings, "Url", url, allowsHttp),
            File = file is null ? null : Path.GetFullPath(file),
            RefreshInterval = settings.Time("RefreshInterval", file is null ? otherwise.RefreshInterval : TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            MinRefreshInterval = settings.Time("MinRefreshInterval", otherwise.MinRefreshInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            KeepFor = settings.Time("KeepFor", otherwise.KeepFor, TimeSpan.Zero, TimeSpan.FromDays(30)),
            Timeout = settings.Time("Timeout", otherwise.Timeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
        };
    }
}
