using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye.Server.Namespaces;

/// <summary>A pattern or a predicate: the handlers of all namespaces that it accepts, each of which is made when its first client comes.</summary>
/// <remarks>It owns their common handlers and settings; the namespaces belong to the registry. Any thread. Lives as long as the server. Emitting to it reaches the sockets of all of them.</remarks>
internal sealed class ParentNamespace : SockeyeNamespace
{
    private readonly NamespaceRegistry _registry;
    private readonly Regex? _pattern;
    private readonly Func<string, AuthPayload, bool>? _accepts;

    /// <summary>A pattern, with parameters in braces: <c>/orders-{id}</c>.</summary>
    public ParentNamespace(NamespaceRegistry registry, string pattern)
    {
        _registry = registry;
        Name = pattern;
        Handlers = new NamespaceHandlers(Registered);
        _pattern = Compile(pattern);
    }

    public ParentNamespace(NamespaceRegistry registry, Func<string, AuthPayload, bool> accepts)
    {
        _registry = registry;
        Name = "";
        Handlers = new NamespaceHandlers(Registered);
        _accepts = accepts;
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <inheritdoc />
    public override int LocalCount => _registry.ChildrenOf(this).Sum(static child => child.LocalCount);

    internal override PayloadCodec Codec => _registry.Server.Codec;

    internal override bool IsOnLoop => _registry.Server.Loops.IsInTurn;

    internal override NamespaceHandlers Handlers { get; }

    public static bool IsPattern(string name) => name.Contains('{', StringComparison.Ordinal);

    /// <summary>Whether a name without a client belongs to it, which only a pattern can say.</summary>
    public bool Accepts(string name) => _pattern is not null && _pattern.IsMatch(name);

    public bool Accepts(string name, AuthPayload auth) => _pattern is not null ? _pattern.IsMatch(name) : _accepts!(name, auth);

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
        var worst = EmitResult.Accepted;
        foreach (var child in _registry.ChildrenOf(this))
        {
            var result = child.BroadcastCore(e, scope, options);
            if (result > worst)
            {
                worst = result;
            }
        }

        return worst;
    }

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken)
    {
        List<Task<EmitResult>> parts = [];
        foreach (var child in _registry.ChildrenOf(this))
        {
            parts.Add(child.BroadcastWhenWritableCore(e, scope, options, cancellationToken));
        }

        return AwaitedParts.Await(this, [.. parts], cancellationToken);
    }

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector)
    {
        // A part of its own, so that the answers of the first child do not complete what the next ones have not begun.
        collector.Begin(1);
        foreach (var child in _registry.ChildrenOf(this))
        {
            child.BroadcastForAckCore(e, scope, options, collector);
        }

        collector.PartDone();
    }

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        List<Task<FetchResult>> parts = [];
        foreach (var child in _registry.ChildrenOf(this))
        {
            parts.Add(child.FetchCore(scope, cancellationToken));
        }

        return FetchResult.MergeAsync([.. parts]);
    }

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        List<Task<SocketCount>> parts = [];
        foreach (var child in _registry.ChildrenOf(this))
        {
            parts.Add(child.CountCore(scope, cancellationToken));
        }

        return SocketCount.SumAsync([.. parts]);
    }

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        collector?.Begin(1);
        foreach (var child in _registry.ChildrenOf(this))
        {
            child.ApplyCore(scope, action, collector);
        }

        collector?.PartDone();
    }

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
