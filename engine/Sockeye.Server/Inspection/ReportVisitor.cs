using Sockeye.EngineIO;
using Sockeye.Inspection;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Inspection;

/// <summary>Counts the sessions of one loop by transport, and keeps those for which the most waits.</summary>
internal sealed class ReportVisitor : ISessionVisitor
{
    private readonly TopList<EngineSession> _slowest = new(ServerInspection.MaxTop);
    private int _polling;
    private int _webSockets;

    public bool IsDone => false;

    public int Polling => _polling;

    public int WebSockets => _webSockets;

    /// <summary>Those for which the most waits, the most first.</summary>
    public IReadOnlyList<SlowReader> Slowest { get; private set; } = [];

    public void Visit(EngineSession session)
    {
        if (session.Transport == "polling")
        {
            _polling++;
        }
        else
        {
            _webSockets++;
        }

        if (session.OutboxBytes is > 0 and var bytes)
        {
            _slowest.Add(session, bytes);
        }
    }

    public void End() => Slowest = [.. _slowest.ToArray().Select(Describe)];

    private static SlowReader Describe(EngineSession session)
    {
        var socket = session.Tag is ClientLink { Sockets: [var first, ..] } ? first : null;
        return new SlowReader(socket?.Id, socket?.Namespace.Name, session.Transport, session.OutboxBytes, session.Outbox.Count, session.SlowFor);
    }
}
