namespace Sockeye.Plugin.Routing.Json;

/// <summary>Where something of the configuration stands: a place in a file, or a path of the configuration if it came from elsewhere.</summary>
/// <param name="Source">The file, as it was named; or the path, such as <c>Sockeye:Plugins:routing:rules:3</c>.</param>
/// <param name="Line">The line, from 1; 0: the source is a path.</param>
/// <param name="Column">The byte in the line, from 1.</param>
internal readonly record struct RuleLocation(string Source, int Line = 0, int Column = 0)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}({Line},{Column})";
}
