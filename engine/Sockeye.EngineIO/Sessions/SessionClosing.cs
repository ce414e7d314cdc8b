namespace Sockeye.EngineIO.Sessions;

/// <summary>Closes all sessions of one loop at once, and tells when the last is gone.</summary>
/// <remarks>It owns the task. Posted to the loop, and on it. Lives until its server has closed.</remarks>
internal sealed class SessionClosing(SessionTable table)
{
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Emptied => _emptied.Task;

    public void Run()
    {
        table.Emptied = () => _emptied.TrySetResult();
        foreach (var session in table.Snapshot())
        {
            session.Close(DisconnectReason.ServerShuttingDown);
        }

        if (table.Count == 0)
        {
            _emptied.TrySetResult();
        }
    }
}
