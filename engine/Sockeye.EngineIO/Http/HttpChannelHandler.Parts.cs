namespace Sockeye.EngineIO.Http;

// Answers that somebody else writes, and connections that somebody else has.
internal sealed partial class HttpChannelHandler
{
    /// <summary>Somebody else writes the response of the exchange.</summary>
    public void BeginParts(HttpExchange exchange)
    {
        if (IsCurrent(exchange))
        {
            DecideLast(exchange);
            _writer.BeginParts(exchange);
        }
    }

    /// <summary>A part of it.</summary>
    public bool WritePart(HttpExchange exchange, ReadOnlySpan<byte> bytes) => !IsCurrent(exchange) || _writer.WritePart(bytes);

    /// <summary>It is complete.</summary>
    public void EndParts(HttpExchange exchange)
    {
        if (IsCurrent(exchange))
        {
            _writer.EndParts();
            EndOrContinue();
        }
    }

    /// <summary>Somebody else has the connection.</summary>
    public HttpTunnel BeginTunnel(HttpExchange exchange, IHttpTunnelListener listener)
    {
        var tunnel = new HttpTunnel(_channel, listener, Options, _server);
        HandOver(tunnel, PipelineNames.Tunnel, tunnel);
        _server.Connections.Add(tunnel);
        _server.Connections.Remove(this);
        _upgraded = tunnel;
        if (!_isProcessing)
        {
            tunnel.HoldFirst(_held.Take());
            _held.Clear();
        }

        if (_isShutdown)
        {
            tunnel.Shutdown();
        }

        return tunnel;
    }
}
