using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sockeye.Abstractions.Tests;

public sealed class AccessRuleTests
{
    [Theory]
    [InlineData("emit /chat message", "/chat", "message", true)]
    [InlineData("emit /chat message", "/chat", "messages", false)]
    [InlineData("emit /chat message", "/chat", "messag", false)]
    [InlineData("emit /chat message", "/chat", "Message", false)]
    [InlineData("emit /chat message", "/chats", "message", false)]
    [InlineData("emit /chat message", "/", "message", false)]
    [InlineData("emit / message", "/", "message", true)]
    [InlineData("join /chat message", "/chat", "message", false)]
    [InlineData("* /chat message", "/chat", "message", true)]
    [InlineData("emit * message", "/anything", "message", true)]
    [InlineData("emit /chat* message", "/chat", "message", true)]
    [InlineData("emit /chat* message", "/chats", "message", true)]
    [InlineData("emit /chat* message", "/cha", "message", false)]
    [InlineData("emit */chat message", "/room/chat", "message", true)]
    [InlineData("emit /u-{user} message", "/u-ann", "message", true)]
    [InlineData("emit /u-{user} message", "/u-bob", "message", false)]
    [InlineData("emit /chat *", "/chat", "", true)]
    [InlineData("emit /chat *", "/chat", "anything at all", true)]
    [InlineData("emit /chat **", "/chat", "x", true)]
    [InlineData("emit /chat chat:*", "/chat", "chat:", true)]
    [InlineData("emit /chat chat:*", "/chat", "chat:say", true)]
    [InlineData("emit /chat chat:*", "/chat", "chat", false)]
    [InlineData("emit /chat *:say", "/chat", ":say", true)]
    [InlineData("emit /chat *:say", "/chat", "chat:say", true)]
    [InlineData("emit /chat *:say", "/chat", "chat:say!", false)]
    [InlineData("emit /chat a*b", "/chat", "ab", true)]
    [InlineData("emit /chat a*b", "/chat", "a-b-b", true)]
    [InlineData("emit /chat a*b", "/chat", "a-b-c", false)]
    [InlineData("emit /chat ab*ba", "/chat", "aba", false)]
    [InlineData("emit /chat ab*ba", "/chat", "abba", true)]
    [InlineData("emit /chat a*b*c", "/chat", "a1b2b3c", true)]
    [InlineData("emit /chat a*b*c", "/chat", "a1c2b", false)]
    [InlineData("emit /chat *x*", "/chat", "axb", true)]
    [InlineData("emit /chat *x*", "/chat", "ab", false)]
    [InlineData("emit /chat two words", "/chat", "two words", true)]
    [InlineData("emit /chat two words", "/chat", "two", false)]
    [InlineData("emit /chat {user}", "/chat", "ann", true)]
    [InlineData("emit /chat {user}", "/chat", "anna", false)]
    [InlineData("emit /chat of-{user}-*", "/chat", "of-ann-x", true)]
    [InlineData("emit /chat of-{user}-*", "/chat", "of-bob-x", false)]
    [InlineData("emit /chat *-{user}", "/chat", "of-ann", true)]
    [InlineData("emit /chat *{user}*", "/chat", "is-ann-here", true)]
    [InlineData("emit /chat {user}{user}", "/chat", "annann", true)]
    [InlineData("emit /chat {user}{user}", "/chat", "ann", false)]
    [InlineData("emit /chat 5", "/chat", "5", true)]
    [InlineData("emit /chat -5", "/chat", "-5", true)]
    [InlineData("emit /chat 5*", "/chat", "57", true)]
    [InlineData("emit /chat grüße*", "/chat", "grüße-🙂", true)]
    [InlineData("emit /chat *🙂", "/chat", "grüße-🙂", true)]
    [InlineData("emit /chat grüße", "/chat", "grusse", false)]
    [InlineData("emit /räume/* say", "/räume/küche", "say", true)]
    public void An_event_may_be_sent_if_a_permission_names_it(string permission, string nsp, string name, bool may) =>
        Assert.Equal(may, AccessRules.Parse([permission]).MayEmit(nsp, Encoding.UTF8.GetBytes(name), "ann"));

    [Theory]
    [InlineData("join /chat room-{user}", "/chat", "room-ann", true)]
    [InlineData("join /chat room-{user}", "/chat", "room-bob", false)]
    [InlineData("join /chat lobby", "/chat", "lobby", true)]
    [InlineData("emit /chat lobby", "/chat", "lobby", false)]
    [InlineData("* * *", "/x", "any", true)]
    [InlineData("join /chat kü*e", "/chat", "küche", true)]
    [InlineData("join /chat two words*", "/chat", "two words more", true)]
    public void A_room_may_be_joined_if_a_permission_names_it(string permission, string nsp, string room, bool may) =>
        Assert.Equal(may, AccessRules.Parse([permission]).MayJoin(nsp, room, "ann"));

