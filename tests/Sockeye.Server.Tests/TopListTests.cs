using Sockeye.Server.Inspection;
using Xunit;

namespace Sockeye.Server.Tests;

public sealed class TopListTests
{
    [Theory]
    [InlineData(0, 3)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(1000, 3)]
    [InlineData(5, 0)]
    public void It_keeps_the_largest_and_no_more_than_it_has_room_for(int count, int capacity)
    {
        var random = new Random(7);
        var sizes = Enumerable.Range(0, count).Select(_ => random.Next(100)).ToArray();
        var top = new TopList<int>(capacity);
        foreach (var size in sizes)
        {
            top.Add(size, size);
        }

        Assert.Equal(sizes.OrderDescending().Take(capacity), top.ToArray());
    }
}
