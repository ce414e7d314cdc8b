using Sockeye.EngineIO;

namespace Sockeye.Server.Inspection;

/// <summary>Looks at the sessions of one loop, on it; read by others when the walk has ended in time.</summary>
internal interface ISessionVisitor
{
    /// <summary>Whether it has seen enough.</summary>
    bool IsDone { get; }

    /// <summary>An open session. Must not end it.</summary>
    void Visit(EngineSession session);

    /// <summary>No more follow.</summary>
    void End();
}
