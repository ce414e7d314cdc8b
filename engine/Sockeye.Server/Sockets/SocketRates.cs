using Sockeye.Server.Common;

namespace Sockeye.Server.Sockets;

/// <summary>What is left of the rates of one socket. When the socket leaves, its connection keeps them for the next one, so that leaving and joining again fills no bucket.</summary>
/// <remarks>Loop only. Made with the first event; of names only those are kept that have a rate.</remarks>
internal sealed class SocketRates
{
    private TokenBucket _events;
    private TokenBucket _bytes;
    private TokenBucket _refused;
    private TokenBucket[]? _names;
    private RateTable? _table;
    private SocketIdentity? _identity;
    private UserRates.Buckets? _user;

    /// <summary>Takes one event with its bytes from all that it counts towards, or nothing.</summary>
    public RateLimit TryTake(RateTable table, string nsp, SocketIdentity? identity, ReadOnlySpan<byte> name, long bytes, long now)
    {
        if (table != _table)
        {
            // Those of names and users are the table's own; what is spent of the others stays spent.
            (_table, _names, _user) = (table, null, null);
        }

        var rates = table.OfClass(identity?.RateClass);
        if (rates.Events.IsOn)
        {
            _events.Fill(rates.Events, now);
            if (!_events.Has(rates.Events, 1))
            {
                return RateLimit.SocketEvents;
            }
        }

        if (rates.Bytes.IsOn)
        {
            _bytes.Fill(rates.Bytes, now);
            if (!_bytes.Has(rates.Bytes, bytes))
            {
                return RateLimit.SocketBytes;
            }
        }

        var index = table.IndexOf(name);
        if (index >= 0)
        {
            _names ??= new TokenBucket[table.OfNames.Length];
            _names[index].Fill(table.OfNames[index], now);
            if (!_names[index].Has(table.OfNames[index], 1))
            {
                return RateLimit.EventName;
            }
        }

        if (identity is not null && rates.HasUsers)
        {
            if (identity != _identity)
            {
                (_identity, _user) = (identity, null);
            }

            // Last, since others share it: what it gives is not given back.
            if (table.Users.TryTake(ref _user, nsp, identity.Subject, rates, bytes, now) is var limit and not RateLimit.None)
            {
                return limit;
            }
        }

        if (rates.Events.IsOn)
        {
            _events.Take(1);
        }

        if (rates.Bytes.IsOn)
        {
            _bytes.Take(bytes);
        }

        if (index >= 0)
        {
            _names![index].Take(1);
        }

        return RateLimit.None;
    }

    /// <summary>An event was refused.</summary>
    /// <returns>False: too many were.</returns>
    public bool TryRefuse(RateTable table, long now)
    {
        if (!table.Refused.IsOn)
        {
            return true;
        }

        _refused.Fill(table.Refused, now);
        if (!_refused.Has(table.Refused, RateTable.RefusedCost))
        {
            return false;
        }

        _refused.Take(RateTable.RefusedCost);
        return true;
    }

    /// <summary>The socket has left: whoever has it next is somebody else.</summary>
    public void Release() => (_identity, _user) = (null, null);
}
