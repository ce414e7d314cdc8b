using System.Text.Json;

namespace Sockeye;

/// <summary>What a client sent to enter a namespace: a JSON object. Parsed when asked, once. May be used from any thread.</summary>
public sealed class AuthPayload
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}"u8);

    private readonly byte[] _json;
    private readonly Lazy<JsonElement> _root;

    internal AuthPayload(ReadOnlySpan<byte> json)
    {
        _json = json.ToArray();
        _root = new Lazy<JsonElement>(() => _json.Length == 0 ? Nothing : JsonElement.Parse(_json));
    }

    /// <summary>Its JSON as it came; empty if nothing was sent.</summary>
    internal ReadOnlySpan<byte> Json => _json;

    /// <summary>Bytes of its JSON, 0 if nothing was sent.</summary>
    internal int Length => _json.Length;

    /// <summary>Nothing was sent.</summary>
    internal static AuthPayload Empty { get; } = new([]);

    /// <summary>The payload as JSON; an empty object if there is none.</summary>
    public JsonElement Root => _root.Value;

    /// <summary>A property that is a text.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null if there is none or it is no text.</returns>
    public string? GetString(string name) =>
        Root.ValueKind == JsonValueKind.Object && Root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
