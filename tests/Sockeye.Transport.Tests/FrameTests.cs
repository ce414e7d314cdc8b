using Xunit;


namespace Sockeye.Transport.Tests;

public sealed class FrameTests
{
    [Fact]
    public void A_released_frame_releases_the_chain_behind_it()
    {
        var before = BufferCounters.Rented - BufferCounters.Returned;
        var head = Frame.Rent();
        head.Append("abc"u8);
        head.Next = Frame.Rent(100_000);
        head.Next.Append(new byte[70_000]);
        Assert.Equal(70_003, head.TotalLength);
        Assert.Equal(2, head.MessageCount);
        head.Retain();
        head.Release();
        Assert.Equal(before + 2, BufferCounters.Rented - BufferCounters.Returned);
        head.Release();
        Assert.Equal(before, BufferCounters.Rented - BufferCounters.Returned);
    }

    [Fact]
    public void What_a_frame_holds_is_counted_also_after_it_has_grown()
    {
        var before = BufferCounters.HeldBytes;
        var frame = Frame.Rent();
        frame.Append(new byte[1000]);
        Assert.Equal(before + frame.Cost, BufferCounters.HeldBytes);
        frame.Release();
        Assert.Equal(before, BufferCounters.HeldBytes);
    }
}
