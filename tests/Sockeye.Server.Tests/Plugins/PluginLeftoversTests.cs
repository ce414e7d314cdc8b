using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Sockeye.Server.Plugins;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Generations that have ended and are still there.</summary>
public sealed class PluginLeftoversTests
{
    [Fact]
    public void One_that_has_ended_a_moment_ago_says_nothing_and_one_that_outlives_collections_does()
    {
        var collections = 7;
        var leftovers = new PluginLeftovers(() => collections);
        var held = new AssemblyLoadContext("held", isCollectible: true);
        leftovers.Add("a", held);
        Assert.Empty(leftovers.Count());
        collections += 2;
        leftovers.Add("a", held);
        leftovers.Add("b", held);
        collections++;
        Assert.Equal(0, leftovers.Count("a"));
        collections++;
        Assert.Equal([("a", 1)], leftovers.Count());
        collections += 2;
        Assert.Equal([("a", 2), ("b", 1)], leftovers.Count());
        Assert.Equal(2, leftovers.Count("a"));
        Assert.Equal(0, leftovers.Count("c"));
        GC.KeepAlive(held);
    }

    [Fact]
    public void One_that_was_collected_is_not_counted()
    {
        var collections = 0;
        var leftovers = new PluginLeftovers(() => collections);
        AddOne(leftovers);
        collections = PluginLeftovers.Collections;
        Assert.Equal(1, leftovers.Count("a"));
        for (var start = Stopwatch.GetTimestamp(); leftovers.Count("a") > 0 && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1);)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Empty(leftovers.Count());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddOne(PluginLeftovers leftovers)
    {
        var context = new AssemblyLoadContext("gone", isCollectible: true);
        leftovers.Add("a", context);
        context.Unload();
    }
}
