namespace Sockeye;

/// <summary>How long an object of a handler class (<see cref="ISocketHandlers{TSelf}"/>) lives, and what it was made from with it: a scope of a container, for example.</summary>
public enum HandlerScope : byte
{
    /// <summary>For one event, connection or disconnection: made before its handler, disposed when what the handler returned has completed.</summary>
    Event,

    /// <summary>For one socket: made with the first handler that is called for it, disposed after its last, those of its disconnection.</summary>
    Socket,

    /// <summary>As long as the server: one object for all sockets, whose handlers it may run at the same time on several event loops. Whoever made it disposes it.</summary>
    Singleton,
}
