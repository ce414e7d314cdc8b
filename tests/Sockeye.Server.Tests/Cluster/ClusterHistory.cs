using Sockeye.Cluster;
using Sockeye.Testing;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>What was published in a cluster, what clients heard and what servers told to be missing, and whether that fits: nothing twice, in order for each publisher and room, and nothing lost that was not told.</summary>
/// <remarks>It looks at what clients got and at the gaps alone, never into the tables of the servers.</remarks>
internal sealed class ClusterHistory
{
    private readonly List<Publication> _published = [];
    private readonly Dictionary<SockeyeTestClient, Listener> _listeners = [];
    private readonly List<(int Server, ClusterGap Gap)> _gaps = [];

    /// <summary>A server tells its gaps from now on.</summary>
    public void Watch(int index, SockeyeTestServer server) => server.Server.Cluster!.Gap += gap =>
    {
        lock (_gaps)
        {
            _gaps.Add((index, gap));
        }
    };

    /// <summary>A client listens to a room, for sure from some moment on.</summary>
    public void Joined(SockeyeTestClient client, int server, string room) => _listeners[client] = new Listener(server, room, _published.Count);

    /// <summary>A server has been killed, and its clients with it.</summary>
    public void Forget(int server)
    {
        foreach (var (client, listener) in _listeners)
        {
            if (listener.Server == server)
            {
                _listeners.Remove(client);
            }
        }
    }

    /// <summary>Something is published.</summary>
    public int Publish(int server, string node, string room)
    {
        _published.Add(new Publication(server, node, room));
        return _published.Count - 1;
    }

    /// <summary>What does not fit; empty: all does.</summary>
    public List<string> Check()
    {
        List<string> faults = [];
        Dictionary<(int Server, string Node), HashSet<int>> lost = [];
        foreach (var (client, listener) in _listeners)
        {
            int[] heard = [.. client.Events.Where(static e => e.Name == "say").Select(static e => e.Get<int>())];
            foreach (var twice in heard.GroupBy(static number => number).Where(static group => group.Count() > 1))
            {
                faults.Add($"a client of server {listener.Server} heard {twice.Key} {twice.Count()} times");
            }

            foreach (var one in heard.GroupBy(number => (_published[number].Server, _published[number].Room)))
            {
                if (!one.SequenceEqual(one.Order()))
                {
                    faults.Add($"a client of server {listener.Server} heard {one.Key} as {string.Join(' ', one)}");
                }
            }

            var known = heard.ToHashSet();
            for (var number = listener.From; number < _published.Count; number++)
            {
                if (_published[number].Room != listener.Room || known.Contains(number))
                {
                    continue;
                }

                if (_published[number].Server == listener.Server)
                {
                    faults.Add($"a client of server {listener.Server} did not hear {number} of its own server");
                    continue;
                }

                var key = (listener.Server, _published[number].Node);
                (lost.TryGetValue(key, out var numbers) ? numbers : lost[key] = []).Add(number);
            }
        }

        (int Server, ClusterGap Gap)[] gaps;
        lock (_gaps)
        {
            gaps = [.. _gaps];
        }

        foreach (var ((server, node), numbers) in lost)
        {
            ClusterGap[] told = [.. gaps.Where(gap => gap.Server == server && (gap.Gap.Node is null || gap.Gap.Node == node)).Select(gap => gap.Gap)];
            if (!told.Any(static gap => gap.Missing == 0) && told.Sum(static gap => gap.Missing) < numbers.Count)
            {
                faults.Add($"server {server} lost {numbers.Count} messages of {node} ({string.Join(' ', numbers.Order().Take(5))}…) and told of {told.Sum(static gap => gap.Missing)}");
            }
        }

        return faults;
    }

    private sealed record Publication(int Server, string Node, string Room);

    private sealed record Listener(int Server, string Room, int From);
}
