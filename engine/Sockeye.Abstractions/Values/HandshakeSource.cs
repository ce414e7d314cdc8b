namespace Sockeye.Abstractions.Values;

/// <summary>The request behind a handshake, as the engine keeps it.</summary>
internal abstract class HandshakeSource
{
    public abstract DateTimeOffset IssuedAt { get; }

    public abstract string Address { get; }

    public abstract bool IsSecure { get; }

    public abstract string Url { get; }

    public abstract IReadOnlyDictionary<string, string> Headers { get; }

    public abstract IReadOnlyDictionary<string, string> QueryValues { get; }

    public abstract IReadOnlyDictionary<string, object?> Items { get; }

    public abstract string? Header(string name);

    public abstract string? Query(string name);
}
