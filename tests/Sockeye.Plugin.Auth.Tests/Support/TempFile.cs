using System.Text.Json;

namespace Sockeye.Plugin.Auth.Tests.Support;

/// <summary>A file for one test.</summary>
internal sealed class TempFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-auth").FullName;

    private TempFile() => Path = System.IO.Path.Combine(_folder, "file");

    public string Path { get; }

    /// <summary>The path as it stands within quotes in JSON.</summary>
    public string JsonPath => JsonEncodedText.Encode(Path).ToString();

    public static TempFile With(string text)
    {
        var file = new TempFile();
        file.Write(text);
        return file;
    }

    public void Write(string text) => File.WriteAllText(Path, text);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
