using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster.Nats;

namespace Sockeye.Cluster;

/// <summary>Where NATS is, who this node is there, and how much may wait.</summary>
public sealed class NatsBusOptions
{
    /// <summary>Servers, of which one that answers is taken: <c>nats://</c> or <c>tls://</c>, with a port (4222 unless said). Default one on this machine.</summary>
    public IList<string> Servers { get; set; } = ["nats://127.0.0.1:4222"];

    /// <summary>The name of the cluster, which keeps its plugins apart from those of other clusters on the same NATS; null: that of the server's <see cref="ClusterOptions.Name"/>, or <c>default</c> for a bus without one. 1 to 255 characters.</summary>
    public string? Name { get; set; }

    /// <summary>A user's name.</summary>
    public string? User { get; set; }

    /// <summary>The user's password.</summary>
    public string? Password { get; set; }

    /// <summary>A token, in the place of user and password.</summary>
    public string? Token { get; set; }

    /// <summary>The seed of an NKey, which begins with <c>SU</c>; the server knows the public half.</summary>
    public string? NKeySeed { get; set; }

    /// <summary>A file with a JWT and the seed that belongs to it (<c>.creds</c>), read again at each connect.</summary>
    public string? CredentialsFile { get; set; }

    /// <summary>Whether TLS is wanted; null: where an address says <c>tls://</c>, a file below is given, or a server is on another machine.</summary>
    public bool? Tls { get; set; }

    /// <summary>Certificates of those who may have signed the server's, as PEM; null: those of the system.</summary>
    public string? CaFile { get; set; }

    /// <summary>This node's certificate, as PEM, for servers that ask for one.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The key of <see cref="CertificateFile"/>, as PEM.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Whether NATS on another machine may be spoken to without TLS. Default no: what nodes say has tokens and messages of users in it.</summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>Whether NATS on another machine may be used without any credentials. Default no: whoever reaches it then is a node.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>For one try to connect. Default 2 s (the .NET client of NATS); 100 ms to 1 min.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the start tries to reach a server that does not answer. Default 10 s (own: a server that starts at the same time is there by then); 100 ms to 1 h.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often each connection is tried by a message to itself, which has as long to come back; then the connection is made anew. Default 5 s (own: the client's two minutes twice would let a connection
    /// that is half open pass for one); 100 ms to 10 min.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two tries to reach a lost server, which begins at 50 ms and doubles; up to half as much is added by chance, so that nodes do not come back all at once. Default 2 s (own); 50 ms to 10 min.</summary>
    public TimeSpan ReconnectWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes that may wait on each connection while NATS is away or slow; further messages are dropped. Default 4,194,304 (own: 5 s of 800 KB/s); 0 to 2^30.</summary>
    [Range(0, 1 << 30)]
    public int OutageBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How old a message that waits may become; it is dropped then. Default 5 s (own: whoever receives a chat line later would rather ask); 0 to 1 h.</summary>
    public TimeSpan OutageTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Messages that may wait for one subscription whose receiver is behind; further ones are dropped for it. Default 16,384 (the .NET client of NATS); 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int PendingMessages { get; set; } = 16_384;

    /// <summary>Bytes that may wait for one subscription; a message of any size is taken while none waits. Default 67,108,864 (what nats-server keeps for a connection: a node that stood still for a moment takes it all at once); 1,024 to 2^30.</summary>
    [Range(1024, 1 << 30)]
    public int PendingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Loggers; null: nothing is logged, and <see cref="NatsClusterBus.DroppedMessages"/> counts all the same.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Makes the meter; null: a meter of its own, named <c>Sockeye</c>.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>The clock by which messages age. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What is wrong with them, a sentence for each fault.</summary>
    public IReadOnlyList<string> Validate() => [.. NatsOptionRules.Check(this).Select(static fault => fault.Sentence)];
}
