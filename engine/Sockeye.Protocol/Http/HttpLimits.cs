namespace Sockeye.Protocol.Http;

/// <summary>What a peer may send in one HTTP/1.1 request. Immutable, shared by all connections. Zero never means unlimited.</summary>
public sealed record HttpLimits
{
    /// <summary>The limits with all their defaults.</summary>
    public static HttpLimits Default { get; } = new();

    /// <summary>The longest request line in bytes, without its CRLF: 16 to 65,000, default 8,192 (as nginx and Kestrel). Over it: 414.</summary>
    public int MaxRequestLineBytes { get; init => field = Check(value, 16, 65_000); } = 8192;

    /// <summary>The longest head in bytes, from the request line to the empty line: 64 to 65,000, default 16,384 (as HAProxy and Node). Over it: 431.</summary>
    public int MaxHeaderBytes { get; init => field = Check(value, 64, 65_000); } = 16_384;

    /// <summary>The most field lines of one head: 1 to 1,000, default 100 (as Kestrel and uWebSockets). Over it: 431.</summary>
    public int MaxHeaderCount { get; init => field = Check(value, 1, 1000); } = 100;

    /// <summary>The longest line with a chunk size and its extensions in bytes, without its CRLF: 8 to 65,000, default 256 (own). Over it: 400.</summary>
    public int MaxChunkLineBytes { get; init => field = Check(value, 8, 65_000); } = 256;

    /// <summary>All chunk extensions of one body together in bytes: 0 to 65,000, default 4,096 (own). Over it: 400.</summary>
    public int MaxChunkExtensionBytes { get; init => field = Check(value, 0, 65_000); } = 4096;

    /// <summary>The most trailers of one body: 0 to 1,000, default 32 (own). Over it: 431.</summary>
    public int MaxTrailerCount { get; init => field = Check(value, 0, 1000); } = 32;

    /// <summary>All trailers of one body together in bytes, with their CRLFs: 0 to 65,000, default 4,096 (own). Over it: 431.</summary>
    public int MaxTrailerBytes { get; init => field = Check(value, 0, 65_000); } = 4096;

    private static int Check(int value, int min, int max) =>
        value >= min && value <= max ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"The limit must be {min} to {max}.");
}
