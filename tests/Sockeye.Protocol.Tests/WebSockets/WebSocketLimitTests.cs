using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.WebSocketReading;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>Both limits on both sides, and the cost of reaching them.</summary>
public sealed class WebSocketLimitTests
{
    private static readonly WebSocketLimits s_small = new() { MaxMessageBytes = 200, MaxFragments = 3 };

    [Theory]
    [InlineData(200, false)]
    [InlineData(201, true)]
    [InlineData(70_000, true)]
    public void A_message_over_the_limit_is_refused(int length, bool refused)
    {
        var frame = Frame(2, new byte[length]);
        var result = Read(frame, [.. Enumerable.Range(1, 20), frame.Length], limits: s_small);
        Assert.Equal(refused ? "WebSocketMessageTooBig" : "Binary:" + new string('0', 400), result);
    }

    [Fact]
    public void A_message_over_the_limit_is_refused_at_its_header() =>
        Assert.Equal("WebSocketMessageTooBig", Read(Frame(1, new byte[201])[..4], limits: s_small));

    [Theory]
    [InlineData(100, false)]
    [InlineData(101, true)]
    public void The_limit_counts_over_fragments(int second, bool refused)
    {
        var result = Read([.. Frame(2, new byte[60], fin: false), .. Frame(0, new byte[40], fin: false), .. Frame(9, "p"), .. Frame(0, new byte[second])], limits: s_small);
        Assert.Equal(refused ? "Ping:70 WebSocketMessageTooBig" : "Ping:70 Binary:" + new string('0', 400), result);
    }

    [Fact]
    public void The_limit_starts_anew_with_each_message() =>
        Assert.DoesNotContain("TooBig", Read([.. Frame(2, new byte[200]), .. Frame(2, new byte[100], fin: false), .. Frame(0, new byte[100]), .. Frame(2, new byte[200])], limits: s_small));

    [Fact]
    public void Control_frames_do_not_count_as_message_bytes()
    {
        WebSocketLimits tiny = new() { MaxMessageBytes = 1 };
        Assert.Equal("Pong:" + new string('0', 250) + " Binary:00 WebSocketMessageTooBig", Read([.. Frame(10, new byte[125]), .. Frame(2, new byte[1]), .. Frame(2, new byte[2])], limits: tiny));
    }

    [Fact]
    public void Fragments_are_counted()
    {
        Assert.Equal("Text:abc", Read([.. Frame(1, "a", fin: false), .. Frame(0, "b", fin: false), .. Frame(0, "c")], limits: s_small));
        Assert.Equal("WebSocketTooManyFragments", Read([.. Frame(1, "a", fin: false), .. Frame(0, "b", fin: false), .. Frame(0, "c", fin: false), .. Frame(0, "d")], limits: s_small));
    }

    [Fact]
    public void Empty_fragments_are_counted() =>
        Assert.Equal("WebSocketTooManyFragments", Read([.. Frame(1, "", fin: false), .. Frame(0, "", fin: false), .. Frame(0, "", fin: false), .. Frame(0, "")], limits: s_small));

    [Fact]
    public void Control_frames_are_no_fragments() =>
        Assert.Equal("Ping: Ping: Ping: Ping: Text:a", Read([.. Frame(1, "a", fin: false), .. Frame(9, ""), .. Frame(9, ""), .. Frame(9, ""), .. Frame(9, ""), .. Frame(0, "")], limits: s_small));

    [Fact]
    public void The_default_limits_hold_on_both_sides()
    {
        Assert.Equal((1_000_000, 1024), (WebSocketLimits.Default.MaxMessageBytes, WebSocketLimits.Default.MaxFragments));
        byte[] most = [.. Frame(2, "", fin: false), .. Enumerable.Repeat(Frame(0, "", fin: false), 1022).SelectMany(frame => frame)];
        Assert.Equal("Binary:", Read([.. most, .. Frame(0, "")], [most.Length, most.Length + 6]));
        Assert.Equal("WebSocketTooManyFragments", Read([.. most, .. Frame(0, "", fin: false), .. Frame(0, "")], [most.Length + 12]));
    }

    [Fact]
    public void Limits_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketLimits { MaxMessageBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketLimits { MaxMessageBytes = int.MaxValue });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketLimits { MaxFragments = 0 });
    }

    [Fact]
    public void A_huge_message_in_a_hundred_thousand_fragments_costs_linear_memory()
    {
        const int Count = 100_000;
        const int Size = 64 * 1024 * 1024 / Count;
        WebSocketDecoder decoder = new(WebSocketRole.Server, new() { MaxMessageBytes = 64 * 1024 * 1024, MaxFragments = Count });
        var payload = new byte[Size];
        var first = Frame(2, payload, fin: false);
        var middle = Frame(0, payload, fin: false);
        var last = Frame(0, payload);
        var work = new byte[first.Length];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var length = -1;
        for (var i = 0; i < Count; i++)
        {
            (i == 0 ? first : i == Count - 1 ? last : middle).CopyTo(work, 0);
            Span<byte> input = work;
            if (decoder.Read(ref input, out var message) == WebSocketReadStatus.Message)
            {
                length = message.Payload.Length;
            }
        }

        // Doubling: all arrays together are less than four times the message, and one byte is copied less than twice.
        Assert.Equal(Count * Size, length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 4L * Count * Size);
        Assert.False(decoder.HoldsBuffer);
    }
}
