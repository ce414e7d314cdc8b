using System.Text.Json.Serialization;

namespace Webhook;

/// <summary>What the build server sends, and what clients get.</summary>
public sealed record BuildReport(string Repository, string State, string? Url);

/// <summary>A type of a plugin needs its own description: what reflection learns of it would keep the plugin in memory after a reload.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BuildReport))]
internal sealed partial class BuildJson : JsonSerializerContext;
