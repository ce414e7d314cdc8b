using NATS.Client.Core;

namespace Sockeye.Cluster.Nats;

/// <summary>Makes the sockets of one connection to NATS, and knows the last.</summary>
/// <remarks>It owns none: the client closes them. Any thread. Linux alone: elsewhere the client has its own.</remarks>
internal sealed class NatsSockets : INatsSocketConnectionFactory
{
    private volatile NatsSocket? _last;

    /// <summary>The socket of the connection; null: it is the client's own.</summary>
    public NatsSocket? Current => _last is { IsUsable: true } socket ? socket : null;

    /// <summary>Null: the client's own sockets do.</summary>
    public static NatsSockets? Make() => OperatingSystem.IsLinux() ? new NatsSockets() : null;

    public async ValueTask<INatsSocketConnection> ConnectAsync(Uri uri, NatsOpts opts, CancellationToken cancellationToken)
    {
        var socket = await NatsSocket.ConnectAsync(uri, cancellationToken).ConfigureAwait(false);
        _last = socket;
        return socket;
    }
}
