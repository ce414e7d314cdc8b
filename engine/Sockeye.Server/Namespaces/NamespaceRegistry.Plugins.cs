using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye.Server.Namespaces;

/// <content>What plugins have registered: which of it is in force, and which namespaces are there because of it.</content>
internal sealed partial class NamespaceRegistry
{
    private PluginSets[] _plugins = [];

    /// <summary>What a plugin's server returns from <see cref="SockeyeServer.Of(string)"/>. Clients find it from when the generation is in force, and as long as a generation that has asked for it is.</summary>
    /// <exception cref="ArgumentException">No client could ask for the name.</exception>
    public SockeyeNamespace Of(PluginSets sets, string nameOrPattern)
    {
        var name = Checked(nameOrPattern);
        lock (_lock)
        {
            var found = Name(name, isCounted: true);
            var namers = found is ParentNamespace parent ? parent.Namers : ((ServerNamespace)found).Namers;
            if (!sets.IsOver && !namers.Contains(sets))
            {
                namers.Add(sets);
            }

            return found;
        }
    }

    /// <summary>What a plugin's server returns for a predicate: the one that its generation before has added in the same place, if there is one, with its sockets.</summary>
    public ParentNamespace Of(PluginSets sets, Func<string, AuthPayload, bool> accepts)
    {
        lock (_lock)
        {
            var key = sets.KeyOf(sets.Predicates.Count);
            var parent = Array.Find(_parents, parent => parent.Key == key);
            if (sets.IsOver)
            {
                return parent ?? new ParentNamespace(this, null, key);
            }

            parent ??= AddParent(new ParentNamespace(this, null, key));
            parent.Namers.Add(sets);
            sets.Predicates.Add(accepts);
            if (sets.IsInForce)
            {
                parent.Accept(accepts);
            }

            return parent;
        }
    }

    /// <summary>What a generation has registered on a namespace, pattern or predicate of its own: the place for more.</summary>
    /// <param name="sets">The generation's.</param>
    /// <param name="target">A namespace, pattern or predicate.</param>
    public NamespaceHandlers HandlersOf(PluginSets sets, SockeyeNamespace target)
    {
        var key = target is ParentNamespace parent ? parent.Key : target.Name;
        lock (_lock)
        {
            if (!sets.ByKey.TryGetValue(key, out var handlers))
            {
                handlers = new NamespaceHandlers((name, count) => Server.Log.Registered(target.Name.Length == 0 ? "namespaces of a predicate" : target.Name, name, count), sets.Calls);
                if (!sets.IsOver)
                {
                    sets.ByKey.Add(key, handlers);
                    if (sets.IsInForce)
                    {
                        RefreshAll(target);
                    }
                }
            }

            return handlers;
        }
    }

    /// <summary>These are in force from now on, and no others: each event sees what was before, or what is now, in each plugin.</summary>
    /// <param name="plugins">Those of all generations that run, in the order of the plugins.</param>
    public void Replace(PluginSets[] plugins)
    {
        lock (_lock)
        {
            var before = _plugins;
            _plugins = plugins;
            foreach (var sets in before)
            {
                sets.IsInForce = false;
            }

            foreach (var sets in plugins)
            {
                sets.IsInForce = true;
                for (var i = 0; i < sets.Predicates.Count; i++)
                {
                    var key = sets.KeyOf(i);
                    Array.Find(_parents, parent => parent.Key == key)?.Accept(sets.Predicates[i]);
                }
            }

            RefreshAll(null);
        }
    }

    /// <summary>A generation has ended, or has never begun: what is there because of it alone goes. Sockets that are there stay.</summary>
    public void Remove(PluginSets sets)
    {
        lock (_lock)
        {
            sets.IsOver = true;
            sets.ByKey.Clear();
            sets.Predicates.Clear();
            foreach (var parent in _parents)
            {
                if (parent.Namers.Remove(sets) && !parent.IsNamed && parent.Namers.Count == 0)
                {
                    parent.Accept(null);
                }
            }

            if (Array.Exists(_parents, static parent => !parent.IsNamed && parent.Namers.Count == 0))
            {
                Volatile.Write(ref _parents, Array.FindAll(_parents, static parent => parent.IsNamed || parent.Namers.Count > 0));
            }

            foreach (var nsp in _byName.Values.ToArray())
            {
                if (nsp.Namers.Remove(sets) && nsp.IsCounted && nsp.Holders == 0 && nsp.IdleNode is null)
                {
                    Rest(nsp);
                }
            }
        }
    }

    /// <summary>All namespaces that are there.</summary>
    public ServerNamespace[] All()
    {
        lock (_lock)
        {
            return [.. _byName.Values];
        }
    }

    /// <summary>A namespace of no pattern any more is one of this. Lock.</summary>
    private void Adopt(ServerNamespace nsp, ParentNamespace parent) => nsp.Replace(Of(nsp, parent), parent);

    /// <param name="changed">The namespace, pattern or predicate on which a plugin has registered something; null: on any.</param>
    private void RefreshAll(SockeyeNamespace? changed)
    {
        foreach (var nsp in _byName.Values)
        {
            if (changed is null || nsp == changed || nsp.Parent == changed)
            {
                Refresh(nsp);
            }
        }
    }

    /// <summary>The table of a namespace is what it is to be. Lock.</summary>
    private void Refresh(ServerNamespace nsp)
    {
        var sets = Of(nsp, nsp.Parent);
        if (!sets.AsSpan().SequenceEqual(nsp.Table.Plugins))
        {
            nsp.Replace(sets, nsp.Parent);
        }
    }

    /// <summary>What plugins have registered for a namespace: of each first what is for its pattern or predicate. Lock.</summary>
    private NamespaceHandlers[] Of(ServerNamespace nsp, ParentNamespace? parent)
    {
        if (_plugins.Length == 0)
        {
            return [];
        }

        List<NamespaceHandlers> found = [];
        foreach (var sets in _plugins)
        {
            if (parent is not null && sets.ByKey.TryGetValue(parent.Key, out var common))
            {
                found.Add(common);
            }

            if (sets.ByKey.TryGetValue(nsp.Name, out var own))
            {
                found.Add(own);
            }
        }

        return [.. found];
    }
}
