using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

public sealed class PlaceholderTests
{
    private const string Zero = "{\"_placeholder\":true,\"num\":0}";
    private const string One = "{\"_placeholder\":true,\"num\":1}";

    private static bool Validate(string payload, int attachments) => Placeholders.Validate(Encoding.UTF8.GetBytes(payload), attachments);

    [Theory]
    [InlineData($"[\"x\",{Zero}]", 1)]
    [InlineData($"[\"x\",{Zero},{One}]", 2)]
    [InlineData($"[\"x\",{One},{Zero}]", 2)]
    [InlineData($"[{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"a\":{{\"b\":[{One},1,{{\"c\":{Zero}}}]}}}}]", 2)]
    [InlineData("[\"x\",{\"num\":0,\"_placeholder\":true}]", 1)]
    [InlineData("[\"x\", { \"_placeholder\" : true , \"num\" : 0 } ]", 1)]
    [InlineData("[\"x\",{\"\\u005fplaceholder\":true,\"nu\\u006d\":0}]", 1)]
    [InlineData("[\"x\"]", 0)]
    [InlineData($"[\"x\",\"{{\\\"_placeholder\\\":true,\\\"num\\\":5}}\",{Zero}]", 1)] // inside a string
    [InlineData($"[\"_placeholder\",true,{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"_placeholder\":false,\"num\":7}},{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"_placeholder\":\"true\",\"num\":7}},{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"_placeholder\":1,\"num\":7}},{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"num\":7}},{{}},{{\"num\":1,\"a\":2}},{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"_placeholders\":true,\"num\":7}},{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"_Placeholder\":true,\"num\":7}},{Zero}]", 1)]
    [InlineData($"[\"x\",{{\"num\":{Zero}}}]", 1)]
    public void Each_attachment_used_once_is_accepted(string payload, int attachments) => Assert.True(Validate(payload, attachments));

    [Theory]
    [InlineData("[\"x\"]", 1)] // missing
    [InlineData($"[\"x\",{Zero}]", 2)]
    [InlineData($"[\"x\",{One}]", 2)]
    [InlineData($"[\"x\",{Zero},{Zero}]", 1)] // twice
    [InlineData($"[\"x\",{Zero},{Zero}]", 2)]
    [InlineData($"[\"x\",{One}]", 1)] // out of range
    [InlineData($"[\"x\",{Zero}]", 0)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":-0}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":0.0}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":0e0}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":2147483648}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":4294967296}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":[0]}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":true}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":0,\"extra\":1}]", 1)]
    [InlineData("[\"x\",{\"extra\":1,\"_placeholder\":true,\"num\":0}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"num\":0,\"num\":0}]", 1)]
    [InlineData("[\"x\",{\"_placeholder\":true,\"_placeholder\":true,\"num\":0}]", 1)]
    [InlineData("[\"x\",{\"num\":0,\"num\":0}]", 1)]
    [InlineData($"[\"x\",{Zero},{{\"_placeholder\":true}}]", 1)] // one that is none next to a good one
    [InlineData($"[\"x\",{Zero},{{\"_placeholder\":true,\"num\":\"0\"}}]", 1)]
    [InlineData($"[\"x\",{Zero},{{\"\\u005fplaceholder\":true}}]", 1)]
    [InlineData($"[\"x\",{Zero},{{\"a\":{{\"b\" : 1, \"_placeholder\" : true}}}}]", 1)]
    [InlineData($"[\"x\",{{\"_placeholder\":true,\"num\":0,\"a\":{One}}}]", 2)] // one inside another
    public void Anything_else_is_refused(string payload, int attachments) => Assert.False(Validate(payload, attachments));

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public void Many_attachments_are_checked_when_the_limit_allows_them(int count)
    {
        var all = Enumerable.Range(0, count).Select(i => $"{{\"_placeholder\":true,\"num\":{i}}}").ToArray();
        Assert.True(Validate($"[{string.Join(',', all)}]", count));
        Assert.False(Validate($"[{string.Join(',', all.Skip(1))}]", count));
        Assert.False(Validate($"[{string.Join(',', all.Append(all[^1]))}]", count));
    }

    [Theory]
    [InlineData(Zero + ",1", 0, 29)]
    [InlineData("{\"num\" : 12 , \"_placeholder\" : true }]", 12, 37)]
    public void A_placeholder_is_recognised_where_it_stands(string json, int number, int length)
    {
        Assert.True(Placeholders.TryRead(Encoding.UTF8.GetBytes(json), out var readNumber, out var readLength));
        Assert.Equal((number, length), (readNumber, readLength));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"_placeholder\":true}")]
    [InlineData("{\"_placeholder\":true,\"num\"")]
    [InlineData("{\"_placeholder\":true,\"num\":")]
    [InlineData("{\"_placeholder\":true,\"num\":1")]
    [InlineData("{\"_placeholder\":tru")]
    [InlineData("{\"_placeholder\":true,\"num\":1,")]
    [InlineData("{\"num\":1}")]
    [InlineData("{\"num\":1,\"a\":true}")]
    public void Other_objects_and_cut_ones_are_no_placeholders(string json) =>
        Assert.False(Placeholders.TryRead(Encoding.UTF8.GetBytes(json), out _, out _));

    [Fact]
    public void Placeholders_between_any_data_are_found_in_any_order()
    {
        var payloads = from count in Gen.Choose(0, 12)
                       from order in Gen.Shuffle(Enumerable.Range(0, count))
                       from data in JsonGenerator.Value.Where(json => !json.Contains("_placeholder", StringComparison.Ordinal)).ArrayOf(count + 1)
                       from nested in Gen.Elements(true, false).ArrayOf(count)
                       select (count, payload: "[" + string.Join(',', order.Select((number, i) => $"{data[i]},{Nest($"{{\"_placeholder\":true,\"num\":{number}}}", nested[i])}").Append(data[count])) + "]");
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(payloads.ToArbitrary(), x =>
            Validate(x.payload, x.count) && !Validate(x.payload, x.count + 1) && (x.count == 0 || !Validate(x.payload, x.count - 1))));

        static string Nest(string placeholder, bool nested) => nested ? $"{{\"a\":[{placeholder}]}}" : placeholder;
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var likely = Gen.Elements("{", "}", "\"", "\"_placeholder\":true", "\"num\":0", "\"num\":", ",", ":", "\\", "\\u005f", "true", "1", "[", "]", " ").ListOf().Select(string.Concat);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(likely.ToArbitrary(), text =>
        {
            Validate(text, 1);
            return !Placeholders.TryRead(Encoding.UTF8.GetBytes(text), out var number, out var length) || (number >= 0 && length <= text.Length);
        }));
    }
}
