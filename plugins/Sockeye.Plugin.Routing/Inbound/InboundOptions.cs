using Sockeye.Cluster;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>A way in, as the configuration has it: what comes by it becomes an event to a room, a user or a namespace. Does not change; two are equal if all of it is.</summary>
internal sealed record InboundOptions
{
    /// <summary>Bytes of one request or message that may be asked for: 1 MiB (NATS).</summary>
    public const int LargestBody = 1024 * 1024;

    /// <summary>The subject of the plugin's bus that it is read from; null: it comes as HTTP POST to <c>in/&lt;name&gt;</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>Of all nodes with one group one takes each message; null: the name of the way in.</summary>
    public string? Group { get; init; }

    /// <summary>Keys of the signatures of requests: one, or two while they change.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>How far the timestamp of a request may be from the server's clock, either way: 5 minutes (Standard Webhooks).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes of a request or a message: 65,536 (own, that of routes of plugins).</summary>
    public int MaxBodyBytes { get; init; } = 65536;

    /// <summary>The namespace.</summary>
    public string Namespace { get; init; } = "/";

    /// <summary>The room, with <c>{field}</c> for fields of the body; null: none.</summary>
    public string? Room { get; init; }

    /// <summary>The subject of the user, with <c>{field}</c> for fields of the body; null: none. With neither it goes to the whole namespace.</summary>
    public string? User { get; init; }

    /// <summary>The name of the event; null: the body says it in <c>event</c>.</summary>
    public string? Event { get; init; }

    /// <summary>The body itself, whatever it is, is the one argument; else its field <c>arguments</c> has them.</summary>
    public bool IsData { get; init; }

    /// <inheritdoc />
    public bool Equals(InboundOptions? other) =>
        other is not null && Subject == other.Subject && Group == other.Group && Secrets.SequenceEqual(other.Secrets, StringComparer.Ordinal) && Window == other.Window
        && MaxBodyBytes == other.MaxBodyBytes && Namespace == other.Namespace && Room == other.Room && User == other.User && Event == other.Event && IsData == other.IsData;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Subject, Namespace, Room, User, Event);

    /// <summary>Where it goes, and no secret.</summary>
    public override string ToString() => $"{(Subject is null ? "HTTP" : "bus")} to {Namespace}";

    /// <summary>What is wrong with it: the key, and the fault in words without secrets.</summary>
    public IEnumerable<(string Key, string Fault)> Check()
    {
        if (Subject is null)
        {
            if (Secrets.Count is 0 or > 2)
            {
                yield return (nameof(Secrets), Secrets.Count == 0 ? "an HTTP way in has a secret" : "at most two, the new one and the old one");
            }

            foreach (var fault in Secrets.Select(secret => WebhookSignature.TryReadKey(secret, out _)).OfType<string>())
            {
                yield return (nameof(Secrets), fault);
            }

            if (Group is not null)
            {
                yield return (nameof(Group), "a group belongs to a subject");
            }
        }
        else
        {
            if (!BusSubject.IsValidPattern(Subject))
            {
                yield return (nameof(Subject), "a subject is tokens of visible ASCII joined by dots; * stands for one token, a last > for all that follow");
            }

            if (Secrets.Count > 0)
            {
                yield return (nameof(Secrets), "messages of the bus are not signed");
            }

            if (Group is not null && !BusSubject.IsValid(Group))
            {
                yield return (nameof(Group), "a group is visible ASCII without * and >");
            }
        }

        if (Window < TimeSpan.FromSeconds(1) || Window > TimeSpan.FromHours(1))
        {
            yield return (nameof(Window), "it is between 1 and 3600 seconds");
        }

        if (MaxBodyBytes is < 64 or > LargestBody)
        {
            yield return (nameof(MaxBodyBytes), $"it is between 64 and {LargestBody}");
        }

        if (Room is not null && User is not null)
        {
            yield return (nameof(Room), "a room or a user, not both");
        }

        foreach (var (key, text) in new[] { (nameof(Room), Room), (nameof(User), User) })
        {
            if (text is not null && InboundTarget.Fault(text) is { } fault)
            {
                yield return (key, fault);
            }
        }

        if (IsData && Event is null)
        {
            yield return (nameof(Event), "where the body is the argument, the event is named here");
        }

        if (Event is not null && InboundTarget.EventFault(Event) is { } eventFault)
        {
            yield return (nameof(Event), eventFault);
        }
    }
}
