using System.Text;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Tests;

public sealed class NameHashTests
{
    [Fact]
    public void The_hash_up_to_a_length_is_that_of_the_name_of_that_length_whatever_was_asked_for_before()
    {
        var name = Encoding.UTF8.GetBytes("telemetry/greenhouse-17/celsius/average");
        for (var first = 0; first <= name.Length; first++)
        {
            for (var second = first; second <= name.Length; second++)
            {
                var hash = new NameHash(name);
                Assert.Equal(NameHash.Of(name.AsSpan(0, first)), hash.UpTo(first));
                Assert.Equal(NameHash.Of(name.AsSpan(0, second)), hash.UpTo(second));
            }
        }
    }

    /// <summary>Tables take the lowest bits: names that are counted up, in front, in the middle or behind, are not to share them.</summary>
    [Theory]
    [InlineData("event-{0}")]
    [InlineData("{0}-event")]
    [InlineData("telemetry/device-{0}/state")]
    [InlineData("a{0}")]
    public void Names_that_differ_by_a_number_are_spread_over_a_table(string name)
    {
        const int Names = 1024;
        var longest = Enumerable.Range(0, Names).Select(i => string.Format(null, name, i)).GroupBy(static text => NameHash.Of(Encoding.UTF8.GetBytes(text)) & (Names - 1)).Max(static group => group.Count());

        // As many names as places: the fullest place of a random function has 6 or 7, more than 16 less than once in a trillion seeds.
        Assert.InRange(longest, 1, 16);
    }

    [Fact]
    public void A_number_is_another_name_than_its_digits() => Assert.NotEqual(NameHash.Of("7"u8), NameHash.Of(7));
}
