namespace Sockeye.Server.Common;

/// <summary>The generation of a plugin that has made a loop.</summary>
/// <param name="Plugin">The plugin.</param>
/// <param name="Generation">Which generation.</param>
internal sealed record LoopMaker(string Plugin, int Generation)
{
    /// <summary>Whether two loops may have one name: a generation starts before the one that it follows ends, and its author wrote one name.</summary>
    public static bool IsSuccession(LoopMaker? one, LoopMaker? other) => one is not null && other is not null && one.Plugin == other.Plugin && one.Generation != other.Generation;
}
