using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>A session whose client may be closed because it reads too slowly for the memory that is left.</summary>
internal interface IReader
{
    /// <summary>Its loop. Any thread.</summary>
    ITransportLoop Loop { get; }

    /// <summary>Whether it is open. Any thread.</summary>
    bool IsOpen { get; }

    /// <summary>Bytes that wait for its client. Any thread.</summary>
    int OutboxBytes { get; }

    /// <summary>Resets its connection, if it is open still. On its loop.</summary>
    void Shed();
}
