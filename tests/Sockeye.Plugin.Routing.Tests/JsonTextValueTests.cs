using System.Text;
using System.Text.Json;
using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Tests;

public sealed class JsonTextValueTests
{
    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [InlineData("""
        "AC\u0041\n"
        """, "ACA\n")]
    [InlineData("""
        "\u0041"
        """, "A")]
    [InlineData("""
        "\"\\\/\b\f\n\r\t"
        """, "\"\\/\b\f\n\r\t")]
    [InlineData("""
        "\ud83d\uDE00 \u00e4\u20AC"
        """, "😀 ä€")]
    [InlineData("""
        "ä\u00e4"
        """, "ää")]
    public void A_text_with_escapes_is_what_it_says_and_begins_with_each_beginning_of_it(string json, string says)
    {
        Assert.Equal(says, JsonSerializer.Deserialize<string>(json));
        Assert.True(JsonTextValue.Equal(Utf8(json), Utf8(says)));
        Assert.True(JsonTextValue.Contains(Utf8(json), Utf8(says)));
        for (var length = 0; length <= says.Length; length++)
        {
            if (length == 0 || !char.IsHighSurrogate(says[length - 1]))
            {
                Assert.True(JsonTextValue.StartsWith(Utf8(json), Utf8(says[..length])));
                Assert.Equal(length == says.Length, JsonTextValue.Equal(Utf8(json), Utf8(says[..length])));
            }
        }

        foreach (var other in new[] { says + "x", "x" + says, says[..^1] + "x" })
        {
            Assert.False(JsonTextValue.StartsWith(Utf8(json), Utf8(other)));
            Assert.False(JsonTextValue.Equal(Utf8(json), Utf8(other)));
        }
    }

    [Fact]
    public void A_text_is_read_no_further_than_what_it_is_held_against()
    {
        // Behind the beginning stands half of a surrogate pair, which whoever reads it as a text stops at.
        var text = Utf8("\"A\\u0043" + new string('x', 1_000_000) + "\\ud800\"");
        Assert.True(JsonTextValue.StartsWith(text, "AC"u8));
        Assert.False(JsonTextValue.StartsWith(text, "AD"u8));
        Assert.False(JsonTextValue.Equal(text, "AC"u8));
        Assert.False(JsonTextValue.Contains(text, "AC"u8));
    }

    [Theory]
    [InlineData("""
        "\ud83d"
        """)]
    [InlineData("""
        "\ud83dx"
        """)]
    [InlineData("""
        "\ude00\ud83d"
        """)]
    public void Half_of_a_surrogate_pair_says_nothing(string json)
    {
        Assert.False(JsonTextValue.StartsWith(Utf8(json), "\uFFFD"u8));
        Assert.False(JsonTextValue.Equal(Utf8(json), "\uFFFD"u8));
    }
}
