using Sockeye.Cluster;

namespace Sockeye.Abstractions.Tests;

/// <summary>The grammar of subjects, which every bus has.</summary>
public class BusSubjectTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("a.b.c", true)]
    [InlineData("A-Z_0~!$%/\\:;=?@[]{}|", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData(".a", false)]
    [InlineData("a.", false)]
    [InlineData("a..b", false)]
    [InlineData("a b", false)]
    [InlineData("a\tb", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u007fb", false)]
    [InlineData("é", false)]
    [InlineData("*", false)]
    [InlineData("a.*", false)]
    [InlineData("a*", false)]
    [InlineData(">", false)]
    [InlineData("a.>", false)]
    public void A_subject_is_tokens_of_visible_ASCII_without_wildcards(string text, bool isValid) => Assert.Equal(isValid, BusSubject.IsValid(text));

    [Theory]
    [InlineData("a.b", true)]
    [InlineData("*", true)]
    [InlineData("a.*.c", true)]
    [InlineData(">", true)]
    [InlineData("a.>", true)]
    [InlineData("*.>", true)]
    [InlineData(">.a", false)]
    [InlineData("a.>.b", false)]
    [InlineData("a*", false)]
    [InlineData("**", false)]
    [InlineData("a>", false)]
    [InlineData("a.", false)]
    [InlineData("a..*", false)]
    [InlineData("", false)]
    public void A_pattern_has_stars_for_whole_tokens_and_an_arrow_as_its_last(string text, bool isValid) => Assert.Equal(isValid, BusSubject.IsValidPattern(text));

    [Fact]
    public void A_subject_has_at_most_512_characters()
    {
        Assert.True(BusSubject.IsValid(new string('a', BusSubject.MaxLength)));
        Assert.False(BusSubject.IsValid(new string('a', BusSubject.MaxLength + 1)));
        Assert.True(BusSubject.IsValidPattern(new string('a', BusSubject.MaxLength - 2) + ".>"));
        Assert.False(BusSubject.IsValidPattern(new string('a', BusSubject.MaxLength - 1) + ".>"));
    }

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "A", false)]
    [InlineData("a", "ab", false)]
    [InlineData("a", "a.b", false)]
    [InlineData("a.b", "a", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a.b", false)]
    [InlineData("a.*", "a", false)]
    [InlineData("a.*.c", "a.b.c", true)]
    [InlineData("a.*.c", "a.b.d", false)]
    [InlineData("a.*.c", "a.b.b.c", false)]
    [InlineData("*.*", "a.b", true)]
    [InlineData("*.*", "a.b.c", false)]
    [InlineData(">", "a", true)]
    [InlineData(">", "a.b.c", true)]
    [InlineData("a.>", "a", false)]
    [InlineData("a.>", "a.b", true)]
    [InlineData("a.>", "a.b.c", true)]
    [InlineData("a.>", "b.a", false)]
    [InlineData("*.b.>", "a.b.c", true)]
    [InlineData("*.b.>", "a.b", false)]
    public void A_pattern_has_the_subjects_that_it_says(string pattern, string subject, bool matches) => Assert.Equal(matches, BusSubject.Matches(pattern, subject));
}
