using Sockeye.Abstractions.Sockets;

namespace Sockeye.Server.Sockets;

/// <summary>What a table had for the name of an event, so that it need not be looked up twice. Lives on the stack of the call; what is registered or removed meanwhile makes it nothing.</summary>
internal readonly struct EventLookup
{
    private readonly EventTable _table;
    private readonly EventTable.EventHandlers? _found;
    private readonly int _version;

    public EventLookup(EventTable table, in ReceivedEvent e)
    {
        _table = table;
        _version = table.Version;
        _found = table.Find(e.Name, e.IsNumeric);
    }

    /// <summary>The name by which it was found; null: it was not.</summary>
    public EventName? Name => _found?.Name;

    /// <summary>The handlers that a table has; null: it has to be asked.</summary>
    public EventTable.EventHandlers? FoundIn(EventTable table) => ReferenceEquals(table, _table) && table.Version == _version ? _found : null;
}
