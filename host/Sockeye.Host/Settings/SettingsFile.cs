using System.Text;
using System.Text.Json;

namespace Sockeye.Host.Settings;

/// <summary>A JSON file with settings as it stands at one moment: what is wrong with it as a file, and on which line each key is. Does not change; any thread.</summary>
/// <remarks>The configuration itself is read by the library, which forgets lines and says of a file that it cannot read no more than that. What is accepted here is what the library accepts: comments, commas at the end, UTF-8 with or without a byte order mark, UTF-16 with one.</remarks>
internal sealed class SettingsFile
{
    /// <summary>Bytes of a file at most: 16 MiB (own; ten thousand API keys have 2 MiB).</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Objects and lists in each other at most: 64, as the library has it.</summary>
    private const int MaxDepth = 64;

    private readonly Dictionary<string, int> _lines = new(StringComparer.OrdinalIgnoreCase);

    private readonly List<string> _values = [];
    private readonly List<SettingFault> _faults = [];

    private SettingsFile(string path) => Path = path;

    /// <summary>The keys that have a value, in the order of the file.</summary>
    public IReadOnlyList<string> Values => _values;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Why it cannot be read; empty: it can.</summary>
    public IReadOnlyList<SettingFault> Faults => _faults;

    /// <summary>Reads a file. It never throws for what is wrong with it.</summary>
    /// <param name="path">The file.</param>
    public static SettingsFile Read(string path)
    {
        var file = new SettingsFile(path);
        try
        {
            if (Directory.Exists(path))
            {
                file.Refuse("is a folder, and has to be a file", null);
            }
            else if (new FileInfo(path) is { Exists: true, Length: 0 })
            {
                file.Refuse("is empty, or no regular file; {} stands for all defaults", null); // a pipe would be waited for
            }
            else if (file.Bytes() is { } bytes)
            {
                file.Take(bytes);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            file.Refuse($"cannot be read: {LogText.Escape(failure.Message)}", null);
        }

        return file;
    }

    /// <summary>The line of a key, or of the first one below it; null: it is not in the file.</summary>
    /// <param name="key">The key, such as <c>Engine:PingInterval</c>; case does not count.</param>
    public int? LineOf(string key) => _lines.TryGetValue(key, out var line) ? line : null;

    private byte[]? Bytes()
    {
        using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

        // One byte more than is allowed, whatever length it claims to have.
        var bytes = new byte[(int)Math.Min(Math.Max(stream.Length, 1), MaxBytes) + 1];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read > MaxBytes)
        {
            Refuse($"has more than {MaxBytes >> 20} MiB", null);
            return null;
        }

        return bytes[..read];
    }

    private void Take(byte[] bytes)
    {
        switch (bytes)
        {
            case [0xEF, 0xBB, 0xBF, ..]:
                bytes = bytes[3..];
                break;
            case [0xFF, 0xFE, ..]:
                bytes = Encoding.UTF8.GetBytes(Encoding.Unicode.GetString(bytes.AsSpan(2)));
                break;
            case [0xFE, 0xFF, ..]:
                bytes = Encoding.UTF8.GetBytes(Encoding.BigEndianUnicode.GetString(bytes.AsSpan(2)));
                break;
            case [0, _, ..] or [_, 0, ..]:
                Refuse("is text in UTF-16 without a byte order mark: save it as UTF-8", 1);
                return;
        }

        if (FirstInvalid(bytes) is { } invalid)
        {
            Refuse("has bytes that are no UTF-8: save it as UTF-8", LineAt(bytes, invalid));
            return;
        }

        if (bytes.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            Refuse("is empty; {} stands for all defaults", 1);
            return;
        }

        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                Refuse("not JSON for settings: it has to be an object, { … }", LineAt(bytes, (int)reader.TokenStartIndex));
                return;
            }

            Walk(ref reader, new LineCounter(bytes));
        }
        catch (JsonException failure)
        {
            Refuse($"not JSON: {Reason(failure.Message)}", (int)(failure.LineNumber ?? 0) + 1);
        }
    }

    /// <summary>Notes where each key is, without recursion.</summary>
    private void Walk(ref Utf8JsonReader reader, LineCounter lines)
    {
        Stack<(string Path, int Next)> open = new(); // the index of the next item, or -1 in an object
        open.Push(("", -1));
        var name = "";
        while (open.Count > 0 && reader.Read())
        {
            var line = lines.At((int)reader.TokenStartIndex);
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = Below(open.Peek().Path, reader.GetString()!);
                    if (_lines.TryGetValue(name, out var before))
                    {
                        // The library refuses it too; a group that comes twice it would take together.
                        _faults.Add(new SettingFault(Path, line, name, $"stands here twice, the first time on line {before}"));
                    }

                    _lines.TryAdd(name, line);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    continue;
            }

            var (path, next) = open.Peek();
            if (next >= 0)
            {
                open.Pop();
                open.Push((path, next + 1));
                name = Below(path, next.ToString(System.Globalization.CultureInfo.InvariantCulture));
                _lines.TryAdd(name, line);
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push((name, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
            }
            else
            {
                _values.Add(name);
            }
        }

        while (reader.Read())
        {
        }
    }

    private void Refuse(string what, int? line) => _faults.Add(new SettingFault(Path, line, null, what));

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";

    /// <summary>What the reader says, without the place, which stands in front.</summary>
    private static string Reason(string message) => message.StartsWith("Expected depth to be zero", StringComparison.Ordinal) ? "it ends within an object or a list, of which } or ] is missing"
        : message.Contains("reached end of data", StringComparison.Ordinal) ? "it ends within a value"
        : LogText.Escape(message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0].TrimEnd('.'));

    private static int LineAt(ReadOnlySpan<byte> bytes, int index) => bytes[..index].Count((byte)'\n') + 1;

    private static int? FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return at;
            }

            var ascii = bytes[(at += length)..].IndexOfAnyExceptInRange((byte)0, (byte)127);
            at = ascii < 0 ? bytes.Length : at + ascii;
        }

        return null;
    }

    /// <summary>Counts lines as far as they are asked for, once over the whole text since tokens come in order.</summary>
    private sealed class LineCounter(byte[] utf8)
    {
        private int _line = 1;
        private int _seen;

        public int At(int index)
        {
            _line += utf8.AsSpan(_seen..index).Count((byte)'\n');
            _seen = index;
            return _line;
        }
    }
}
