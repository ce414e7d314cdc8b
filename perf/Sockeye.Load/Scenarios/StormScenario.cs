namespace Sockeye.Load;

/// <summary>Opens connections as fast as the server completes them (TCP, upgrade, CONNECT to /), 128 on their way. The unit is one that is ready.</summary>
internal sealed class StormScenario(Target target, int connections) : Scenario(target)
{
    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        Begin();
        OpenWebSockets(connections);
        return End();
    }

    protected override void OnReady(Connection connection) => Units++;
}
