using System.Text.Json.Serialization;

namespace Sockeye.Conformance;

/// <summary>The types of this app that the engine cannot know, for the app as Native AOT builds it.</summary>
[JsonSerializable(typeof(RuntimeFigures))]
[JsonSerializable(typeof(Dictionary<string, long>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class ConformanceJson : JsonSerializerContext;
