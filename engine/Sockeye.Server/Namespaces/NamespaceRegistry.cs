using System.Text;

namespace Sockeye;

/// <summary>The namespaces of one server by name: those the application named, and those that clients found by a pattern or predicate.</summary>
/// <remarks>Any thread. The latter are kept while they have clients; of the empty ones the last <see cref="MaxIdle"/> are kept as well, so that names made up
/// by clients, or asked for once by the application, cost bounded memory.</remarks>
internal sealed class NamespaceRegistry
{
    /// <summary>Empty namespaces of patterns and predicates that are kept.</summary>
    public const int MaxIdle = 1024;

    private readonly Lock _lock = new();
    private readonly ServerContext _server;
    private readonly Dictionary<string, ServerNamespace> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<ServerNamespace> _idle = new();
    private ParentNamespace[] _parents = [];

    public NamespaceRegistry(ServerContext server)
    {
        _server = server;
        Main = new ServerNamespace(server, "/");
        _byName.Add(Main.Name, Main);
    }

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
        var name = nameOrPattern.StartsWith('/') ? nameOrPattern : "/" + nameOrPattern;
        if (Encoding.UTF8.GetByteCount(name) > _server.PacketLimits.MaxNamespaceBytes || name.AsSpan().ContainsAny(",?\0"))
        {
            throw new ArgumentException($"The name of a namespace has at most {_server.PacketLimits.MaxNamespaceBytes} bytes and no comma, question mark or NUL.", nameof(nameOrPattern));
        }

        lock (_lock)
        {
            if (ParentNamespace.IsPattern(name))
            {
                return Array.Find(_parents, parent => parent.Name == name) ?? AddParent(new ParentNamespace(_server, name));
            }

            if (_byName.TryGetValue(name, out var found))
            {
                return found;
            }

            if (Array.Find(_parents, parent => parent.Accepts(name)) is { } match)
            {
                var child = new ServerNamespace(_server, name, match);
                _byName.Add(name, child);
                Rest(child);
                return child;
            }

            var made = new ServerNamespace(_server, name);
            _byName.Add(name, made);
            return made;
        }
    }

    /// <summary>What <see cref="SockeyeServer.Of(Func{string, AuthPayload, bool})"/> returns.</summary>
    public ParentNamespace Of(Func<string, AuthPayload, bool> accepts)
    {
        lock (_lock)
        {
            return AddParent(new ParentNamespace(_server, accepts));
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
        lock (_lock)
        {
            if (_byName.TryGetValue(name, out var found))
            {
                Hold(found);
                return found;
            }
        }

        // Outside the lock: a predicate is code of the application.
        foreach (var parent in Volatile.Read(ref _parents))
        {
            if (Accepts(parent, name, auth))
            {
                lock (_lock)
                {
                    if (!_byName.TryGetValue(name, out var child))
                    {
                        _byName.Add(name, child = new ServerNamespace(_server, name, parent));
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
        if (nsp.Parent is null)
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

    public ServerNamespace[] ChildrenOf(ParentNamespace parent)
    {
        lock (_lock)
        {
            return [.. _byName.Values.Where(nsp => nsp.Parent == parent)];
        }
    }

    /// <summary>The loops have ended: broadcasts that still wait for room are not sent.</summary>
    public void AbandonAwaited()
    {
        ServerNamespace[] all;
        lock (_lock)
        {
            all = [.. _byName.Values];
        }

        foreach (var nsp in all)
        {
            nsp.State.Awaited.Abandon();
        }
    }

    private ParentNamespace AddParent(ParentNamespace parent)
    {
        Volatile.Write(ref _parents, [.. _parents, parent]);
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
            _server.Metrics.HandlerFailed(HandlerKind.Admission);
            _server.Log.HandlerFailed(HandlerKind.Admission, name, nameof(SockeyeServer.Of), null, failure);
            return false;
        }
    }

    private void Hold(ServerNamespace nsp)
    {
        if (nsp.Parent is null)
        {
            return;
        }

        nsp.Holders++;
        if (nsp.IdleNode is { } node)
        {
            _idle.Remove(node);
            nsp.IdleNode = null;
        }
    }

    /// <summary>Nobody holds it: it may be forgotten, unless the application registered something on it alone.</summary>
    private void Rest(ServerNamespace nsp)
    {
        nsp.IdleNode = _idle.AddLast(nsp);
        while (_idle.Count > MaxIdle)
        {
            var oldest = _idle.First!.Value;
            _idle.RemoveFirst();
            oldest.IdleNode = null;
            if (!oldest.IsConfigured)
            {
                _byName.Remove(oldest.Name);
            }
        }
    }
}