    [Theory]
    [InlineData("*")]
    [InlineData("a*")]
    [InlineData("an n")]
    [InlineData(" ")]
    [InlineData("{user}")]
    [InlineData("* * *")]
    [InlineData("grüße 🙂")]
    public void A_subject_stands_for_its_characters_alone(string subject)
    {
        var rules = AccessRules.Parse(["* /chat of-{user}", "* /{user} x"]);
        Assert.True(rules.MayEmit("/chat", Encoding.UTF8.GetBytes("of-" + subject), subject));
        Assert.True(rules.MayJoin("/chat", "of-" + subject, subject));
        Assert.True(rules.MayEmit("/" + subject, "x"u8, subject));
        Assert.False(rules.MayEmit("/chat", "of-ann"u8, subject));
        Assert.False(rules.MayJoin("/chat", "of-ann", subject));
        Assert.False(rules.MayEmit("/ann", "x"u8, subject));
        Assert.False(rules.MayEmit("/chat", "of-"u8, subject));
        Assert.False(rules.MayEmit("/chat", "of-{user}"u8, subject + "x"));
    }

    [Fact]
    public void Nobody_is_named_by_user()
    {
        var rules = AccessRules.Parse(["* /chat {user}", "* /chat of-{user}*", "* /{user} x"]);
        Assert.False(rules.MayEmit("/chat", ""u8, ""));
        Assert.False(rules.MayEmit("/chat", "of-"u8, ""));
        Assert.False(rules.MayJoin("/chat", "", ""));
        Assert.False(rules.MayJoin("/chat", "of-x", ""));
        Assert.False(rules.MayEmit("/", "x"u8, ""));
    }

    [Fact]
    public void A_subject_with_half_of_a_character_is_not_the_one_with_its_replacement()
    {
        var rules = AccessRules.Parse(["* /chat {user}"]);
        Assert.False(rules.MayEmit("/chat", "\uFFFD"u8, "\uD800"));
        Assert.False(rules.MayEmit("/chat", ""u8, "\uD800"));
        Assert.False(rules.MayJoin("/chat", "\uFFFD", "\uD800"));
        Assert.True(rules.MayEmit("/chat", "\uFFFD"u8, "\uFFFD"));
    }

    [Fact]
    public void A_subject_longer_than_an_identity_has_is_compared_all_the_same()
    {
        var subject = new string('ü', 4000);
        Assert.True(AccessRules.Parse(["emit / {user}"]).MayEmit("/", Encoding.UTF8.GetBytes(subject), subject));
    }

    [Fact]
    public void No_permission_allows_nothing()
    {
        var rules = AccessRules.Parse([]);
        Assert.False(rules.MayEmit("/", "x"u8, "ann"));
        Assert.False(rules.MayJoin("/", "x", "ann"));
        Assert.Empty(rules.Permissions);
    }

