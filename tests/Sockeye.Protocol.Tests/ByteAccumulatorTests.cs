namespace Sockeye.Protocol.Tests;

public sealed class ByteAccumulatorTests
{
    [Fact]
    public void What_was_appended_is_written()
    {
        ByteAccumulator accumulator = new();
        accumulator.Append("abc"u8);
        accumulator.Append(default);
        accumulator.Append("de"u8);
        Assert.Equal("abcde"u8, accumulator.Written);
        Assert.Equal(5, accumulator.Length);
        accumulator.Written[0] = (byte)'x';
        Assert.Equal("xbcde"u8, accumulator.Written);
    }

    [Fact]
    public void The_first_append_is_right_sized_and_growth_stays_below_twice_the_bytes()
    {
        ByteAccumulator accumulator = new();
        accumulator.Append(new byte[1000]);
        Assert.Equal(1000, accumulator.Capacity);
        while (accumulator.Length < 1_000_000)
        {
            accumulator.Append(new byte[777]);
            Assert.InRange(accumulator.Capacity, accumulator.Length, 2 * accumulator.Length);
        }
    }

    [Fact]
    public void Nothing_is_reserved_beyond_the_length_that_the_whole_can_reach()
    {
        ByteAccumulator accumulator = new();
        for (var i = 0; i < 150; i++)
        {
            accumulator.Append([1], 150);
            Assert.InRange(accumulator.Capacity, i + 1, 150);
        }
    }

    [Fact]
    public void Clearing_keeps_a_page_at_most()
    {
        ByteAccumulator accumulator = new();
        accumulator.Append(new byte[ByteAccumulator.MaxKeptBytes]);
        accumulator.Clear();
        Assert.Equal((0, ByteAccumulator.MaxKeptBytes), (accumulator.Length, accumulator.Capacity));
        accumulator.Append(new byte[ByteAccumulator.MaxKeptBytes + 1]);
        accumulator.Clear();
        Assert.Equal((0, 0), (accumulator.Length, accumulator.Capacity));
    }
}
