namespace Sockeye.EngineIO.Http;

/// <summary>Hears what becomes of an exchange after its request was handed out: the <see cref="HttpExchange.Handler"/>. All members are called on the connection's loop.</summary>
/// <remarks>An exception is logged, and answered with 500 if nothing was answered yet; it never reaches the pipeline.</remarks>
public interface IHttpExchangeHandler
{
    /// <summary>The whole body after <see cref="HttpExchange.ReadBody"/>; empty when the request had none. Valid during the call.</summary>
    void OnBody(HttpExchange exchange, ReadOnlySpan<byte> body)
    {
    }

    /// <summary>The peer went away, or the body failed or came too slowly, before a response was given. Called at most once;
    /// a response given later is ignored.</summary>
    void OnAborted(HttpExchange exchange)
    {
    }

    /// <summary>The kernel has taken the whole response that was given with <see cref="HttpExchange.Respond"/>, or (false) the connection ended before.
    /// Called once for each response, perhaps from inside Respond.</summary>
    void OnResponseEnded(HttpExchange exchange, bool isTaken)
    {
    }

    /// <summary>The kernel has taken what was written with <see cref="HttpExchange.WritePart"/>: there is room for more.</summary>
    void OnWritable(HttpExchange exchange)
    {
    }

    /// <summary>The server stops: whoever holds the response back should give it now, if it can.</summary>
    void OnStopping(HttpExchange exchange)
    {
    }

    /// <summary>Whether it accounts for the bytes of its answer that have not left, and ends the connection when memory is short. Any thread.</summary>
    internal bool AccountsForAnswer => false;
}
