using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>The memory that all connections of a server may hold together, as a connection sees it. Any thread.</summary>
internal interface IMemoryBudget
{
    /// <summary>The name of the rule under which refused clients are counted.</summary>
    const string Rule = "engineio_memory_budget";

    /// <summary>Whether a new client has to be turned away.</summary>
    bool IsRefusing();

    /// <summary>An outbox on this loop is above its high mark. On the loop.</summary>
    void OnGrowth(ITransportLoop loop);
}
