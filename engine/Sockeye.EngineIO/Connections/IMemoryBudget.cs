using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>The memory that all connections of a server may hold together, as a connection sees it. Any thread.</summary>
internal interface IMemoryBudget
{
    /// <summary>Bytes from which on what a client has sent and not finished is grounds for a look. Own choice: as the high mark of an outbox.</summary>
    const int LeastGrowth = 64 << 10;

    /// <summary>Whether a new client has to be turned away.</summary>
    bool IsRefusing();

    /// <summary>An outbox on this loop is above its high mark, or what a client has not finished has grown to <see cref="LeastGrowth"/> or more. On the loop.</summary>
    void OnGrowth(ITransportLoop loop);
}
