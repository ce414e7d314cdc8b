using System.Runtime.Loader;

namespace Sockeye.Server.Plugins;

/// <summary>The load contexts of generations that have ended and stay in memory, though the collector has been there. Any thread.</summary>
/// <remarks>It holds none of them. The collector decides when one goes; nothing here makes it run. One that has ended a moment ago is in memory like all that is let go, so that it says nothing: it counts from
/// <see cref="Collections"/> full collections on.</remarks>
/// <param name="collections">Full collections until now.</param>
internal sealed class PluginLeftovers(Func<int> collections)
{
    /// <summary>Full collections that one has to outlive (own): what nobody holds goes with the second or third, since its finalisers lie between.</summary>
    public const int Collections = 4;

    private readonly Lock _lock = new();
    private readonly List<(string Id, WeakReference Context, int From)> _all = [];

    public void Add(string id, AssemblyLoadContext context)
    {
        lock (_lock)
        {
            _all.RemoveAll(static left => !left.Context.IsAlive);
            _all.Add((id, new WeakReference(context, trackResurrection: true), collections() + Collections));
        }
    }

    /// <summary>How many of a plugin are left.</summary>
    public int Count(string id) => Count().FirstOrDefault(left => left.Id == id).Count;

    /// <summary>How many are left of each plugin that has some.</summary>
    public IReadOnlyList<(string Id, int Count)> Count()
    {
        var done = collections();
        lock (_lock)
        {
            return [.. _all.Where(left => left.From <= done && left.Context.IsAlive).GroupBy(static left => left.Id).Select(static left => (left.Key, left.Count()))];
        }
    }
}
