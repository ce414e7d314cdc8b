using System.Text.RegularExpressions;

namespace Sockeye.Architecture.Tests;

/// <summary>A type is read whole: its lines count over all files that it is spread over, its nested types included.</summary>
public sealed partial class TypeLengthTests
{
    private const int MostLines = 600;

    public static TheoryData<string> ProjectNames => [.. Repository.Projects.Keys];

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_type_with_state_above_600_lines_says_in_its_doc_why_it_is_one(string project)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        var reasoned = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in Repository.SourcesOf(project).Select(File.ReadAllText))
        {
            Match[] types = [.. Declaration().Matches(text).Cast<Match>()];
            for (var i = 0; i < types.Length; i++)
            {
                var name = types[i].Groups["name"].Value;
                var end = i + 1 < types.Length ? types[i + 1].Index : text.Length;
                lines[name] = lines.GetValueOrDefault(name) + text[types[i].Index..end].Count(character => character == '\n');
                if (types[i].Groups["modifiers"].Value.Contains("static", StringComparison.Ordinal) || types[i].Groups["doc"].Value.Contains("one type because", StringComparison.OrdinalIgnoreCase))
                {
                    reasoned.Add(name);
                }
            }
        }

        Assert.Empty(lines.Where(type => type.Value > MostLines && !reasoned.Contains(type.Key)).Select(type => $"{type.Key}: {type.Value} lines"));
    }

    [GeneratedRegex(@"^(?<doc>(?:///.*\n)*)(?:\[.*\]\n)*(?<modifiers>(?:(?:public|internal|file|sealed|abstract|static|partial|readonly|ref|unsafe) )*)(?:class|struct|interface|enum|record(?: struct| class)?) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
