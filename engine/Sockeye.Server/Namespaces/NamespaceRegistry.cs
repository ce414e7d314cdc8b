using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Common;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Namespaces;

/// <summary>The namespaces of one server by name: those the application named, and those that clients found by a pattern or predicate.</summary>
/// <remarks>It owns the namespaces. Any thread. Lives as long as the server. The latter are kept while they have clients, or something is registered or set on them alone; of the others the last <see cref="MaxIdle"/> are kept as well, so
/// that names made up by clients, or asked for once by the application, cost bounded memory. One that is forgotten while the application holds it is the same again
/// when its name is asked for.</remarks>
internal sealed partial class NamespaceRegistry
{
    /// <summary>Empty namespaces of patterns and predicates that are kept.</summary>
    public const int MaxIdle = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServerNamespace> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<ServerNamespace> _idle = new();       // without clients, the longest idle first
    private readonly LinkedList<ServerNamespace> _kept = new();       // without clients and old, but configured when last looked at
    private readonly Dictionary<string, WeakReference<ServerNamespace>> _forgotten = new(StringComparer.Ordinal);
    private int _purgeAt = MaxIdle;
    private ParentNamespace[] _parents = [];

    public NamespaceRegistry(ServerContext server)
    {
        Server = server;
        Main = new ServerNamespace(this, "/", server.MainHandlers, null) { IsNamed = true };
        _byName.Add(Main.Name, Main);
        server.MainSets = () => Main.HandlerSets;
    }

    public ServerContext Server { get; }

    /// <summary>The other servers of a cluster; null: this one stands alone. Set before anything is named.</summary>
    public NodeLinks? Nodes { get; set; }

