using System.Text;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Reads a file of rules into nodes that know their lines. Comments and trailing commas are allowed, as in the host's own file.</summary>
internal static class RuleJson
{
    /// <summary>Bytes of a file at most: 4 MiB (own; 10,000 rules of a usual length).</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Depth of a file at most: 32 (own; a rule needs six, and values to set what they need).</summary>
    public const int MaxDepth = 32;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The whole of a file; null: it cannot be read, and a fault says why.</summary>
    /// <param name="path">The file.</param>
    /// <param name="faults">Gets the fault.</param>
    /// <param name="named">Where the configuration names it; null: it does not.</param>
    public static RuleNode? ReadFile(string path, RuleFaults faults, RuleLocation? named = null)
    {
        var (where, what) = named is { } key ? (key, "names a file that") : (new RuleLocation(path), "the file");
        byte[] bytes;
        try
        {
            if (File.Exists(path) && !NamedFile.HasContent(path))
            {
                faults.Add(where, $"{what} {NamedFile.NoContent}");
                return null;
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            // One byte more than is allowed, whatever length the file claims to have: it may grow.
            bytes = new byte[MaxBytes + 1];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (read > MaxBytes)
            {
                faults.Add(where, $"{what} is longer than {MaxBytes:N0} bytes");
                return null;
            }

            Array.Resize(ref bytes, read);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            faults.Add(where, $"{what} cannot be read: {RuleFaults.Shown(fault.Message)}");
            return null;
        }

        return Read(bytes, path, faults);
    }

    /// <summary>The one value of a text; null: it is no JSON, and a fault says why.</summary>
    public static RuleNode? Read(ReadOnlySpan<byte> utf8, string source, RuleFaults faults)
    {
        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        if (utf8 is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, _, ..] or [_, 0, ..])
        {
            faults.Add(new RuleLocation(source, 1, 1), "the file is text in UTF-16: save it as UTF-8");
            return null;
        }

        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            faults.Add(new RuleLocation(source, 1, 1), "the file is empty");
            return null;
        }

        try
        {
            var lines = new Lines(utf8, source);
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
            reader.Read();
            var node = Value(ref reader, ref lines, faults);
            while (reader.Read())
            {
            }

            return node;
        }
        catch (JsonException fault)
        {
            var line = (int)(fault.LineNumber ?? 0) + 1;
            var column = (int)(fault.BytePositionInLine ?? 0) + 1;
            faults.Add(new RuleLocation(source, line, column), $"not JSON: {Reason(fault)}");
        }
        catch (Exception fault) when (fault is DecoderFallbackException or InvalidOperationException)
        {
            faults.Add(new RuleLocation(source), "not JSON: a text in it is no valid UTF-8, or has half of a surrogate pair");
        }

        return null;
    }

    /// <summary>What the reader says, without the place, which stands in front of the line.</summary>
    public static string Reason(JsonException fault)
    {
        var text = fault.Message;
        if (text.StartsWith("Expected depth to be zero", StringComparison.Ordinal))
        {
            return "it ends within an object or a list, of which } or ] is missing";
        }

        if (text.Contains("reached end of data", StringComparison.Ordinal))
        {
            return "it ends within a value";
        }

        var place = text.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return RuleFaults.Shown(place > 0 ? text[..place] : text).TrimEnd('.');
    }

    private static RuleNode Value(ref Utf8JsonReader reader, ref Lines lines, RuleFaults faults)
    {
        var location = lines.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Object(ref reader, ref lines, location, faults);
            case JsonTokenType.StartArray:
                List<RuleNode> items = [];
                while (Next(ref reader) != JsonTokenType.EndArray)
                {
                    items.Add(Value(ref reader, ref lines, faults));
                }

                return RuleNode.Array(items, location);
            case JsonTokenType.String:
                return RuleNode.Text(reader.GetString()!, location);
            case JsonTokenType.Number:
                return RuleNode.Number(s_strict.GetString(reader.ValueSpan), location);
            case JsonTokenType.True:
                return RuleNode.Literal(RuleNodeKind.True, location);
            case JsonTokenType.False:
                return RuleNode.Literal(RuleNodeKind.False, location);
            default:
                return RuleNode.Literal(RuleNodeKind.Null, location);
        }
    }

    private static RuleNode Object(ref Utf8JsonReader reader, ref Lines lines, RuleLocation location, RuleFaults faults)
    {
        List<RuleField> fields = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var where = lines.At(reader.TokenStartIndex);
            if (!names.Add(name))
            {
                faults.Add(where, $"'{RuleFaults.Shown(name)}' stands here twice");
            }

            Next(ref reader);
            fields.Add(new RuleField(name, where, Value(ref reader, ref lines, faults)));
        }

        return RuleNode.Object(fields, location);
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader)
    {
        // The input is whole: the reader throws where it ends too early.
        reader.Read();
        return reader.TokenType;
    }

    /// <summary>Counts lines as far as they are asked for, once over the whole text since tokens come in order.</summary>
    private ref struct Lines(ReadOnlySpan<byte> utf8, string source)
    {
        private readonly ReadOnlySpan<byte> _utf8 = utf8;
        private int _line = 1;
        private int _start;
        private int _seen;

        public RuleLocation At(long index)
        {
            var end = (int)index;
            while (_utf8[_seen..end].IndexOf((byte)'\n') is >= 0 and var next)
            {
                _seen += next + 1;
                _start = _seen;
                _line++;
            }

            _seen = end;
            return new RuleLocation(source, _line, end - _start + 1);
        }
    }
}
