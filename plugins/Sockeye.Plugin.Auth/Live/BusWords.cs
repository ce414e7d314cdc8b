using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>The messages between the plugins of several nodes, as JSON with a version: what is written and what is read. Immutable; any thread.</summary>
/// <remarks>Whoever may publish on the bus may send anything: what is malformed, too long or of another version gives null, and the caller counts it. Unknown properties are passed over, so that a later
/// version may add some.</remarks>
internal static class BusWords
{
    /// <summary>Version of the messages.</summary>
    public const int Version = 1;

    /// <summary>Bytes of a message at most: 65,536 (own).</summary>
    public const int MaxBytes = 65_536;

    /// <summary>Revocations in one message at most: 2,048 (own).</summary>
    public const int MaxEntries = 2048;

    /// <summary>Where a part of a set ends.</summary>
    private const int PartBytes = MaxBytes - 4096;

    /// <summary>A revocation.</summary>
    public static byte[] Revoke(string from, in Revocation revocation)
    {
        var entry = revocation;
        return Write(from, writer => WriteEntry(writer, "entry", entry));
    }

    /// <summary>That a node is there, and what its set amounts to.</summary>
    public static byte[] Beat(string from, int count, ulong digest, BeatKind kind) => Write(from, writer =>
    {
        writer.WriteNumber("count", count);
        writer.WriteString("digest", digest.ToString("x16", CultureInfo.InvariantCulture));
        writer.WriteString("kind", kind switch { BeatKind.Hello => "hello", BeatKind.Bye => "bye", _ => "beat" });
    });

    /// <summary>That a node wants the set of another one.</summary>
    public static byte[] Pull(string from) => Write(from, static _ => { });

    /// <summary>A set in parts of which each fits into a message.</summary>
    public static IEnumerable<IReadOnlyList<Revocation>> Parts(IEnumerable<Revocation> all)
    {
        var (part, bytes) = (new List<Revocation>(), 0);
        foreach (var entry in all)
        {
            // Two numbers, and a text of which each character may be written as six.
            var own = 48 + (entry.Value.Length * (entry.Value.All(char.IsAsciiLetterOrDigit) ? 1 : 6));
            if (bytes + own > PartBytes || part.Count == MaxEntries)
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(entry);
            bytes += own;
        }

        yield return part;
    }

    /// <summary>A part of a set.</summary>
    public static byte[] Set(string from, IReadOnlyList<Revocation> entries) => Write(from, writer =>
    {
        writer.WriteStartArray("entries");
        foreach (var entry in entries)
        {
            WriteEntry(writer, null, entry);
        }

        writer.WriteEndArray();
    });

    /// <summary>That a session of a user begins.</summary>
    public static byte[] Claim(string from, in SessionClaim claim)
    {
        var own = claim;
        return Write(from, writer =>
        {
            writer.WriteString("user", own.Subject);
            writer.WriteString("session", own.Session);
            writer.WriteString("device", own.Device);
            writer.WriteNumber("stamp", own.Stamp);
        });
    }

    /// <summary>What a node says to a claim.</summary>
    public static byte[] Answer(string from, string session, long stamp, bool isTaken) => Write(from, writer =>
    {
        writer.WriteString("session", session);
        writer.WriteNumber("stamp", stamp);
        writer.WriteBoolean("taken", isTaken);
    });

    /// <summary>Reads what all messages have.</summary>
    /// <param name="payload">The message.</param>
    /// <param name="from">Who has sent it; empty: it does not say, as tools outside of the cluster.</param>
    /// <returns>Null: it is none. The caller disposes it.</returns>
    public static JsonDocument? Read(in ReadOnlySequence<byte> payload, out string from)
    {
        from = "";
        if (payload.Length > MaxBytes)
        {
            return null;
        }

        if (!StrictJson.TryParse(payload, out var document))
        {
            return null;
        }

        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && Number(root, "v") == Version && (!root.TryGetProperty("from", out _) || Text(root, "from", 64, out from)))
        {
            return document;
        }

