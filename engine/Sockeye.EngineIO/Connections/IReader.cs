using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>A session, or an answer, whose client may be closed because it reads too slowly for the memory that is left.</summary>
internal interface IReader
{
    /// <summary>Its loop. Any thread.</summary>
    ITransportLoop Loop { get; }

    /// <summary>Whether it is open. Any thread.</summary>
    bool IsOpen { get; }

    /// <summary>Bytes of memory that are held for its client: what waits for it, and what it has sent and not finished. Any thread.</summary>
    long Cost { get; }

    /// <summary>Whether it goes before new clients have to be turned away: nobody knows its client, or it takes an answer that it may ask for again. Any thread.</summary>
    bool IsExpendable { get; }

    /// <summary>Resets its connection, if it is open still. On its loop.</summary>
    void Shed();
}
