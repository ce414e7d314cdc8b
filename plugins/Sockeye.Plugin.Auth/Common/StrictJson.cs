using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Sockeye.Plugin.Auth.Common;

/// <summary>Reads JSON of strangers. Two readers of it may not disagree, so a name that comes twice is a fault. Any thread.</summary>
/// <remarks>A name with half of a character is one too, and is found at once: .NET throws whenever it comes to such a name, also where another one is looked for.</remarks>
internal static class StrictJson
{
    /// <summary>Reads it, at most 16 levels deep.</summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="element">What it says.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out JsonElement element)
    {
        try
        {
            element = JsonElement.Parse(utf8, Options(16));
            return true;
        }
        catch (Exception fault) when (IsFault(fault))
        {
            element = default;
            return false;
        }
    }

    /// <summary>Reads it where it lies, at most 8 levels deep.</summary>
    /// <param name="utf8">The JSON, which has to stay as long as the document.</param>
    /// <param name="document">What it says; the caller disposes it.</param>
    public static bool TryParse(in ReadOnlySequence<byte> utf8, [NotNullWhen(true)] out JsonDocument? document)
    {
        try
        {
            document = JsonDocument.Parse(utf8, Options(8));
            return true;
        }
        catch (Exception fault) when (IsFault(fault))
        {
            document = null;
            return false;
        }
    }

    private static JsonDocumentOptions Options(int depth) => new() { AllowDuplicateProperties = false, MaxDepth = depth };

    private static bool IsFault(Exception fault) => fault is JsonException or InvalidOperationException;
}
