using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>The memory that all connections of a server may hold together, as a connection sees it. Any thread.</summary>
internal interface IMemoryBudget
{
    /// <summary>Whether a new client has to be turned away.</summary>
    bool IsRefusing();

    /// <summary>An outbox on this loop is above its high mark. On the loop.</summary>
    void OnGrowth(ITransportLoop loop);
}
