using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>What a server ends when it stops: whoever answers on one of its channels now.</summary>
/// <remarks>Called on the channel's loop. In the <see cref="ConnectionRegistry"/> from when the channel is given to it until the channel is closed, or given to another.</remarks>
internal interface IStoppable
{
    /// <summary>The loop that its channel belongs to now. Any thread.</summary>
    ITransportLoop Loop { get; }

    /// <summary>Who reads on it, apart from the sessions of an engine: null for nobody. Any thread.</summary>
    IReader? Reader => null;

    /// <summary>Its place in the registry, 0 while it has none. Belongs to the registry.</summary>
    int Place { get; set; }

    /// <summary>End when the work in hand is done.</summary>
    void Shutdown();

    /// <summary>End now.</summary>
    void Abort();
}
