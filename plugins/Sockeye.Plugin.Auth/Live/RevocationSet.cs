using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What was revoked, until it need not be known any more. All members may be called from any thread, and lookups take no lock.</summary>
/// <remarks>The dictionary below is the plugin's kept one: it outlives generations, and two of them may work with it at once while one follows the other.</remarks>
/// <param name="entries">By <see cref="Revocation.Key"/>: until when, and before when. Values are never changed, only replaced.</param>
/// <param name="max">How many there may be.</param>
internal sealed class RevocationSet(ConcurrentDictionary<string, long[]> entries, int max)
{
    /// <summary>How many there may be unless configured: 100,000 (own: some 15 MB).</summary>
    public const int DefaultMax = 100_000;

    public int Count => entries.Count;

    /// <summary>Keeps a revocation, or makes the one that is there hold for both.</summary>
    /// <param name="revocation">The revocation.</param>
    /// <param name="isNew">Whether something holds no more that held before.</param>
    /// <returns>False: there is no room for another one.</returns>
    public bool TryAdd(in Revocation revocation, out bool isNew)
    {
        var key = revocation.Key;
        while (true)
        {
            isNew = false;
            if (!entries.TryGetValue(key, out var held))
            {
                // The limit may be passed by as many as come at the same moment.
                if (entries.Count >= max)
                {
                    return false;
                }

                if (entries.TryAdd(key, [revocation.Until, revocation.Before]))
                {
                    isNew = true;
                    return true;
                }

                continue;
            }

            long[] joined = [Math.Max(held[0], revocation.Until), Math.Max(held[1], revocation.Before)];
            if (joined[0] == held[0] && joined[1] == held[1])
            {
                return true;
            }

            if (entries.TryUpdate(key, joined, held))
            {
                isNew = joined[1] != held[1];
                return true;
            }
        }
    }

    /// <summary>Whether a token, its user or the socket has been revoked.</summary>
    /// <param name="credential">The token.</param>
    /// <param name="socketId">The socket.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public bool Holds(Credential credential, string socketId, long now)
    {
        if (entries.IsEmpty)
        {
            return false;
        }

        return (Find(RevocationKind.User, credential.Identity.Subject, now) is { } user && (credential.IssuedAt is not { } issued || issued <= user[1]))
            || (credential.Tag is { } tag && Find(RevocationKind.Token, tag, now) is not null)
            || (credential.TokenId is { } id && Find(RevocationKind.TokenId, id, now) is not null)
            || Find(RevocationKind.Session, socketId, now) is not null;
    }

    /// <summary>Whether the connection of a socket has been revoked.</summary>
    public bool HoldsSession(string socketId, long now) => !entries.IsEmpty && Find(RevocationKind.Session, socketId, now) is not null;

    /// <summary>Whether one revocation is about a token, its user or the socket.</summary>
    public static bool Matches(in Revocation revocation, Credential credential, string socketId) => revocation.Kind switch
    {
        RevocationKind.User => credential.Identity.Subject == revocation.Value && (credential.IssuedAt is not { } issued || issued <= revocation.Before),
        RevocationKind.Token => credential.Tag == revocation.Value,
        RevocationKind.TokenId => credential.TokenId == revocation.Value,
        _ => socketId == revocation.Value,
    };

    /// <summary>Forgets what need not be known any more.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public void Sweep(long now)
    {
        foreach (var entry in entries)
        {
            if (entry.Value[0] <= now)
            {
                entries.TryRemove(entry);
            }
        }
    }

    /// <summary>Everything that is kept at this moment.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public IEnumerable<Revocation> All(long now)
    {
        foreach (var (key, value) in entries)
        {
            if (value[0] > now && Revocation.TryParse(key, value[0], value[1], out var revocation))
            {
                yield return revocation;
            }
        }
    }

    /// <summary>One number for all that is kept, whatever the order in which it came: two sets with the same one are the same.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public (int Count, ulong Digest) Digest(long now)
    {
        var (count, digest) = (0, 0ul);
        Span<byte> text = stackalloc byte[16 + ((Revocation.MaxValueLength + 2) * 3)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var (key, value) in entries)
        {
            if (value[0] <= now)
            {
                continue;
            }

            BinaryPrimitives.WriteInt64LittleEndian(text, value[0]);
            BinaryPrimitives.WriteInt64LittleEndian(text[8..], value[1]);
            var length = Encoding.UTF8.GetBytes(key, text[16..]);
            SHA256.HashData(text[..(16 + length)], hash);
            digest ^= BinaryPrimitives.ReadUInt64LittleEndian(hash);
            count++;
        }

        return (count, digest);
    }

    private long[]? Find(RevocationKind kind, string value, long now) =>
        entries.TryGetValue(Revocation.KeyOf(kind, value), out var found) && found[0] > now ? found : null;
}
