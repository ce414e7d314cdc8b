using System.Text;
using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Tests;

public sealed class JsonPathTests
{
    [Theory]
    [InlineData("$[0]", "1", "1")]
    [InlineData("$[1]", " 1 , \"x\" ", "\"x\"")]
    [InlineData("$[0].a", "{\"a\":1}", "1")]
    [InlineData("$[0].a.b[1]", "{\"x\":[{}],\"a\":{\"b\":[0,{\"c\":2}]}}", "{\"c\":2}")]
    [InlineData("$[0][\"odd key\"]", "{\"odd key\" : true }", "true")]
    [InlineData("$[0].a", "{\"a\":1,\"a\":2}", "2")]
    [InlineData("$[0].a.b", "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", null)]
    [InlineData("$[0].\u00e4", "{\"\\u00e4\":3}", "3")]
    [InlineData("$[0].a", "{\"b\":\"\\\"a\\\":1\"}", null)]
    [InlineData("$[0].a", "{\"b\":\"}\",\"a\":\"{\"}", "\"{\"")]
    [InlineData("$[0][\"a\\b\"]", "{\"a\\b\":1}", null)] // a name with a backslash; in the event it is an escape
    [InlineData("$[0][\"a\\b\"]", "{\"a\\\\b\":1}", "1")]
    [InlineData("$[0].ab", "{\"abc\":1,\"a\":2,\"ab\":3}", "3")]
    [InlineData("$[0].ab", "{\"ab\"", null)]
    [InlineData("$[2]", "1,2", null)]
    [InlineData("$[0].a", "", null)]
    [InlineData("$[0].a", "[1]", null)]
    [InlineData("$[0][0]", "{\"0\":1}", null)]
    [InlineData("$[0].a[0]", "{\"a\":[]}", null)]
    [InlineData("$[0].a", "{}", null)]
    public void A_path_leads_to_the_value_that_a_parser_would_find(string path, string arguments, string? expected)
    {
        var utf8 = Encoding.UTF8.GetBytes(arguments);
        var found = JsonPath.Parse(path, out var fault)!.TryFind(utf8, out var start, out var end);
        Assert.Null(fault);
        Assert.Equal(expected, found ? Encoding.UTF8.GetString(utf8[start..end]) : null);
    }

    /// <summary>Texts are passed over eight bytes at a time: each place of a quote and of an escape in them, as a value before the field and as its name.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("\\\"")]
    [InlineData("\\\\")]
    [InlineData("\\u0022")]
    [InlineData("\\n\\\\\\\"")]
    public void Texts_of_every_length_with_an_escape_at_every_place_end_where_a_parser_says(string escape)
    {
        for (var length = 0; length < 44; length++)
        {
            for (var at = 0; at <= length; at++)
            {
                var text = new string('x', at) + escape + new string('x', length - at);
                var name = System.Text.Json.JsonSerializer.Deserialize<string>($"\"{text}\"")!;
                foreach (var arguments in new[] { $"{{\"a\":\"{text}\",\"wanted\":[1,{length}]}}", $"{{\"{text}\":{{\"wanted\":0}},\"wanted\":[1,{length}]}}", $"{{\"wanted\":[1,{length}],\"{text}\":\"{text}\"}}" })
                {
                    var utf8 = Encoding.UTF8.GetBytes(arguments);
                    Assert.True(JsonPath.Parse("$[0].wanted[1]", out _)!.TryFind(utf8, out var start, out var end));
                    Assert.Equal($"{length}", Encoding.UTF8.GetString(utf8[start..end]));
                }

                var named = Encoding.UTF8.GetBytes($"{{\"before\":1,\"{text}\":\"{text}\"}}");
                if (name.Length > 0 && !name.Contains('"', StringComparison.Ordinal))
                {
                    Assert.True(JsonPath.Parse($"$[0][\"{name}\"]", out _)!.TryFind(named, out var start, out var end));
                    Assert.Equal($"\"{text}\"", Encoding.UTF8.GetString(named[start..end]));
                }
            }
        }
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("\"abc")]
    [InlineData("\"abcdefghijklmnop")]
    [InlineData("\"abcdefg\\")]
    [InlineData("\"abcdefghijklmnopqrstuvwxyzabcdefgh\\")]
    [InlineData("12")]
    public void What_does_not_end_ends_with_the_bytes(string arguments)
    {
        var utf8 = Encoding.UTF8.GetBytes(arguments);
        Assert.True(JsonPath.Parse("$[0]", out _)!.TryFind(utf8, out var start, out var end));
        Assert.Equal((0, utf8.Length), (start, end));
    }
}
