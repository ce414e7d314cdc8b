using System.Buffers.Binary;
using System.Numerics;
using Sockeye.Host.Playground;

namespace Sockeye.Host.Tests.Playground;

public sealed class PoolTests
{
    private static readonly TimeSpan Step = PlaygroundTest.Tick;
    private readonly Pool _pool = new();

    [Fact]
    public void A_fish_swims_to_where_its_owner_leads_it_and_stays_there()
    {
        var fish = new Fish(100, isWild: false);
        _pool.Add(fish);
        foreach (var place in new[] { new Vector2(1500, 40), new Vector2(20, 590) })
        {
            _pool.Steer(fish, place);
            Run(300);
            Assert.True(Vector2.Distance(place, fish.Position) < 4, $"{fish.Position}");
        }
    }

    [Fact]
    public void Nothing_leaves_the_pool()
    {
        var fish = new Fish(100, isWild: false);
        _pool.Add(fish);
        _pool.Steer(fish, new Vector2(1e30f, -1e30f));
        _pool.Feed(new Vector2(float.MaxValue, 0));
        for (var i = 0; i < 1000; i++)
        {
            _pool.Step(i % 100 == 0 ? TimeSpan.FromHours(1) : Step); // a loop that was held up for long
            Assert.All(_pool.Fish, one => Assert.True(Vector2.Clamp(one.Position, Vector2.Zero, Pool.Size) == one.Position));
        }
    }

    [Fact]
    public void The_school_swims_together_and_not_into_each_other()
    {
        Run(900);
        var wild = _pool.Fish.Where(fish => fish.IsWild).ToArray();
        Assert.Equal(Pool.School, wild.Length);
        var nearest = wild.Select(fish => wild.Where(other => other != fish).Min(other => Vector2.Distance(fish.Position, other.Position))).Order().ToArray();
        Assert.InRange(nearest[nearest.Length / 2], 15, 190);
    }

    [Fact]
    public void Food_is_eaten_or_gone_after_12_seconds_and_never_more_than_40_bites()
    {
        for (var i = 0; i < 100; i++)
        {
            _pool.Feed(new Vector2(800, 300));
            Assert.Equal(Math.Min(i + 1, PlaygroundLimits.Bites), _pool.Bites);
        }

        Run(12 * (int)PlaygroundLimits.TicksPerSecond + 1);
        Assert.Equal(0, _pool.Bites);
    }

    [Fact]
    public void A_frame_has_each_fish_in_eight_bytes_and_each_bite_in_four()
    {
        var fish = new Fish(4711, isWild: false);
        _pool.Add(fish);
        _pool.Feed(new Vector2(12, 34));
        var frame = _pool.Write(70_000);
        Assert.Equal(6 + ((Pool.School + 1) * 8) + 4, frame.Length);
        Assert.Equal(70_000u, BinaryPrimitives.ReadUInt32LittleEndian(frame));
        Assert.Equal(Pool.School + 1, frame[4]);
        Assert.Equal(1, frame[5]);
        var last = frame.AsSpan(6 + (Pool.School * 8));
        Assert.Equal(4711, BinaryPrimitives.ReadUInt16LittleEndian(last));
        Assert.Equal((ushort)fish.Position.X, BinaryPrimitives.ReadUInt16LittleEndian(last[2..]));
        Assert.Equal((ushort)fish.Position.Y, BinaryPrimitives.ReadUInt16LittleEndian(last[4..]));
        Assert.Equal(0, last[7]);
        Assert.Equal(12, BinaryPrimitives.ReadUInt16LittleEndian(last[8..]));
    }

    private void Run(int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            _pool.Step(Step);
        }
    }
}
