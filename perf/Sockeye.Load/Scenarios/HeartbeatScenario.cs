namespace Sockeye.Load;

/// <summary>
/// Connections that do nothing but answer pings, over a span of whole intervals. The unit is one heartbeat: a ping that came and the pong
/// that went back at once.
/// </summary>
internal sealed class HeartbeatScenario(Target target, int connections) : Scenario(target)
{
    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(connections);
        RunFor(warmUp);
        return Measure(length);
    }

    protected override void OnPing(Connection connection)
    {
        base.OnPing(connection);
        Units++;
    }
}
