using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.Protocol.Tests.Http;

public sealed class QueryStringTests
{
    private static string Parse(string query) =>
        string.Join('|', QueryString.Parse(Encoding.Latin1.GetBytes(query)).Select(pair => $"{pair.Key}={pair.Value}"));

    [Theory]
    [InlineData("", "")]
    [InlineData("EIO=4&transport=polling&sid=a", "EIO=4|transport=polling|sid=a")]
    [InlineData("a", "a=")]
    [InlineData("a=", "a=")]
    [InlineData("=b", "=b")]
    [InlineData("=", "=")]
    [InlineData("&&a=1&&b=2&", "a=1|b=2")]
    [InlineData("a=1=2", "a=1=2")]
    [InlineData("a=1&a=2", "a=1|a=2")]
    [InlineData("a+b=c+d", "a b=c d")]
    [InlineData("a%2Bb=c%26d%3D", "a+b=c&d=")]
    [InlineData("a=%C3%BC%e2%82%ac", "a=ü€")]
    [InlineData("a=%F0%9F%98%80", "a=😀")]
    [InlineData("a=%", "a=%")]
    [InlineData("a=%4", "a=%4")]
    [InlineData("a=%zz%41", "a=%zzA")]
    [InlineData("a=%4%41", "a=%4A")]
    [InlineData("a=%ff", "a=\uFFFD")]
    [InlineData("a=%00", "a=\0")]
    [InlineData("%61=1", "a=1")]
    [InlineData("a;b=1", "a;b=1")]
    [InlineData("__proto__=1&constructor=2", "__proto__=1|constructor=2")]
    public void A_query_is_read_as_Node_reads_it(string query, string expected) => Assert.Equal(expected, Parse(query));

    [Theory]
    [InlineData("a=1&b=2", "b", true, "2")]
    [InlineData("a=1&a=2", "a", true, "1")]
    [InlineData("a", "a", true, "")]
    [InlineData("aa=1", "a", false, "")]
    [InlineData("A=1", "a", false, "")]
    [InlineData("%61=x+y%21", "a", true, "x y!")]
    [InlineData("a+b=1", "a b", true, "1")]
    [InlineData("", "a", false, "")]
    [InlineData("%61%61=1", "a", false, "")]
    public void A_value_is_found_by_its_decoded_name(string query, string name, bool found, string value)
    {
        Assert.Equal(found, QueryString.TryGet(Encoding.UTF8.GetBytes(query), Encoding.UTF8.GetBytes(name), out var actual));
        Assert.Equal(value, actual);
    }

    [Theory]
    [InlineData("a=1", 1)]
    [InlineData("a=1&b&%61=2&a", 3)]
    [InlineData("b=1", 0)]
    public void Repeated_names_can_be_seen(string query, int count) => Assert.Equal(count, QueryString.Count(Encoding.UTF8.GetBytes(query), "a"u8));

    [Fact]
    public void No_more_pairs_are_read_than_Node_reads()
    {
        var query = string.Join('&', Enumerable.Range(0, QueryString.MaxPairs + 5).Select(i => $"k{i}=v"));
        Assert.Equal(QueryString.MaxPairs, QueryString.Parse(Encoding.UTF8.GetBytes(query)).Count);
        Assert.True(QueryString.TryGet(Encoding.UTF8.GetBytes(query), "k999"u8, out _));
        Assert.False(QueryString.TryGet(Encoding.UTF8.GetBytes(query), "k1000"u8, out _));
    }

    [Fact]
    public void A_long_value_and_a_long_name_are_decoded()
    {
        string value = new('x', 5000);
        Assert.True(QueryString.TryGet(Encoding.UTF8.GetBytes($"a={value}%21"), "a"u8, out var actual));
        Assert.Equal(value + "!", actual);
        Assert.True(QueryString.TryGet(Encoding.UTF8.GetBytes($"{value}%21=1"), Encoding.UTF8.GetBytes(value + "!"), out actual));
        Assert.Equal("1", actual);
    }

    [Fact]
    public void Finding_a_value_that_is_not_there_allocates_nothing()
    {
        var query = Encoding.UTF8.GetBytes("EIO=4&transport=polling&t%20=x+y");
        Assert.Equal(0, Allocated.Least(() => QueryString.TryGet(query, "sid"u8, out _)));
    }
}
