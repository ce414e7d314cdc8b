using System.Globalization;
using System.Text;
using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>Numbers of JSON as rules compare them.</summary>
public sealed class JsonNumberTests
{
    [Fact]
    public void A_short_number_is_the_same_double_that_the_runtime_reads()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var digits = random.Next(1, 16);
            var text = random.NextInt64((long)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture);
            var point = random.Next(1, text.Length + 1);
            text = (random.Next(2) == 0 ? "-" : "") + (point < text.Length ? $"{text[..point]}.{text[point..]}" : text);
            AssertSame(text);
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0")]
    [InlineData("0.1")]
    [InlineData("999999999999999")]
    [InlineData("9999999999999.99")]
    [InlineData("9007199254740993")]
    [InlineData("123456789012345.678")]
    [InlineData("1e3")]
    public void Numbers_at_the_bounds_of_what_is_read_shortly_are_the_same_too(string text) => AssertSame(text);

    /// <summary>Whoever wants to pass by a rule writes a number as nobody else would.</summary>
    [Fact]
    public void A_number_is_the_same_however_long_it_is_written()
    {
        var zeros = new string('0', 700);
        foreach (var (text, same) in new[]
        {
            ($"101.{zeros}", "101"), ($"-101.{zeros}", "-101"), ($"101e{zeros}", "101"), ($"1e{zeros}2", "100"), ($"1E+{zeros}2", "100"), ($"100e-{zeros}2", "1"), ($"1.01e{zeros}2", "101"),
            ($"0.{zeros}123e701", "1.23"), ($"1{zeros}e-700", "1"), ($"12{zeros}.5e-700", "12"), ($"0.1{zeros}1", "0.1"), ($"0.{zeros}", "0"), ($"-0.{zeros}e5", "0"), ($"1e-{zeros}999", "0"), ($"1e-1{zeros}", "0"),
            ($"0e1{zeros}", "0"), ($"3.{string.Concat(Enumerable.Repeat("3", 700))}", "3.3333333333333335"), (new string('9', 600) + "e-600", "1"),
        })
        {
            Assert.True(Number(text).CompareTo(Number(same)) == 0, text);
        }

        foreach (var beyond in new[] { $"1{zeros}", $"1e1{zeros}", $"1.{zeros}x", $"1e{zeros}x", $"1.{zeros}.1", $"1{zeros}e", $"1{zeros}e+", $"1{zeros}.", $"1e{zeros}400" })
        {
            Assert.False(JsonNumber.TryParse(Encoding.UTF8.GetBytes(beyond), out _), beyond);
        }
    }

    [Theory]
    [InlineData(".5")]
    [InlineData("-")]
    [InlineData("1.2.3")]
    [InlineData("12a")]
    [InlineData("+1")]
    public void What_is_no_number_is_none(string text) => Assert.False(JsonNumber.TryParse(Encoding.UTF8.GetBytes(text), out _));

    private static void AssertSame(string text)
    {
        var value = double.Parse(text, CultureInfo.InvariantCulture);
        foreach (var (other, sign) in new[] { (value, 0), (Math.BitIncrement(value), -1), (Math.BitDecrement(value), 1) })
        {
            // Written with an exponent, so that the runtime reads it.
            Assert.True(Math.Sign(Number(text).CompareTo(Number(other.ToString("E17", CultureInfo.InvariantCulture)))) == sign, $"{text} and {other:R}");
        }
    }

    private static JsonNumber Number(string text)
    {
        Assert.True(JsonNumber.TryParse(Encoding.UTF8.GetBytes(text), out var number), text);
        return number;
    }
}
