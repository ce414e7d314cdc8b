using System.Buffers;
using System.Collections.Concurrent;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>The ids that the application has given to sessions, each with the session's own id, which names its loop. It owns that directory.</summary>
/// <remarks>Any thread. Lives as long as its <see cref="EngineServer"/>, an entry as long as its session. It holds as many as there are sessions.</remarks>
internal sealed class CustomIds
{
    /// <summary>16 characters of base64url hold 96 bits, a little more than the 88 that make our own ids unguessable.</summary>
    public const int MinLength = 16;

    /// <summary>Room for two UUIDs or a hash in hex (own).</summary>
    public const int MaxLength = 128;

    // The characters of our own ids, which stand as they are in queries, in cookies and in JSON.
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly ConcurrentDictionary<string, RandomId> _ids = new(StringComparer.Ordinal);

    public static bool IsValid(string? text) => text is { Length: >= MinLength and <= MaxLength } && text.AsSpan().IndexOfAnyExcept(Alphabet) < 0;

    /// <summary>False: another session has it.</summary>
    public bool TryAdd(string text, RandomId id) => _ids.TryAdd(text, id);

    public bool TryFind(string text, out RandomId id)
    {
        id = default;
        return IsValid(text) && _ids.TryGetValue(text, out id);
    }

    public void Remove(string text) => _ids.TryRemove(text, out _);
}
