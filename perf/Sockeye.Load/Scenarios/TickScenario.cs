namespace Sockeye.Load;

/// <summary>
/// Members of a room to which each tick of a game loop emits four times: how late the ticks come, what a delivery costs, and with how many
/// calls what belongs together leaves. The unit is one delivery.
/// </summary>
internal sealed class TickScenario(Target target, int members) : Scenario(target)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private int _joined;

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(members);
        var join = Dialect.Frame(Dialect.Join("room"));
        foreach (var connection in Connections)
        {
            Send(connection, join);
        }

        for (var late = Timestamp() + Ticks(Patience); _joined < members;)
        {
            RunFor(TimeSpan.FromMilliseconds(10));
            if (Now > late)
            {
                throw new TimeoutException($"{Target.Name}: {_joined} of {members} members joined.");
            }
        }

        RunFor(warmUp);
        AskTicks();
        var measurement = Measure(length);
        return measurement with { Ticks = AskTicks() with { Members = members } };
    }

    // The acknowledgement of the join, or an event of a tick that only members get: whichever comes first.
    protected override void OnReplies(Connection connection, ReadOnlySpan<byte> payload, int count)
    {
        _joined += connection.Received == 0 ? 1 : 0;
        connection.Received += count;
        base.OnReplies(connection, payload, count);
    }

    private TickReport AskTicks() => Question.Ask<TickReport>(Target, "ticks");
}
