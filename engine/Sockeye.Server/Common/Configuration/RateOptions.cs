using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sockeye;

/// <summary>How many events, and how many bytes of events, clients may send: token buckets for each socket, each user and each name of an event. Plain data, read when the server is created, or takes other options (<see cref="ServerReconfiguration"/>).</summary>
/// <remarks>
/// <para>Null is what <see cref="SockeyeServerOptions.Preset"/> says, which is nothing unless it is <see cref="ServerPreset.Hardened"/>; <see cref="LimitOptions.Unlimited"/> is no limit whatever it says.</para>
/// <para>The bytes of an event are those of its name and arguments as they came, its attachments included. One that is larger than a whole bucket passes when the bucket is full, and is paid for afterwards.</para>
/// </remarks>
public sealed class RateOptions
{
    /// <summary>Names in <see cref="Events"/>, and classes in <see cref="Classes"/>, at most: 256 (own).</summary>
    public const int MaxEntries = 256;

    internal const int MaxRate = 1_000_000_000;
    internal const int MaxBurst = 1 << 30;

    /// <summary>Events of one socket in a second. Default null; hardened 100 (own); 1 to 1,000,000,000, or <see cref="LimitOptions.Unlimited"/>.</summary>
    public int? EventsPerSecond { get; set; }

    /// <summary>Events that one socket may send at once. Default null: twice <see cref="EventsPerSecond"/>; 1 to 2^30.</summary>
    public int? EventBurst { get; set; }

    /// <summary>Bytes of events of one socket in a second. Default null; hardened 1,000,000 (own, as the largest message); 1 to 1,000,000,000, or <see cref="LimitOptions.Unlimited"/>.</summary>
    public int? BytesPerSecond { get; set; }

    /// <summary>Bytes of events that one socket may send at once. Default null: as <see cref="BytesPerSecond"/>; 1 to 2^30.</summary>
    public int? ByteBurst { get; set; }

    /// <summary>Events of one user in one namespace in a second, from all its sockets on this node together: those whose <see cref="SocketIdentity.Subject"/> is the same. Default null; hardened 400 (own, four sockets);
    /// 1 to 1,000,000,000, or <see cref="LimitOptions.Unlimited"/>.</summary>
    public int? UserEventsPerSecond { get; set; }

    /// <summary>Events that one user may send at once. Default null: twice <see cref="UserEventsPerSecond"/>; 1 to 2^30.</summary>
    public int? UserEventBurst { get; set; }

    /// <summary>Bytes of events of one user in one namespace in a second. Default null; hardened 4,000,000 (own, four sockets); 1 to 1,000,000,000, or <see cref="LimitOptions.Unlimited"/>.</summary>
    public int? UserBytesPerSecond { get; set; }

    /// <summary>Bytes of events that one user may send at once. Default null: as <see cref="UserBytesPerSecond"/>; 1 to 2^30.</summary>
    public int? UserByteBurst { get; set; }

    /// <summary>Refused events of one socket in a minute, all of which it may use up at once; with one more it is disconnected, with <see cref="DisconnectReason.RateLimited"/>. Default null: it stays; hardened 1,000 (own);
    /// 1 to 1,000,000,000, or <see cref="LimitOptions.Unlimited"/>.</summary>
    public int? RefusedPerMinute { get; set; }

    /// <summary>Rates of single events for each socket, beside those of all events: <c>chat:message=5</c> is five in a second and ten at once, <c>chat:message=5/20</c> twenty at once. Default: none; at most <see cref="MaxEntries"/>.</summary>
    [SuppressMessage("Usage", "CA2227", Justification = "Bound from configuration.")]
    public IList<string> Events { get; set; } = [];

    /// <summary>Other rates for sockets whose identity has a <see cref="SocketIdentity.RateClass"/>: the class, then what differs, such as <c>gold EventsPerSecond=1000 UserBytesPerSecond=Unlimited</c>.
    /// Any of the eight rates and bursts of sockets and users may stand there. Default: none; at most <see cref="MaxEntries"/>.</summary>
    [SuppressMessage("Usage", "CA2227", Justification = "Bound from configuration.")]
    public IList<string> Classes { get; set; } = [];

    internal bool SaysSameAs(RateOptions other) =>
        (EventsPerSecond, EventBurst, BytesPerSecond, ByteBurst) == (other.EventsPerSecond, other.EventBurst, other.BytesPerSecond, other.ByteBurst)
        && (UserEventsPerSecond, UserEventBurst, UserBytesPerSecond, UserByteBurst) == (other.UserEventsPerSecond, other.UserEventBurst, other.UserBytesPerSecond, other.UserByteBurst)
        && RefusedPerMinute == other.RefusedPerMinute && Events.SequenceEqual(other.Events) && Classes.SequenceEqual(other.Classes);

