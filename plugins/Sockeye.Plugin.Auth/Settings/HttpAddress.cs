namespace Sockeye.Plugin.Auth.Settings;

/// <summary>Addresses that the configuration names. No other one is ever asked.</summary>
internal static class HttpAddress
{
    /// <summary>An address; null: it is none, and there was a fault, which does not show it, since it may hold a secret.</summary>
    /// <param name="settings">The section.</param>
    /// <param name="key">The key.</param>
    /// <param name="text">The address.</param>
    /// <param name="allowsHttp">Whether it may be unencrypted elsewhere than on this machine.</param>
    public static Uri? Read(SettingsReader settings, string key, string text, bool allowsHttp)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            settings.Fault(key, "is no address that begins with https://");
            return null;
        }

        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            settings.Fault(key, "has a user, a password or a fragment in it, which is not supported");
            return null;
        }

        if (url.Scheme == "http" && !url.IsLoopback && !allowsHttp)
        {
            settings.Fault(key, "is not encrypted: it is to begin with https://, unless AllowHttp is true");
            return null;
        }

        return url;
    }

    /// <summary>What of an address may stand in a log: not its query.</summary>
    /// <param name="url">The address.</param>
    public static string Shown(Uri url) => url.GetLeftPart(UriPartial.Path);
}
