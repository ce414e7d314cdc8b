namespace Sockeye.Protocol.Http;

/// <summary>What the field lines of a head decided.</summary>
[Flags]
internal enum HttpHeadFlags : byte
{
    None = 0,
    KeepAlive = 1,
    Chunked = 2,
    ExpectContinue = 4,
    Upgrade = 8,
}
