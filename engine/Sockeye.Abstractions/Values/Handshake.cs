using Sockeye.Abstractions.Values;

namespace Sockeye;

/// <summary>The request that a client came with, and what it sent to enter the namespace. Parsed when asked. May be used from any thread.</summary>
public sealed class Handshake
{
    private readonly HandshakeSource _source;

    internal Handshake(HandshakeSource source, AuthPayload auth)
    {
        _source = source;
        Auth = auth;
    }

    /// <summary>What the client sent to enter the namespace.</summary>
    public AuthPayload Auth { get; }

    /// <summary>When the request came.</summary>
    public DateTimeOffset IssuedAt => _source.IssuedAt;

    /// <summary>The peer's address.</summary>
    public string Address => _source.Address;

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsSecure => _source.IsSecure;

    /// <summary>Whether the request names an origin.</summary>
    public bool IsCrossDomain => Header("origin") is not null;

    /// <summary>Path and query of the request, as they came.</summary>
    public string Url => _source.Url;

    /// <summary>All headers, names in lower case; values of one name joined with a comma.</summary>
    public IReadOnlyDictionary<string, string> Headers => _source.Headers;

    /// <summary>All parameters of the query, decoded; of one name the first value. A query behind the name of a namespace is not kept.</summary>
    public IReadOnlyDictionary<string, string> QueryValues => _source.QueryValues;

    /// <summary>What middleware of the engine has attached to the request, such as its user; empty if it has attached nothing.</summary>
    public IReadOnlyDictionary<string, object?> Items => _source.Items;

    /// <summary>A header.</summary>
    /// <param name="name">Its name, in any case.</param>
    /// <returns>Its value, or null.</returns>
    public string? Header(string name) => _source.Header(name);

    /// <summary>A parameter of the query.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Its decoded value, or null.</returns>
    public string? Query(string name) => _source.Query(name);
}
