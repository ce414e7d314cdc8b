using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Tests;

public sealed class CookieAndLogTextTests
{
    [Fact]
    public void Ages_are_32_bit_integers_for_whoever_parses_them()
    {
        foreach (var age in (TimeSpan[])[TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(int.MaxValue + 1.0), TimeSpan.MaxValue])
        {
            var options = new EngineOptions { Cookie = new CookieOptions { MaxAge = age }, Cors = new CorsOptions { MaxAge = age } };
            Assert.Equal(2, options.Validate().Count);
        }

        var longest = TimeSpan.FromSeconds(int.MaxValue);
        Assert.Empty(new EngineOptions { Cookie = new CookieOptions { MaxAge = longest }, Cors = new CorsOptions { MaxAge = longest } }.Validate());
        Assert.Contains("Max-Age=2147483647;", new CookieOptions { MaxAge = longest }.Format("abc"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_cookie_is_that_of_the_reference()
        => Assert.Equal("io=abc; Path=/; HttpOnly; SameSite=Lax", new CookieOptions().Format("abc"));

    [Fact]
    public void Every_attribute_has_its_place()
        => Assert.Equal(
            "sid=abc; Max-Age=3600; Domain=example.org; Path=/x; HttpOnly; Secure; SameSite=None",
            new CookieOptions { Name = "sid", MaxAge = TimeSpan.FromHours(1), Domain = "example.org", Path = "/x", Secure = true, SameSite = SameSite.None }.Format("abc"));

    [Fact]
    public void Attributes_can_be_left_out()
        => Assert.Equal("io=abc", new CookieOptions { Path = null, HttpOnly = false, SameSite = SameSite.Unspecified }.Format("abc"));

    [Theory]
    [InlineData("a;b")]
    [InlineData("a\r\nSet-Cookie: evil=1")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void A_value_cannot_add_anything(string value)
        => Assert.Throws<ArgumentException>(() => new CookieOptions().Format(value));

    [Theory]
    [InlineData(null, "")]
    [InlineData("plain", "plain")]
    [InlineData("ä€", "ä€")]
    [InlineData("a\r\nb", "a\\u000d\\u000ab")]
    [InlineData("a\u202eb", "a\\u202eb")]
    [InlineData("a\u2028b", "a\\u2028b")]
    [InlineData("a\\b", "a\\u005cb")]
    [InlineData("\u001b[31m", "\\u001b[31m")]
    public void Text_of_a_peer_cannot_break_a_log_line(string? text, string expected)
        => Assert.Equal(expected, LogText.Escape(text));

    [Fact]
    public void Text_of_a_peer_is_cut()
    {
        Assert.Equal(128, LogText.Escape(new string('x', 128)).Length);
        Assert.Equal(new string('x', 128) + "…", LogText.Escape(new string('x', 129)));
        Assert.InRange(LogText.Escape(new string('\n', 10_000)).Length, 100, 129);
        Assert.InRange(LogText.Escape(new byte[100_000]).Length, 100, 129);
    }
}