        document.Dispose();
        return null;
    }

    public static Revocation? ReadEntry(JsonElement value, long now, long maxUntil)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 3 || value[0].ValueKind != JsonValueKind.String
            || !TryText(value[0], Revocation.MaxValueLength + 2, out var key)
            || value[1].ValueKind != JsonValueKind.Number || !value[1].TryGetInt64(out var until)
            || value[2].ValueKind != JsonValueKind.Number || !value[2].TryGetInt64(out var before))
        {
            return null;
        }

        // What would be kept for ever is cut; what is over already need not be kept at all, and is no mistake.
        return until > now && Revocation.TryParse(key, Math.Min(until, maxUntil), before, out var revocation) ? revocation : null;
    }

    public static SessionClaim? ReadClaim(JsonElement root) =>
        Text(root, "user", SocketIdentity.MaxSubjectLength, out var user) && user.Length > 0 && Text(root, "session", 64, out var session)
        && Text(root, "device", SocketIdentity.MaxSubjectLength, out var device) && Number(root, "stamp") is { } stamp
            ? new SessionClaim(user, session, device, stamp)
            : null;

    public static (string Session, long Stamp, bool IsTaken)? ReadAnswer(JsonElement root) =>
        Text(root, "session", 64, out var session) && Number(root, "stamp") is { } stamp && root.TryGetProperty("taken", out var taken) && taken.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? (session, stamp, root.GetProperty("taken").GetBoolean())
            : null;

    public static (int Count, ulong Digest, BeatKind Kind)? ReadBeat(JsonElement root) =>
        Number(root, "count") is >= 0 and <= int.MaxValue and var count && Text(root, "digest", 16, out var digest)
        && ulong.TryParse(digest, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && Text(root, "kind", 8, out var kind)
            ? ((int)count, number, kind switch { "hello" => BeatKind.Hello, "bye" => BeatKind.Bye, _ => BeatKind.Beat })
            : null;

    public static bool Text(JsonElement root, string name, int max, out string text)
    {
        text = "";
        return root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && TryText(value, max, out text);
    }

    public static long? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    /// <summary>A text that may be a name. One with half a character is none: the reader throws at it.</summary>
    private static bool TryText(JsonElement value, int max, out string text)
    {
        try
        {
            text = value.GetString()!;
            return text.Length <= max;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    private static byte[] Write(string from, Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", Version);
            writer.WriteString("from", from);
            content(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter writer, string? name, in Revocation entry)
    {
        if (name is null)
        {
            writer.WriteStartArray();
        }
        else
        {
            writer.WriteStartArray(name);
        }

        writer.WriteStringValue(entry.Key);
        writer.WriteNumberValue(entry.Until);
        writer.WriteNumberValue(entry.Before);
        writer.WriteEndArray();
    }
}

/// <summary>What a sign of life says.</summary>
internal enum BeatKind
{
    /// <summary>It is there.</summary>
    Beat,

    /// <summary>It has just come.</summary>
    Hello,

    /// <summary>It goes.</summary>
    Bye,
}

/// <summary>A session that wants to be the only one of its user.</summary>
/// <param name="Subject">The user.</param>
/// <param name="Session">The session: a tag of the connection, by which it cannot be found.</param>
/// <param name="Device">What the client is known by when it comes back: <c>sid</c> of its token, or the token's tag.</param>
/// <param name="Stamp">Its place in the order of all sessions.</param>
internal readonly record struct SessionClaim(string Subject, string Session, string Device, long Stamp)
{
    /// <summary>Whether it stands before another one, in the one order that all nodes agree on.</summary>
    public bool IsBefore(in SessionClaim other) => Stamp != other.Stamp ? Stamp < other.Stamp : string.CompareOrdinal(Session, other.Session) < 0;
}
