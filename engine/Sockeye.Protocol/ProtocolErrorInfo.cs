namespace Sockeye.Protocol;

/// <summary>What a <see cref="ProtocolError"/> means outside the codec that found it.</summary>
/// <param name="HttpStatus">The status of the answer; 0 where the error cannot occur before a response.</param>
/// <param name="CloseCode">The WebSocket close code; 0 where the error cannot occur on an open WebSocket. A server closes with it for faults of frames; for faults of packets a session may choose otherwise.</param>
/// <param name="Metric">A stable name for counters: lower case, words joined by <c>_</c>.</param>
/// <param name="Text">One sentence for logs; never contains bytes of the peer.</param>
public readonly record struct ProtocolErrorInfo(int HttpStatus, ushort CloseCode, string Metric, string Text);
