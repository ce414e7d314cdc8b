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

    /// <summary>Objects without others in them are looked through 64 bytes at a time: fields at each place of such a window and across its ends, alone and behind other arguments, with and without what ends that way.</summary>
    [Fact]
    public void Objects_of_every_length_and_shape_have_the_fields_that_a_parser_finds()
    {
        var random = new Random(11);
        string[] names = ["a", "b", "ab", "wanted", "unwanted", "a name of some length, with a comma: and a colon"];
        string[] values = ["1", "-2.5e3", "true", "null", "\"\"", "\"x\"", "\"{a,b}:[1]\"", "\"a text that is longer than half of a window is, and has a brace } in it\"", "\"\\\"wanted\\\":1\"", "\"\\\\\"", "[1,{\"wanted\":2}]", "{\"wanted\":3}", "{}", "[]"];
        for (var round = 0; round < 20_000; round++)
        {
            var isFlat = round % 3 != 0;
            var white = round % 5 == 0;
            string White() => white && random.Next(4) == 0 ? new string(" \t\n\r"[random.Next(4)], random.Next(1, 40)) : "";
            var fields = Enumerable.Range(0, random.Next(9)).Select(_ => $"{White()}\"{names[random.Next(names.Length)]}\"{White()}:{White()}{values[random.Next(isFlat ? 8 : values.Length)]}{White()}");
            var json = $"{{{string.Join(',', fields)}{White()}}}";
            var before = random.Next(3) == 0 ? $"\"{new string('x', random.Next(70))}\"," : "";
            var arguments = Encoding.UTF8.GetBytes($"{before}{json}{(random.Next(3) == 0 ? ",{\"wanted\":9,\"a\":9}" : "")}");
            using var parsed = System.Text.Json.JsonDocument.Parse(json);
            foreach (var name in names)
            {
                var isThere = JsonPath.Parse($"$[{(before.Length > 0 ? 1 : 0)}][\"{name}\"]", out _)!.TryFind(arguments, out var start, out var end);
                Assert.Equal(parsed.RootElement.TryGetProperty(name, out var value) ? value.GetRawText() : null, isThere ? Encoding.UTF8.GetString(arguments[start..end]) : null);
            }
        }
    }

    /// <summary>No event is such, since its bytes are checked when it arrives.</summary>
    [Fact]
    public void Bytes_that_are_no_JSON_lead_somewhere_within_them_or_nowhere()
    {
        var random = new Random(12);
        var path = JsonPath.Parse("$[0].ab", out _)!;
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = random.GetItems("{}[]\"\\:,ab 1"u8, random.Next(200));
            if (bytes.Length > 0)
            {
                bytes[0] = (byte)'{';
            }

            if (path.TryFind(bytes, out var start, out var end))
            {
                Assert.InRange(start, 0, end);
                Assert.InRange(end, start, bytes.Length);
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
