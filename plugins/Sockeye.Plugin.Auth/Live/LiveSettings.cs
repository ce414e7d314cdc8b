using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Reads <see cref="LiveOptions"/> from the plugin's section.</summary>
internal static class LiveSettings
{
    /// <summary>Reads the sections <c>Refresh</c>, <c>Revocation</c>, <c>SingleSession</c>, <c>Throttle</c> and <c>Audit</c>; faults stay with the reader.</summary>
    /// <param name="settings">The plugin's section.</param>
    public static LiveOptions Read(SettingsReader settings)
    {
        var defaults = new LiveOptions();
        var (refresh, revocation, throttle, audit) = (settings.Section("Refresh"), settings.Section("Revocation"), settings.Section("Throttle"), settings.Section("Audit"));
        return defaults with
        {
            RefreshLead = refresh.Time("Lead", defaults.RefreshLead, TimeSpan.Zero, TimeSpan.FromHours(24)),
            WhenExpired = refresh.Choice("WhenExpired", defaults.WhenExpired),
            ClockSkew = refresh.Time("ClockSkew", defaults.ClockSkew, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
            RefreshesPerMinute = (int)refresh.Number("PerMinute", defaults.RefreshesPerMinute, 1, 600),
            RefreshTimeout = refresh.Time("Timeout", defaults.RefreshTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
            RevocationMemory = revocation.Time("Memory", defaults.RevocationMemory, TimeSpan.FromSeconds(1), LiveOptions.MaxMemory),
            MaxRevocations = (int)revocation.Number("Max", defaults.MaxRevocations, 1, 10_000_000),
            AdminKeySha256 = ReadKey(revocation),
            WhenCutOff = revocation.Choice("WhenCutOff", defaults.WhenCutOff),
            SingleSession = settings.Choice("SingleSession", defaults.SingleSession),
            SessionPatience = settings.Time("SingleSessionPatience", defaults.SessionPatience, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10)),
            FreeFailures = (int)throttle.Number("FreeFailures", defaults.FreeFailures, 1, 10_000),
            MaxFailureDelay = throttle.Time("MaxDelay", defaults.MaxFailureDelay, TimeSpan.Zero, TimeSpan.FromSeconds(60)),
            AuditPath = ReadPath(audit),
            AuditMaxBytes = audit.Number("MaxBytes", defaults.AuditMaxBytes, 1024, 1L << 40),
            AuditMaxFiles = (int)audit.Number("MaxFiles", defaults.AuditMaxFiles, 1, 1000),
        };
    }

    private static string? ReadPath(SettingsReader settings)
    {
        var path = settings.Text("Path");
        if (path is not null && AuditLog.Fault(path) is { } fault)
        {
            settings.Fault("Path", $"names {fault}");
        }

        return path;
    }

    private static byte[]? ReadKey(SettingsReader settings)
    {
        if (settings.Text("AdminKeySha256") is not { } text)
        {
            return null;
        }

        if (text.Length == 64 && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        // Somebody may have put the key itself there: it is not told.
        settings.Fault("AdminKeySha256", "is to be the SHA-256 of the key, 64 hexadecimal digits");
        return null;
    }
}
