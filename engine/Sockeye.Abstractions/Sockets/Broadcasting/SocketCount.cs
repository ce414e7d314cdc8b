using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>A number of sockets, and which servers of a cluster did not say theirs. Of a single server it is always complete.</summary>
public readonly struct SocketCount : IEquatable<SocketCount>
{
    private readonly IReadOnlyList<string>? _missingNodes;

    internal SocketCount(int count, IReadOnlyList<string> missingNodes)
    {
        Count = count;
        _missingNodes = missingNodes;
    }

    /// <summary>The sockets of the servers that answered.</summary>
    public int Count { get; }

    /// <summary>Names of the servers whose sockets are not counted, since they did not answer in time. Empty without a cluster.</summary>
    public IReadOnlyList<string> MissingNodes => _missingNodes ?? [];

    /// <summary>Whether every server answered.</summary>
    public bool IsComplete => _missingNodes is not { Count: > 0 };

    /// <summary>Compares.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(SocketCount left, SocketCount right) => left.Equals(right);

    /// <summary>Compares.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(SocketCount left, SocketCount right) => !left.Equals(right);

    /// <summary>The results of several namespaces as one.</summary>
    internal static async Task<SocketCount> SumAsync(Task<SocketCount>[] parts)
    {
        var count = 0;
        var missing = new MissingNodeList();
        foreach (var part in await Task.WhenAll(parts).ConfigureAwait(false))
        {
            count += part.Count;
            missing.Add(part.MissingNodes);
        }

        return new SocketCount(count, missing.ToList());
    }

    /// <inheritdoc />
    public bool Equals(SocketCount other) => Count == other.Count && MissingNodes.SequenceEqual(other.MissingNodes);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is SocketCount other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => Count;

    /// <summary>The number, for logs.</summary>
    public override string ToString() => IsComplete ? $"{Count}" : $"{Count}, without {string.Join(", ", MissingNodes)}";
}
