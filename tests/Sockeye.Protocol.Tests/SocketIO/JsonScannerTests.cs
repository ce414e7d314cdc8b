using System.Text;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

public sealed class JsonScannerTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    [InlineData("{ }")]
    [InlineData("\t\n\r [1 , 2]\t\n\r ")]
    [InlineData("{\"a\":1,\"a\":2}")] // duplicate keys
    [InlineData("{\"\":{\"\":[]}}")]
    [InlineData("[[],{},[[]],{\"a\":{}}]")]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0e-0")]
    [InlineData("10")]
    [InlineData("1.5E+10")]
    [InlineData("1e400")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("0.1e1")]
    [InlineData("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00ff\"")]
    [InlineData("\"\\u0000\"")] // NUL may be data
    [InlineData("\"\\uD83D\\uDC1F\"")]
    [InlineData("\"\\ud7ff\\ue000\\uffff\"")]
    [InlineData("\"\u007f\u2028\u2029€\U0001F41F\"")]
    [InlineData("\"/*\"")]
    public void Valid_texts_are_accepted(string json)
    {
        Assert.True(JsonScanner.IsValid(Encoding.UTF8.GetBytes(json)));
        Assert.True(JsonScanner.TrySkipValue(Encoding.UTF8.GetBytes(json), 64, out var length));
        Assert.Equal(Encoding.UTF8.GetByteCount(json.TrimEnd()), length);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("nul")]
    [InlineData("nulll")]
    [InlineData("True")]
    [InlineData("tru")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData("00")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1.e1")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1E-")]
    [InlineData("0x10")]
    [InlineData("1_000")]
    [InlineData("--1")]
    [InlineData("1 2")]
    [InlineData("[")]
    [InlineData("]")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("[}")]
    [InlineData("{]")]
    [InlineData("[1}")]
    [InlineData("{\"a\":1]")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1,,2]")]
    [InlineData("[1 2]")]
    [InlineData("[\"a\":1]")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{,}")]
    [InlineData("{\"a\",1}")]
    [InlineData("{\"a\":1 \"b\":2}")]
    [InlineData("{\"a\"::1}")]
    [InlineData("{a:1}")]
    [InlineData("{'a':1}")]
    [InlineData("{1:1}")]
    [InlineData("{null:1}")]
    [InlineData("{[]:1}")]
    [InlineData("\"")]
    [InlineData("\"a")]
    [InlineData("'a'")]
    [InlineData("\"\\\"")]
    [InlineData("\"\\a\"")]
    [InlineData("\"\\0\"")]
    [InlineData("\"\\x41\"")]
    [InlineData("\"\\U0041\"")]
    [InlineData("\"\\u004\"")]
    [InlineData("\"\\u004g\"")]
    [InlineData("\"\\u+041\"")]
    [InlineData("\"\\")]
    [InlineData("\"\\u")]
    [InlineData("\"\\u00")]
    [InlineData("\"\t\"")]
    [InlineData("\"\0\"")]
    [InlineData("\"\u001f\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\udbff\\u0041\"")]
    [InlineData("\"\\udc00\\ud800\"")]
    [InlineData("\"\\ud800\\n\"")]
    [InlineData("\"\\ud800")]
    [InlineData("\"\\ud800\\u")]
    [InlineData("\"\\ud800\\udc0\"")]
    [InlineData("[1]]")]
    [InlineData("[1] x")]
    [InlineData("// a\n1")]
    [InlineData("/* a */1")]
    [InlineData("[1]/**/")]
    [InlineData("\u000b1")]
    [InlineData("\u000c1")]
    [InlineData("\u00a01")]
    [InlineData("\ufeff1")] // a byte order mark
    [InlineData("\01")]
    [InlineData("1\0")]
    public void Invalid_texts_are_refused(string json) => Assert.False(JsonScanner.IsValid(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Every_control_character_in_a_string_is_refused_at_every_place()
    {
        for (var control = 0; control < 0x20; control++)
        {
            for (var place = 0; place < 40; place++)
            {
                var text = Encoding.ASCII.GetBytes($"\"{new string('a', 40)}\"");
                text[1 + place] = (byte)control;
                Assert.False(JsonScanner.IsValid(text));
            }
        }
    }

    [Theory]
    [InlineData("1,2", 1)]
    [InlineData(" \"a\" ,2", 4)]
    [InlineData("[1,[2]] ,3", 7)]
    [InlineData("{\"a\":1}}", 7)]
    [InlineData("true]", 4)]
    [InlineData("12]", 2)]
    public void One_value_is_skipped_and_what_follows_is_left(string json, int expected)
    {
        Assert.True(JsonScanner.TrySkipValue(Encoding.UTF8.GetBytes(json), 64, out var length));
        Assert.Equal(expected, length);
    }

    [Fact]
    public void The_kinds_of_64_nested_containers_are_remembered()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var opening = new StringBuilder();
            var closing = new StringBuilder();
            for (var level = 0; level < 64; level++)
            {
                var isObject = random.Next(2) == 0;
                opening.Append(isObject ? "{\"k\":" : "[0,");
                closing.Insert(0, isObject ? '}' : ']');
            }

            Assert.True(JsonScanner.IsValid(Encoding.ASCII.GetBytes($"{opening}1{closing}")));
            var wrong = random.Next(64);
            closing[wrong] = closing[wrong] == '}' ? ']' : '}';
            Assert.False(JsonScanner.IsValid(Encoding.ASCII.GetBytes($"{opening}1{closing}")));
        }
    }

    [Fact]
    public void A_million_open_brackets_are_refused_at_the_limit()
    {
        Assert.False(JsonScanner.TrySkipValue(Encoding.ASCII.GetBytes(new string('[', 1_000_000)), 64, out var length));
        Assert.Equal(0, length);
    }

    [Theory]
    [InlineData("a\\u00e9", 3, true)]
    [InlineData("a\\u00e9", 2, false)]
    [InlineData("abc", 2, false)]
    [InlineData("\\ud83d\\udc1f", 4, true)]
    [InlineData("\\ud83d", 4, false)]
    [InlineData("\\", 4, false)]
    [InlineData("\\q", 4, false)]
    public void Unescaping_needs_room_and_valid_escapes(string raw, int room, bool expected) =>
        Assert.Equal(expected, JsonString.TryUnescape(Encoding.UTF8.GetBytes(raw), new byte[room], out _));
}
