namespace Sockeye.EngineIO.Http;

/// <summary>Answers a request with its whole body, which is valid until the returned task completes.</summary>
public delegate Task HttpBodyHandler(HttpExchange exchange, ReadOnlyMemory<byte> body);
