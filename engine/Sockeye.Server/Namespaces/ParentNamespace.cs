using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Namespaces;

/// <summary>A pattern or a predicate: the handlers of all namespaces that it accepts, each of which is made when its first client comes.</summary>
/// <remarks>It owns their common handlers and settings; the namespaces belong to the registry. Any thread. Lives as long as the server. Emitting to it reaches the sockets of all of them.</remarks>
internal sealed class ParentNamespace : SockeyeNamespace
{
    private readonly NamespaceRegistry _registry;
    private readonly Regex? _pattern;
    private PatternLink? _link;
    private volatile Func<string, AuthPayload, bool>? _accepts;

    /// <summary>A pattern, with parameters in braces: <c>/orders-{id}</c>.</summary>
    public ParentNamespace(NamespaceRegistry registry, string pattern)
    {
        _registry = registry;
        Name = Key = pattern;
        Handlers = new NamespaceHandlers(Registered);
        _pattern = Compile(pattern);
    }

    /// <summary>A predicate.</summary>
    /// <param name="registry">Where it is asked.</param>
    /// <param name="accepts">What is asked; null: nobody is taken until <see cref="Accept"/>.</param>
    /// <param name="key">What tells it from others of a plugin; empty: it is one of the application.</param>
    public ParentNamespace(NamespaceRegistry registry, Func<string, AuthPayload, bool>? accepts, string key = "")
    {
        _registry = registry;
        Name = "";
        Key = key;
        Handlers = new NamespaceHandlers(Registered);
        _accepts = accepts;
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <summary>What plugins know it by: the pattern, or the key of their own predicate.</summary>
    public string Key { get; }

    /// <summary>Whether the application has added it. Registry lock.</summary>
    public bool IsNamed { get; set; }

    /// <summary>Generations of plugins that have added it. Registry lock.</summary>
    public List<PluginSets> Namers { get; } = [];

    /// <summary>Whether it takes clients: the application has added it, or a generation that is in force. Registry lock.</summary>
    public bool IsOpen => IsNamed || Namers.Exists(static sets => sets.IsInForce);

    /// <inheritdoc />
    public override int LocalCount => _registry.ChildrenOf(this).Sum(static child => child.LocalCount);

    internal override PayloadCodec Codec => _registry.Server.Codec;

    internal override bool IsOnLoop => _registry.Server.Loops.IsInTurn;

    internal override NamespaceHandlers Handlers { get; }

    public static bool IsPattern(string name) => name.Contains('{', StringComparison.Ordinal);

    /// <summary>Whether a name without a client belongs to it, which only a pattern can say.</summary>
    public bool Accepts(string name) => _pattern is not null && _pattern.IsMatch(name);

    public bool Accepts(string name, AuthPayload auth) => _pattern is not null ? _pattern.IsMatch(name) : _accepts is { } accepts && accepts(name, auth);

    /// <summary>Another predicate takes the place of this one's, or none.</summary>
    public void Accept(Func<string, AuthPayload, bool>? accepts) => _accepts = accepts;

    /// <summary>What a parameter matched in the name of a child.</summary>
    public string? Match(string name, string parameter) => _pattern?.Match(name).Groups[parameter] is { Success: true } group ? group.Value : null;

    /// <inheritdoc />
    public override string? Match(string parameter) => null;

    /// <inheritdoc />
    public override SockeyeSocket? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        foreach (var child in _registry.ChildrenOf(this))
        {
            if (child.Find(id) is { } socket)
            {
                return socket;
            }
        }

        return null;
    }

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options)
    {
        if (!OutgoingHooks.Pass(_registry.Server, this, null, scope, e))
        {
            return EmitResult.Dropped;
        }

        LinkOf(scope)?.Publish(e, scope, options);
        var worst = EmitResult.Accepted;
        var here = Here(scope);
        foreach (var child in _registry.ChildrenOf(this))
        {
            var result = child.Broadcast(e, here, options);
            if (result > worst)
            {
                worst = result;
            }
        }

        return worst;
    }

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken)
    {
        if (!OutgoingHooks.Pass(_registry.Server, this, null, scope, e))
        {
            return EmitResults.Finished(EmitResult.Dropped);
        }

        LinkOf(scope)?.Publish(e, scope, options);
        var here = Here(scope);
        List<Task<EmitResult>> parts = [];
        foreach (var child in _registry.ChildrenOf(this))
        {
            parts.Add(child.BroadcastWhenWritable(e, here, options, cancellationToken));
        }

        return AwaitedParts.Await(this, [.. parts], cancellationToken);
    }

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector)
    {
        if (!OutgoingHooks.Pass(_registry.Server, this, null, scope, e))
        {
            ServerNamespace.Lose(collector);
            return;
        }

        // A part of its own, so that the answers of the first child do not complete what the next ones have not begun.
        collector.Begin(1);
        LinkOf(scope)?.Publish(e, scope, options, collector);
        var here = Here(scope);
        foreach (var child in _registry.ChildrenOf(this))
        {
            child.BroadcastForAck(e, here, options, collector);
        }

        collector.PartDone();
    }

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        List<RemoteSocket> own = [];
        foreach (var child in _registry.ChildrenOf(this))
        {
            own.AddRange(child.FetchHere(scope));
        }

        return LinkOf(scope)?.FetchAsync(scope, own, cancellationToken) ?? Task.FromResult(new FetchResult(own, []));
    }

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        var own = 0;
        foreach (var child in _registry.ChildrenOf(this))
        {
            own += child.CountHere(scope);
        }

        return LinkOf(scope)?.CountAsync(scope, own, cancellationToken) ?? Task.FromResult(new SocketCount(own, []));
    }

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        collector?.Begin(1);
        LinkOf(scope)?.Act(scope, action, collector);
        var here = Here(scope);
        foreach (var child in _registry.ChildrenOf(this))
        {
            child.ApplyCore(here, action, collector);
        }

        collector?.PartDone();
    }

    internal override EmitResult ServerSideEmitCore(EventWriter e) => Name.Length > 0 ? _registry.Nodes?.ServerSideEmit(this, e) ?? EmitResult.Accepted : EmitResult.Accepted;

    internal override Task<ServerAck<T>> ServerSideEmitForAckCore<T>(EventWriter e) => NodeLinks.ServerSideEmitAsync<T>(Name.Length > 0 ? _registry.Nodes : null, this, e);

    /// <summary>Its namespaces on other servers, of which this one may have none. Those of a predicate have no name in common, and stay here.</summary>
    private PatternLink? LinkOf(in BroadcastScope scope) =>
        _registry.Nodes is { } nodes && Name.Length > 0 && !scope.IsLocal && !scope.MatchesNobody ? _link ??= nodes.Of(this) : null;

    private BroadcastScope Here(in BroadcastScope scope) => _registry.Nodes is null ? scope : scope with { IsLocal = true };

    private void Registered(EventName name, int count) => _registry.Server.Log.Registered(Name.Length == 0 ? "namespaces of a predicate" : Name, name, count);

    /// <summary>Literal text and parameters of at least one character other than a slash, in time linear in the name.</summary>
    private static Regex Compile(string pattern)
    {
        var expression = new StringBuilder("\\A");
        for (var rest = pattern.AsSpan(); !rest.IsEmpty;)
        {
            var open = rest.IndexOf('{');
            if (open < 0)
            {
                expression.Append(Regex.Escape(rest.ToString()));
                break;
            }

            var close = rest.IndexOf('}');
            var name = close > open ? rest[(open + 1)..close] : default;
            if (name.IsEmpty || !IsName(name))
            {
                throw new ArgumentException($"\"{pattern}\" is no pattern of namespaces: a parameter is a name of letters in braces, as in \"/orders-{{id}}\".", nameof(pattern));
            }

            expression.Append(Regex.Escape(rest[..open].ToString())).Append("(?<").Append(name).Append(">[^/]+)");
            rest = rest[(close + 1)..];
        }

        return new Regex(expression.Append("\\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetter(c))
            {
                return false;
            }
        }

        return true;
    }
}
