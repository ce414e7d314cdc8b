namespace Sockeye.Load;

/// <summary>What a server spends that has just started: on its first connections, then on their heartbeats.</summary>
internal sealed class FreshScenario(Target target) : Driver(target)
{
    private bool _opens;

    public Measurement OpenFirst(int connections)
    {
        _opens = true;
        Begin();
        OpenWebSockets(connections);
        _opens = false;
        return End();
    }

    public Measurement AnswerHeartbeats(TimeSpan length) => Measure(length);

    protected override void OnReady(Connection connection) => Units += _opens ? 1 : 0;

    protected override void OnPing(Connection connection)
    {
        base.OnPing(connection);
        Units += _opens ? 0 : 1;
    }
}
