namespace Sockeye;

/// <summary>Whether a client may enter a namespace.</summary>
public readonly struct ConnectResult
{
    private ConnectResult(string message, object? data)
    {
        Message = message;
        Data = data;
    }

    /// <summary>It may.</summary>
    public static ConnectResult Accept => default;

    /// <summary>Whether it may.</summary>
    public bool IsAccepted => Message is null;

    /// <summary>What the client is told; null if it may enter.</summary>
    public string? Message { get; }

    /// <summary>What the client is told beyond that.</summary>
    public object? Data { get; }

    /// <summary>It may not: the client gets <c>connect_error</c> with this message and data, and stays in its other namespaces.</summary>
    /// <param name="message">Its <c>message</c>.</param>
    /// <param name="data">Its <c>data</c>, written by its type at run time; nothing if null. If it cannot be written, or has bytes, the client gets the message without it, and
    /// <see cref="BroadcastTarget.OnHandlerError(Action{HandlerError})"/> hears which type is at fault.</param>
    public static ConnectResult Reject(string message, object? data = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new ConnectResult(message, data);
    }
}
