using System.Text;

namespace Sockeye.Server.Common;

/// <summary>The rates of one class of sockets.</summary>
internal sealed record RateSet(Rate Events, Rate Bytes, Rate UserEvents, Rate UserBytes)
{
    public bool HasUsers => UserEvents.IsOn || UserBytes.IsOn;

    public bool IsOn => Events.IsOn || Bytes.IsOn || HasUsers;
}

/// <summary>The rates of a server, as its options say.</summary>
/// <remarks>It owns the buckets of users; those of sockets are theirs. Any thread. Lives as long as the server.</remarks>
internal sealed class RateTable
{
    private readonly RateSet _default;
    private readonly Dictionary<string, RateSet> _classes = new(StringComparer.Ordinal);
    private readonly byte[][] _names;

    private RateTable(SockeyeServerOptions options)
    {
        var rates = options.Rates;
        var isHardened = options.Preset == ServerPreset.Hardened;
        _default = Read(rates, isHardened);
        foreach (var text in rates.Classes)
        {
            if (rates.TryReadClass(text, out var name, out var own))
            {
                _classes[name] = Read(own, isHardened);
            }
        }

        List<byte[]> names = [];
        List<Rate> ofNames = [];
        foreach (var text in rates.Events)
        {
            if (RateOptions.TryReadEvent(text, out var name, out var rate, out var burst))
            {
                names.Add(Encoding.UTF8.GetBytes(name));
                ofNames.Add(Of(rate, burst, 2));
            }
        }

        _names = [.. names];
        OfNames = [.. ofNames];

        // A minute's worth in parts of a second: sixty of the one are one of the other.
        Refused = (rates.RefusedPerMinute ?? (isHardened ? 1000 : (int?)null)) is { } refused and not LimitOptions.Unlimited ? new Rate(refused, refused * 60L) : default;
    }

    /// <summary>What one refused event takes of <see cref="Refused"/>.</summary>
    public const int RefusedCost = 60;

    /// <summary>The rates of single events, by the index of their name.</summary>
    public Rate[] OfNames { get; }

    /// <summary>Refused events, each of which takes <see cref="RefusedCost"/>.</summary>
    public Rate Refused { get; }

    public UserRates Users { get; } = new();

    /// <summary>Null: no rate is limited.</summary>
    public static RateTable? Of(SockeyeServerOptions options)
    {
        var table = new RateTable(options);
        return table._default.IsOn || table.OfNames.Length > 0 || table._classes.Values.Any(static rates => rates.IsOn) ? table : null;
    }

    /// <summary>The rates of a class; those of all for none, and for one that is not known.</summary>
    public RateSet OfClass(string? name) => name is not null && _classes.TryGetValue(name, out var rates) ? rates : _default;

    /// <summary>The index of a name among those that have a rate; -1: it has none.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            if (name.SequenceEqual(_names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static RateSet Read(RateOptions rates, bool isHardened) => new(
        Of(rates.EventsPerSecond ?? (isHardened ? 100 : (int?)null), rates.EventBurst, 2),
        Of(rates.BytesPerSecond ?? (isHardened ? 1_000_000 : (int?)null), rates.ByteBurst, 1),
        Of(rates.UserEventsPerSecond ?? (isHardened ? 400 : (int?)null), rates.UserEventBurst, 2),
        Of(rates.UserBytesPerSecond ?? (isHardened ? 4_000_000 : (int?)null), rates.UserByteBurst, 1));

    private static Rate Of(int? perSecond, int? burst, int times) =>
        perSecond is null or LimitOptions.Unlimited ? default : new Rate(perSecond.Value, burst ?? Math.Min((long)perSecond.Value * times, RateOptions.MaxBurst));
}
