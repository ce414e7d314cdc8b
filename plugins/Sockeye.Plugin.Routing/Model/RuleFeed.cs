namespace Sockeye.Plugin.Routing.Model;

/// <summary>Events that somebody gives to the rules or takes from them: one name, or all that a pattern may become.</summary>
/// <param name="Namespace">The namespace; a last <c>*</c> stands for anything.</param>
/// <param name="Name">The name; a last <c>*</c> stands for anything.</param>
internal readonly record struct RuleFeed(string Namespace, string Name)
{
    /// <summary>Whether both may become the same.</summary>
    public bool Overlaps(in RuleFeed other) => Overlap(Namespace, other.Namespace) && Overlap(Name, other.Name);

    public override string ToString() => $"event {Name} in {Namespace}";

    /// <summary>Whether a text matches a pattern that may end with <c>*</c>.</summary>
    public static bool Matches(string pattern, ReadOnlySpan<char> text) => pattern is [.., '*'] ? text.StartsWith(pattern.AsSpan(0, pattern.Length - 1)) : text.SequenceEqual(pattern);

    private static bool Overlap(string a, string b) =>
        a is [.., '*'] && b is [.., '*'] ? a[..^1].StartsWith(b[..^1], StringComparison.Ordinal) || b[..^1].StartsWith(a[..^1], StringComparison.Ordinal)
        : b is [.., '*'] ? Matches(b, a) : Matches(a, b);
}
