using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO;

/// <summary>Hands requests of sessions that other servers have on to them. On the loop of the request; must not fail.</summary>
public interface ISessionRelay
{
    /// <summary>Takes a request.</summary>
    /// <param name="exchange">The request, a GET or a POST that nobody has looked at.</param>
    /// <param name="sid">The session.</param>
    /// <param name="node">The node in its id, which is not this one.</param>
    /// <param name="ownersLoop">The loop in its id, of that node.</param>
    /// <returns>False: there is no such node, and the request is answered here.</returns>
    bool TryRelay(HttpExchange exchange, string sid, int node, int ownersLoop);
}
