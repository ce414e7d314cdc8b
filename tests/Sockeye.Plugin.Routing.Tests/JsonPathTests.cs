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
}
