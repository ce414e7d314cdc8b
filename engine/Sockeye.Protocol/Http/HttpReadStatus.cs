namespace Sockeye.Protocol.Http;

/// <summary>The result of one step of an incremental HTTP reader.</summary>
public enum HttpReadStatus : byte
{
    /// <summary>More bytes are needed.</summary>
    NeedMore,
    /// <summary>The head or body is complete.</summary>
    Complete,
    /// <summary>The bytes are not valid HTTP/1.1 or over a limit; the connection must be closed after the answer.</summary>
    Failed,
}
