namespace Sockeye;

/// <summary>Where the handlers of a namespace run.</summary>
public enum HandlerThread : byte
{
    /// <summary>On the socket's event loop: the fastest, and a handler must not block.</summary>
    Loop,

    /// <summary>On the thread pool, one queue for each socket: for handlers that block.</summary>
    Pool,
}

/// <summary>When the next event of a socket starts.</summary>
public enum HandlerOrder : byte
{
    /// <summary>When the handlers of the one before have completed.</summary>
    Serial,

    /// <summary>When the handlers of the one before have reached their first await.</summary>
    Concurrent,
}