    /// <summary>All faults, each with its key; empty if there are none.</summary>
    internal IEnumerable<string> Validate()
    {
        List<string> faults = [];
        Check(nameof(EventsPerSecond), EventsPerSecond, isRate: true);
        Check(nameof(BytesPerSecond), BytesPerSecond, isRate: true);
        Check(nameof(UserEventsPerSecond), UserEventsPerSecond, isRate: true);
        Check(nameof(UserBytesPerSecond), UserBytesPerSecond, isRate: true);
        Check(nameof(RefusedPerMinute), RefusedPerMinute, isRate: true);
        Check(nameof(EventBurst), EventBurst, isRate: false);
        Check(nameof(ByteBurst), ByteBurst, isRate: false);
        Check(nameof(UserEventBurst), UserEventBurst, isRate: false);
        Check(nameof(UserByteBurst), UserByteBurst, isRate: false);
        Entries(nameof(Events), Events, text => TryReadEvent(text, out var name, out _, out _) ? name : null, "NAME=RATE or NAME=RATE/BURST, such as chat:message=5/20");
        Entries(nameof(Classes), Classes, text => TryReadClass(text, out var name, out _) ? name : null, "CLASS KEY=NUMBER, such as gold EventsPerSecond=1000, with the keys of the rates and bursts of sockets and users");
        return faults;

        void Check(string key, int? value, bool isRate)
        {
            if (value is { } number && !IsInRange(number, isRate))
            {
                faults.Add($"{key} is {number}; it must be 1 to {(isRate ? $"{MaxRate}, or {nameof(LimitOptions.Unlimited)}" : MaxBurst)}.");
            }
        }

        void Entries(string key, IList<string> entries, Func<string, string?> nameOf, string form)
        {
            HashSet<string> names = new(StringComparer.Ordinal);
            foreach (var entry in entries)
            {
                if (nameOf(entry) is not { } name)
                {
                    faults.Add($"{key}: '{entry}' is not {form}.");
                }
                else if (!names.Add(name))
                {
                    faults.Add($"{key}: '{name}' stands there twice.");
                }
            }

            if (entries.Count > MaxEntries)
            {
                faults.Add($"{key} has {entries.Count} entries; it must be at most {MaxEntries}.");
            }
        }
    }

    /// <summary>Reads an entry of <see cref="Events"/>. The name may have equals signs.</summary>
    internal static bool TryReadEvent(string? text, out string name, out int rate, out int? burst)
    {
        (name, rate, burst) = ("", 0, null);
        var equals = text?.LastIndexOf('=') ?? -1;
        if (equals <= 0)
        {
            return false;
        }

        name = text![..equals].Trim();
        var numbers = text[(equals + 1)..].Split('/');
        if (name.Length == 0 || numbers.Length > 2 || !TryReadNumber(numbers[0], out rate) || !IsInRange(rate, isRate: true) || rate == LimitOptions.Unlimited)
        {
            return false;
        }

        if (numbers.Length == 2)
        {
            if (!TryReadNumber(numbers[1], out var most) || !IsInRange(most, isRate: false))
            {
                return false;
            }

            burst = most;
        }

        return true;
    }

    /// <summary>Reads an entry of <see cref="Classes"/>: these rates with what differs.</summary>
    internal bool TryReadClass(string? text, out string name, out RateOptions rates)
    {
        rates = new RateOptions
        {
            EventsPerSecond = EventsPerSecond,
            EventBurst = EventBurst,
            BytesPerSecond = BytesPerSecond,
            ByteBurst = ByteBurst,
            UserEventsPerSecond = UserEventsPerSecond,
            UserEventBurst = UserEventBurst,
            UserBytesPerSecond = UserBytesPerSecond,
            UserByteBurst = UserByteBurst,
        };
        var words = text?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        name = words.Length > 0 ? words[0] : "";
        foreach (var word in words.Skip(1))
        {
            var parts = word.Split('=');
            var number = LimitOptions.Unlimited;
            if (parts.Length != 2 || (!parts[1].Equals(nameof(LimitOptions.Unlimited), StringComparison.OrdinalIgnoreCase) && !TryReadNumber(parts[1], out number)) || !rates.TrySet(parts[0], number))
            {
                return false;
            }
        }

        return words.Length > 1;
    }

    private static bool TryReadNumber(string text, out int number) => int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool IsInRange(int number, bool isRate) => number >= 1 && (isRate ? number <= MaxRate || number == LimitOptions.Unlimited : number <= MaxBurst);

    /// <summary>Sets a rate, and with it lets its burst be what follows from it unless that is set behind it.</summary>
    private bool TrySet(string key, int number)
    {
        var isRate = key.EndsWith("PerSecond", StringComparison.OrdinalIgnoreCase);
        if (!IsInRange(number, isRate))
        {
            return false;
        }

        switch (key.ToUpperInvariant())
        {
            case "EVENTSPERSECOND":
                (EventsPerSecond, EventBurst) = (number, null);
                return true;
            case "EVENTBURST":
                EventBurst = number;
                return true;
            case "BYTESPERSECOND":
                (BytesPerSecond, ByteBurst) = (number, null);
                return true;
            case "BYTEBURST":
                ByteBurst = number;
                return true;
            case "USEREVENTSPERSECOND":
                (UserEventsPerSecond, UserEventBurst) = (number, null);
                return true;
            case "USEREVENTBURST":
                UserEventBurst = number;
                return true;
            case "USERBYTESPERSECOND":
                (UserBytesPerSecond, UserByteBurst) = (number, null);
                return true;
            case "USERBYTEBURST":
                UserByteBurst = number;
                return true;
            default:
                return false;
        }
    }
}