    [Theory]
    [InlineData("", "divided by single blanks")]
    [InlineData("emit", "divided by single blanks")]
    [InlineData("emit /chat", "divided by single blanks")]
    [InlineData("emit /chat ", "a blank too many")]
    [InlineData("emit  /chat x", "a blank too many")]
    [InlineData("emit /chat  x", "a blank too many")]
    [InlineData("emit /chat x ", "a blank too many")]
    [InlineData(" emit /chat x", "its verb")]
    [InlineData("send /chat x", "its verb")]
    [InlineData("EMIT /chat x", "its verb")]
    [InlineData("emit chat x", "begin with /")]
    [InlineData("emit {user} x", "begin with /")]
    [InlineData("emit /chat {sub}", "braces")]
    [InlineData("emit /chat {user", "braces")]
    [InlineData("emit /chat x}", "braces")]
    [InlineData("emit /{User} x", "braces")]
    [InlineData("emit /chat a\tb", "control character")]
    [InlineData("emit /chat a\0b", "control character")]
    [InlineData("emit\n/chat x", "control character")]
    public void A_malformed_permission_is_named_with_what_is_wrong(string permission, string why)
    {
        var error = Assert.Throws<FormatException>(() => AccessRules.Parse(["* * *", permission]));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains("\"" + LogText.Escape(permission) + "\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_permission_with_half_of_a_character_is_refused() =>
        Assert.Contains("half", Assert.Throws<FormatException>(() => AccessRules.Parse(["emit / a\uD83D"])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_null_permission_is_refused() => Assert.Throws<FormatException>(() => AccessRules.Parse([null!]));

    [Fact]
    public void A_permission_of_1024_characters_is_taken_and_one_more_is_refused()
    {
        var longest = "emit / " + new string('x', AccessRules.MaxPermissionLength - 7);
        Assert.Single(AccessRules.Parse([longest]).Permissions);
        Assert.Contains("1024", Assert.Throws<FormatException>(() => AccessRules.Parse([longest + "x"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_permissions_are_taken_and_one_more_is_refused()
    {
        var many = Enumerable.Range(0, AccessRules.MaxPermissions).Select(static i => i % 2 == 0 ? $"emit /n{i % 20} e{i}" : $"emit /n{i % 20} p{i}-*").ToList();
        var rules = AccessRules.Parse(many);
        Assert.Equal(many, rules.Permissions);
        for (var i = 0; i < many.Count; i++)
        {
            var name = Encoding.UTF8.GetBytes(i % 2 == 0 ? $"e{i}" : $"p{i}-x");
            Assert.True(rules.MayEmit($"/n{i % 20}", name, "ann"));
            Assert.False(rules.MayEmit($"/n{(i + 1) % 20}", name, "ann"));
        }

        Assert.Contains("10000", Assert.Throws<FormatException>(() => AccessRules.Parse([.. many, "emit / x"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_without_an_end_is_given_up_at_the_limit() =>
        Assert.Throws<FormatException>(() => AccessRules.Parse(Endless()));

    [Fact]
    public void A_pattern_of_many_stars_ends_at_once()
    {
        // Whoever goes back to the star before tries 10^50 ways.
        var rules = AccessRules.Parse(["* / " + string.Concat(Enumerable.Repeat("*a", 100)) + "b", "* / " + string.Concat(Enumerable.Repeat("*{user}", 100)) + "b"]);
        Assert.False(rules.MayEmit("/", Encoding.UTF8.GetBytes(new string('a', 255)), "a"));
        Assert.False(rules.MayJoin("/", new string('a', 255), "a"));
        Assert.True(rules.MayEmit("/", Encoding.UTF8.GetBytes(new string('a', 254) + "b"), "a"));
    }

    [Fact]
    public void It_agrees_with_a_simple_model_on_random_permissions()
    {
        // The alphabet is small, so that names and patterns meet often.
        var random = new Random(1);
        string[] parts = ["a", "b", "ab", "ü", "*", "{user}", " "];
        string[] users = ["a", "ab", "b*", "ü", "{user}"];
        string[] spaces = ["/", "/a", "/ab", "/b", "/ü", "/c", "/d", "/e", "/f"];
        string[] spacePatterns = [.. spaces, "*", "/*", "*a", "/a*", "/{user}", "/*{user}"];
        for (var round = 0; round < 2000; round++)
        {
            var permissions = Enumerable.Range(0, random.Next(1, 12))
                .Select(_ => $"{(random.Next(3) switch { 0 => "emit", 1 => "join", _ => "*" })} {Pick(spacePatterns)} {Text(parts, 4).Trim(' ') switch { "" => "a", var text => text }}").ToList();
            var rules = AccessRules.Parse(permissions);
            for (var i = 0; i < 20; i++)
            {
                var (user, nsp, name) = (Pick(users), Pick(spaces), Text(["a", "b", "ü", "b*", "{user}", " "], 5));
                var why = string.Create(CultureInfo.InvariantCulture, $"[{string.Join(" | ", permissions)}] {user} {nsp} '{name}'");
                Assert.True(Model(permissions, "emit", nsp, name, user) == rules.MayEmit(nsp, Encoding.UTF8.GetBytes(name), user), why);
                Assert.True(Model(permissions, "join", nsp, name, user) == rules.MayJoin(nsp, name, user), why);
            }
        }

        string Pick(string[] from) => from[random.Next(from.Length)];
        string Text(string[] from, int most) => string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => Pick(from)));
    }

    [Fact]
    public void Asking_allocates_nothing()
    {
        var rules = AccessRules.Parse(
        [
            .. Enumerable.Range(0, 70).Select(static i => $"emit /n{i % 10} event-{i}"),
            .. Enumerable.Range(0, 20).Select(static i => $"emit /n{i % 10} prefix-{i}-*"),
            "emit /chat *-{user}", "join /chat room-{user}", "emit /g-* x", "join * *-public",
        ]);
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Assert.True(rules.MayEmit("/n3", "event-63"u8, "ann"));
                Assert.True(rules.MayEmit("/n3", "prefix-13-x"u8, "ann"));
                Assert.True(rules.MayEmit("/chat", "say-ann"u8, "ann"));
                Assert.True(rules.MayEmit("/chat", "say-ännchen"u8, "ännchen"));
                Assert.False(rules.MayEmit("/chat", "say-bob"u8, "ann"));
                Assert.True(rules.MayJoin("/chat", "room-ann", "ann"));
                Assert.False(rules.MayJoin("/chat", "room-bob", "ann"));
            }
        }));
    }

    private static IEnumerable<string> Endless()
    {
        while (true)
        {
            yield return "emit / x";
        }
    }

    private static bool Model(List<string> permissions, string verb, string nsp, string name, string user) => permissions.Exists(permission =>
    {
        var parts = permission.Split(' ', 3);
        return (parts[0] == verb || parts[0] == "*") && Like(parts[1], nsp) && Like(parts[2], name);

        bool Like(string pattern, string text) => Regex.IsMatch(
            text,
            "^" + string.Join(Regex.Escape(user), pattern.Split("{user}").Select(static part => string.Join(".*", part.Split('*').Select(Regex.Escape)))) + "\\z",
            RegexOptions.Singleline | RegexOptions.CultureInvariant);
    });
}
