using System.Text;

namespace Sockeye.Plugin.Auth.Settings;

/// <summary>Reads secrets, from the configuration itself (as a rule its environment variables) or from a file. No fault that it tells has anything of the secret in it.</summary>
internal static class Secrets
{
    /// <summary>Bytes of a file with a key at most: 65,536 (own).</summary>
    public const int MaxFileBytes = 65_536;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const string Base64Mark = "base64:";

    /// <summary>A secret from <paramref name="key"/> or <paramref name="key"/><c>File</c>; null: neither is set, or there was a fault.</summary>
    /// <param name="settings">The section.</param>
    /// <param name="key">The key.</param>
    /// <remarks>Text is taken as UTF-8; behind <c>base64:</c> it is what it stands for. A line break at the end of a file does not count.</remarks>
    public static byte[]? Read(SettingsReader settings, string key)
    {
        var fileKey = key + "File";
        var (text, path) = (settings.Text(key), settings.Text(fileKey));
        if (text is not null && path is not null)
        {
            settings.Fault(key, $"and {fileKey} are not to be set both");
            return null;
        }

        if (path is not null)
        {
            key = fileKey;
            try
            {
                text = File(settings, fileKey, path) is { } bytes ? s_strict.GetString(bytes).TrimEnd('\n', '\r') : null;
            }
            catch (DecoderFallbackException)
            {
                // Bytes that are no text would all become the same character, and the secret another one that is weaker.
                settings.Fault(fileKey, "names a file that is no text in UTF-8: write base64: and the base64 of the bytes into it");
                return null;
            }
        }

        if (text is null)
        {
            return null;
        }

        if (!text.StartsWith(Base64Mark, StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        try
        {
            return Convert.FromBase64String(text[Base64Mark.Length..]);
        }
        catch (FormatException)
        {
            settings.Fault(key, "begins with base64: and is none");
            return null;
        }
    }

    /// <summary>The bytes of a small file; null: it cannot be read, and there was a fault.</summary>
    /// <param name="settings">The section.</param>
    /// <param name="key">The key with the path.</param>
    /// <param name="path">The path.</param>
    /// <param name="maxBytes">Bytes at most.</param>
    public static byte[]? File(SettingsReader settings, string key, string path, int maxBytes = MaxFileBytes)
    {
        try
        {
            if (System.IO.File.Exists(path) && !NamedFile.HasContent(path))
            {
                settings.Fault(key, $"names a file that {NamedFile.NoContent}");
                return null;
            }

            using var file = System.IO.File.OpenRead(path);
            if (file.Length > maxBytes)
            {
                settings.Fault(key, $"names a file of more than {maxBytes} bytes");
                return null;
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            settings.Fault(key, $"names a file that cannot be read: {LogText.Escape(failure.Message.TrimEnd('.'))}");
            return null;
        }
    }
}