    /// <summary>The namespace <c>/</c>.</summary>
    public ServerNamespace Main { get; }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byName.Count;
            }
        }
    }

    /// <summary>What <see cref="SockeyeServer.Of(string)"/> returns.</summary>
    public SockeyeNamespace Of(string nameOrPattern)
    {
        var name = Checked(nameOrPattern);
        lock (_lock)
        {
            switch (Name(name))
            {
                case ParentNamespace parent:
                    parent.IsNamed = true;
                    return parent;
                case ServerNamespace nsp:
                    nsp.IsNamed = true;
                    return nsp;
                case var other:
                    return other;
            }
        }
    }

    /// <summary>What <see cref="SockeyeServer.FindNamespace"/> returns. One that was forgotten is not there, whoever still holds it: the collector must not decide.</summary>
    public SockeyeNamespace? Find(string nameOrPattern)
    {
        var name = WithSlash(nameOrPattern);
        lock (_lock)
        {
            return ParentNamespace.IsPattern(name)
                ? Array.Find(_parents, parent => parent.Name == name && parent.IsOpen)
                : _byName.GetValueOrDefault(name) is { } found && (found.IsOpen || found.LocalCount > 0) ? found : null;
        }
    }

    /// <summary>What <see cref="SockeyeServer.Of(Func{string, AuthPayload, bool})"/> returns.</summary>
    public ParentNamespace Of(Func<string, AuthPayload, bool> accepts)
    {
        lock (_lock)
        {
            return AddParent(new ParentNamespace(this, accepts) { IsNamed = true });
        }
    }

    /// <summary>The namespace that a client asks for, held for it until <see cref="Release"/>; null if there is none.</summary>
    public ServerNamespace? Acquire(ReadOnlySpan<byte> nameUtf8, AuthPayload auth)
    {
        if (nameUtf8.SequenceEqual(Main.NameUtf8))
        {
            return Main;
        }

        var name = Encoding.UTF8.GetString(nameUtf8);
        ParentNamespace[] parents;
        lock (_lock)
        {
            if (_byName.TryGetValue(name, out var found) && found.IsOpen)
            {
                Hold(found);
                return found;
            }

            parents = Array.TrueForAll(_parents, static parent => parent.IsOpen) ? _parents : Array.FindAll(_parents, static parent => parent.IsOpen);
        }

        // Whether a forgotten one is let in is asked again, as if it were new: a predicate may have changed its mind.
        // Outside the lock: a predicate is code of the application.
        foreach (var parent in parents)
        {
            if (Accepts(parent, name, auth))
            {
                lock (_lock)
                {
                    if (!_byName.TryGetValue(name, out var child) && (child = Recall(name)) is null)
                    {
                        child = Make(name, parent);
                    }
                    else if (!child.IsOpen)
                    {
                        // Its own pattern has gone with a plugin, and another one takes it.
                        Adopt(child, parent);
                    }

                    Hold(child);
                    return child;
                }
            }
        }

        return null;
    }

    /// <summary>A client that held the namespace is gone.</summary>
    public void Release(ServerNamespace nsp)
    {
        if (!nsp.IsCounted)
        {
            return;
        }

        lock (_lock)
        {
            if (--nsp.Holders == 0)
            {
                Rest(nsp);
            }
        }
    }

    /// <summary>Something was registered or set on a namespace: it is kept, even if it had been forgotten.</summary>
    public void Remember(ServerNamespace nsp)
    {
        if (!nsp.IsCounted)
        {
            return;
        }

        lock (_lock)
        {
            if (_byName.TryAdd(nsp.Name, nsp))
            {
                _forgotten.Remove(nsp.Name);
                Refresh(nsp);
                Rest(nsp);
            }
        }
    }

    public ServerNamespace[] ChildrenOf(ParentNamespace parent)
    {
        lock (_lock)
        {
            return [.. _byName.Values.Where(nsp => nsp.Parent == parent)];
        }
    }

    /// <summary>The sockets whose handlers run or await.</summary>
    public List<ServerSocket> Handling() =>
        [.. All().SelectMany(static nsp => nsp.Members.All()).Where(static socket => socket.HasHandlersRunning)];

    /// <summary>Shows the sockets that are there to the hooks of plugins that have come since. Any thread, after <see cref="ServerContext.ReplaceHooks"/>.</summary>
    public void ShowToHooks()
    {
        if (Server.Hooks.Existing.Length == 0)
        {
            return;
        }

        ExistingWalk.Start(All().SelectMany(static nsp => nsp.Members.All()));
    }

    /// <summary>The loops have ended: broadcasts that still wait for room are not sent.</summary>
    public void AbandonAwaited()
    {
        foreach (var nsp in All())
        {
            nsp.Groups.Awaited.Abandon();
        }
    }

    /// <summary>A namespace or pattern other than one, in which somebody listens to an event; null: none.</summary>
    public string? OtherWith(ServerNamespace than, ReadOnlySpan<byte> nameUtf8, bool isNumeric)
    {
        lock (_lock)
        {
            foreach (var parent in _parents)
            {
                if (parent != than.Parent && parent.Name.Length > 0 && parent.Handlers.Events.Find(nameUtf8, isNumeric) is not null)
                {
                    return parent.Name;
                }
            }

            foreach (var nsp in _byName.Values)
            {
                if (nsp != than && nsp.Parent is null && nsp.Listens(nameUtf8, isNumeric))
                {
                    return nsp.Name;
                }
            }
        }

        return null;
    }

    /// <summary>What may be meant by a namespace that does not exist: words for the end of a line.</summary>
    public string HintFor(string name)
    {
        string[] known;
        lock (_lock)
        {
            known = [.. _byName.Values.Where(static nsp => nsp.Parent is null && nsp.IsOpen).Select(static nsp => nsp.Name)];
        }

        return NearName.Find(name, known) is { Length: > 1 } near ? $"; is \"{LogText.Escape(near)}\" meant?"
            : _parents.Length > 0 ? "; no pattern and no predicate takes it either"
            : $": server.Of(\"{LogText.Escape(name)}\") makes it";
    }

    /// <summary>The name as it is known here.</summary>
    /// <exception cref="ArgumentException">No client could ask for it.</exception>
    private string Checked(string nameOrPattern)
    {
        var name = WithSlash(nameOrPattern);
        return Encoding.UTF8.GetByteCount(name) > Server.PacketLimits.MaxNamespaceBytes || name.AsSpan().ContainsAny(",?\0")
            ? throw new ArgumentException($"The name of a namespace has at most {Server.PacketLimits.MaxNamespaceBytes} bytes and no comma, question mark or NUL.", nameof(nameOrPattern))
            : name;
    }

    /// <summary>The namespace or pattern of a name, made if it is not there. Lock.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isCounted">Whether one that no pattern takes may go again, with the plugin that has named it.</param>
    private SockeyeNamespace Name(string name, bool isCounted = false)
    {
        if (ParentNamespace.IsPattern(name))
        {
            return Array.Find(_parents, parent => parent.Name == name) ?? AddParent(new ParentNamespace(this, name));
        }

        if (_byName.TryGetValue(name, out var found))
        {
            return found;
        }

        if (Recall(name) is { } recalled)
        {
            Rest(recalled);
            return recalled;
        }

        if (Array.Find(_parents, parent => parent.IsOpen && parent.Accepts(name)) is { } match)
        {
            var child = Make(name, match);
            Rest(child);
            return child;
        }

        return Make(name, null, isCounted);
    }

    /// <summary>Lock.</summary>
    private ServerNamespace Make(string name, ParentNamespace? parent, bool isCounted = true)
    {
        var made = new ServerNamespace(this, name, null, parent) { IsCounted = isCounted };
        _byName.Add(name, made);
        if (_plugins.Length > 0)
        {
            Refresh(made);
        }

        return made;
    }

    private static string WithSlash(string name) => name.StartsWith('/') ? name : "/" + name;

    private ParentNamespace AddParent(ParentNamespace parent)
    {
        Volatile.Write(ref _parents, [.. _parents, parent]);
        Nodes?.Listen(parent);
        return parent;
    }

    private bool Accepts(ParentNamespace parent, string name, AuthPayload auth)
    {
        try
        {
            return parent.Accepts(name, auth);
        }
#pragma warning disable CA1031 // A predicate that fails accepts nothing: logged and counted.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Server.Metrics.HandlerFailed(HandlerKind.Admission);
            Server.Log.ListenerFailed(HandlerKind.Admission, "The predicate of Of", name, failure);
            return false;
        }
    }

    private static void Hold(ServerNamespace nsp)
    {
        if (!nsp.IsCounted)
        {
            return;
        }

        nsp.Holders++;
        if (nsp.IdleNode is { } node)
        {
            node.List!.Remove(node);
            nsp.IdleNode = null;
        }
    }

    /// <summary>A namespace that was forgotten and that somebody still holds.</summary>
    private ServerNamespace? Recall(string name)
    {
        if (!_forgotten.Remove(name, out var reference) || !reference.TryGetTarget(out var nsp))
        {
            return null;
        }

        _byName.Add(name, nsp);
        Refresh(nsp);
        return nsp;
    }

    /// <summary>No client is in it: it may be forgotten, unless the application registered something on it alone.</summary>
    private void Rest(ServerNamespace nsp)
    {
        if (nsp.IsKept)
        {
            return;
        }

        nsp.IdleNode = _idle.AddLast(nsp);

        // One of those that were configured is looked at again each time, so that what is registered no more does not stay.
        if (_kept.First is { } kept)
        {
            _kept.RemoveFirst();
            (kept.Value.IsConfigured ? _kept : _idle).AddLast(kept);
        }

        while (_idle.Count > MaxIdle)
        {
            var oldest = _idle.First!;
            _idle.RemoveFirst();
            if (oldest.Value.IsConfigured)
            {
                _kept.AddLast(oldest);
            }
            else
            {
                oldest.Value.IdleNode = null;
                Forget(oldest.Value);
            }
        }
    }

    /// <summary>The registry lets go; the name still leads to the same object as long as the application holds it, which the collector knows.</summary>
    private void Forget(ServerNamespace nsp)
    {
        _byName.Remove(nsp.Name);
        _forgotten[nsp.Name] = new WeakReference<ServerNamespace>(nsp);
        if (_forgotten.Count > _purgeAt)
        {
            foreach (var (name, reference) in _forgotten)
            {
                if (!reference.TryGetTarget(out _))
                {
                    _forgotten.Remove(name);
                }
            }

            _purgeAt = Math.Max(MaxIdle, 2 * _forgotten.Count);
        }
    }
}
