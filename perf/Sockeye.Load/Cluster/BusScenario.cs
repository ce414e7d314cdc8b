namespace Sockeye.Load;

/// <summary>
/// A publisher at one server and members of a room at another, or at the same: each millisecond the publisher asks its server for as many broadcasts as are due. The unit is one of them,
/// however many members get it; CPU is that of the target, which has the members. Nobody polls: in a cluster the processors are the nodes'.
/// </summary>
internal sealed class BusScenario(Target target, int publisherPort, string room, int members, int rate, int everyMicroseconds, int payloadBytes) : Scenario(target)
{
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    private readonly string _text = new('x', payloadBytes);
    private readonly Dictionary<int, byte[]> _bursts = [];
    private long _since;
    private long _last;
    private long _published;
    private bool _isPublishing;

    /// <summary>Broadcasts asked for while it was measured.</summary>
    public long Published { get; private set; }

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(members, timeoutMilliseconds: 1);
        foreach (var connection in Connections)
        {
            Send(connection, Dialect.Frame(Dialect.Join(room)));
        }

        OpenWebSockets(1, timeoutMilliseconds: 1);
        RunFor(Settling);
        _isPublishing = true;
        _since = _last = Timestamp();
        RunFor(warmUp);
        Begin();
        Published = -_published;
        RunFor(length);
        Published += _published;
        Units = members == 0 ? Published : Units / members;
        return End();
    }

    protected override int PortOf(int index) => index < members ? Target.Port : publisherPort;

    protected override void Turn(int timeoutMilliseconds = 0)
    {
        base.Turn(timeoutMilliseconds: everyMicroseconds < 1000 ? 0 : 1);
        if (!_isPublishing || Now - _last < Ticks(TimeSpan.FromMicroseconds(everyMicroseconds)))
        {
            return;
        }

        _last = Now;
        var due = (int)((Now - _since) / (double)Ticks(TimeSpan.FromSeconds(1)) * rate - _published);
        if (due == 0)
        {
            return;
        }

        if (!_bursts.TryGetValue(due, out var burst))
        {
            _bursts[due] = burst = Dialect.Frame(Table.Format($"42[\"burst\",\"{room}\",{due},\"{_text}\"]"));
        }

        Send(Connections[^1], burst);
        _published += due;
    }
}
