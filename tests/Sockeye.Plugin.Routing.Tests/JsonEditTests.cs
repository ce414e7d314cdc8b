using System.Text;
using System.Text.Json;
using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Tests;

public sealed class JsonEditTests
{
    [Theory]
    [InlineData("$[0].a", "{\"a\":1,\"b\":2}", "{\"a\":9,\"b\":2}")]
    [InlineData("$[0].c", "{\"a\":1}", "{\"a\":1,\"c\":9}")]
    [InlineData("$[0].c", "{ }", "{ \"c\":9}")]
    [InlineData("$[0].c.d.e", "{\"a\":1}", "{\"a\":1,\"c\":{\"d\":{\"e\":9}}}")]
    [InlineData("$[1]", "1", "1,9")]
    [InlineData("$[0]", "", "9")]
    [InlineData("$[0].x", "", "{\"x\":9}")]
    [InlineData("$[0][1]", "[1]", "[1,9]")]
    [InlineData("$[0][0]", "[]", "[9]")]
    [InlineData("$[0][0].x", "[]", "[{\"x\":9}]")]
    [InlineData("$[0].a", "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":9}")]
    [InlineData("$[0].a", "{\"b\":{\"_placeholder\":true,\"num\":0}}", "{\"b\":{\"_placeholder\":true,\"num\":0},\"a\":9}")]
    [InlineData("$[2]", "1", null)]
    [InlineData("$[0].a", "1", null)]
    [InlineData("$[0].a", "[1]", null)]
    [InlineData("$[0].a[0]", "{}", null)]
    [InlineData("$[0][3]", "[1]", null)]
    public void Set_puts_a_value_there_and_makes_the_objects_on_the_way(string path, string arguments, string? expected) =>
        Assert.Equal(expected, Text(JsonEdit.Set(Encoding.UTF8.GetBytes(arguments), JsonPath.Parse(path, out _)!, "9"u8)));

    [Theory]
    [InlineData("$[0].a", "{\"a\":1,\"b\":2}", "{\"b\":2}")]
    [InlineData("$[0].b", "{\"a\":1 , \"b\":2}", "{\"a\":1}")]
    [InlineData("$[0].a", "{\"a\":1}", "{}")]
    [InlineData("$[0].a", "{\"a\":1,\"b\":2,\"\\u0061\":3}", "{\"b\":2}")]
    [InlineData("$[0]", "1,2", "2")]
    [InlineData("$[1]", "1 ,2", "1 ")]
    [InlineData("$[0]", "1", "")]
    [InlineData("$[0].l[1]", "{\"l\":[1,2,3]}", "{\"l\":[1,3]}")]
    [InlineData("$[0].l[2]", "{\"l\":[1,2,3]}", "{\"l\":[1,2]}")]
    [InlineData("$[0].x", "{\"a\":1}", null)]
    public void Remove_takes_out_all_that_a_path_could_lead_to(string path, string arguments, string? expected) =>
        Assert.Equal(expected, Text(JsonEdit.Remove(Encoding.UTF8.GetBytes(arguments), JsonPath.Parse(path, out _)!)));

    [Theory]
    [InlineData("", "{\"d\":null}")]
    [InlineData("1", "{\"d\":1}")]
    [InlineData(" {\"a\":1} , 2", "{\"d\":{\"a\":1}} , 2")]
    public void Wrap_makes_an_object_of_the_first_argument(string arguments, string expected) =>
        Assert.Equal(expected, Text(JsonEdit.Wrap(Encoding.UTF8.GetBytes(arguments), "\"d\""u8)));

    [Fact]
    public void Whatever_stands_there_a_change_of_valid_JSON_is_valid_JSON()
    {
        string[] values = ["1", "\"a\\\"b\"", "{}", "[]", "{\"a\":{\"b\":[1,{\"a\":null}]},\"a\":[ ]}", "[[],[{\"a\":1}]]", "\"\\\\\"", " true ", "{\"a\" : -1.5e3 , \"b\":\"}\"}"];
        string[] paths = ["$[0]", "$[1]", "$[0].a", "$[0].a.b", "$[0].a.b[1].a", "$[0][1][0].a", "$[0].a[0]", "$[2].q"];
        foreach (var first in values)
        {
            foreach (var second in values)
            {
                foreach (var path in paths.Select(text => JsonPath.Parse(text, out _)!))
                {
                    var arguments = Encoding.UTF8.GetBytes($"{first},{second}");
                    foreach (var changed in new[] { JsonEdit.Set(arguments, path, "{\"n\":1}"u8), JsonEdit.Remove(arguments, path), JsonEdit.Wrap(arguments, "\"w\""u8) })
                    {
                        if (changed is not null)
                        {
                            using var parsed = JsonDocument.Parse($"[{Encoding.UTF8.GetString(changed)}]");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Bytes_that_are_no_JSON_neither_throw_nor_hang()
    {
        foreach (var text in new[] { "{", "[", "\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "[1", "[1,", "}", "]", ",", "{,}", "[,]", "\\", "{\"a\":}", "\"\\", "{1:2}", "::", "\u0000" })
        {
            foreach (var path in new[] { "$[0]", "$[0].a", "$[0][0]", "$[1].a[0]" }.Select(path => JsonPath.Parse(path, out _)!))
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                path.TryFind(bytes, out var start, out var end);
                Assert.InRange(start, 0, bytes.Length);
                Assert.InRange(end, 0, bytes.Length);
            }
        }
    }

    private static string? Text(byte[]? utf8) => utf8 is null ? null : Encoding.UTF8.GetString(utf8);
}
