namespace Sockeye.Packages.Tests.Pages;

/// <summary>A block of code on a page, with what the comments before it say.</summary>
/// <param name="Page">The page, relative to the repository.</param>
/// <param name="Line">The line of its first line of code.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Text">The code, as it is written.</param>
/// <param name="Context">The name behind <c>in:</c>: what surrounds it is a file of docs/contexts; null: it is a whole file.</param>
/// <param name="Refused">The error behind <c>refused:</c>, with which it must not compile.</param>
/// <param name="Before">The block that it <c>continues</c>.</param>
internal sealed record CodeBlock(string Page, int Line, string Language, string Text, string? Context, string? Refused, CodeBlock? Before)
{
    /// <summary>Where it stands, which is its name in the tests.</summary>
    public string Name => $"{Page}:{Line}";

    /// <summary>Its context, or that of what it continues; null: it is part of a whole file.</summary>
    public string? Surroundings => Context ?? Before?.Surroundings;

    /// <summary>This block and those that it continues, the first one first.</summary>
    public IReadOnlyList<CodeBlock> Chain => Before is null ? [this] : [.. Before.Chain, this];
}
