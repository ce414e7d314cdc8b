using Sockeye.Protocol.SocketIO;

namespace Sockeye;

/// <summary>What all parts of one server share.</summary>
internal sealed class ServerContext
{
    public ServerContext(SockeyeServerOptions options, LoopSet loops, PayloadCodec codec, ServerLog log, SockeyeMetrics metrics)
    {
        Loops = loops;
        Codec = codec;
        codec.MaxAttachments = options.Limits.SentAttachments;
        Log = log;
        Metrics = metrics;
        Limits = options.Limits;
        Outbox = options.Outbox;
        ConnectTimeout = options.ConnectTimeout;
        AdmissionTimeout = options.AdmissionTimeout;
        AckTimeout = options.AckTimeout;
        MaxHandlerLag = options.MaxHandlerLag;
        StopTimeout = options.StopTimeout;
        PacketLimits = new SocketPacketLimits
        {
            MaxAttachments = options.Limits.Attachments,
            MaxDepth = options.Limits.JsonDepth,
            MaxEventNameBytes = options.Limits.EventNameBytes,
            MaxNamespaceBytes = options.Limits.NamespaceNameBytes,
        };
        Namespaces = new NamespaceRegistry(this);
    }

    public LoopSet Loops { get; }

    public PayloadCodec Codec { get; }

    public ServerLog Log { get; }

    public SockeyeMetrics Metrics { get; }

    public LimitOptions Limits { get; }

    public OutboxOptions Outbox { get; }

    public TimeSpan ConnectTimeout { get; }

    public TimeSpan AdmissionTimeout { get; }

    public TimeSpan AckTimeout { get; }

    public TimeSpan MaxHandlerLag { get; }

    public TimeSpan StopTimeout { get; }

    public SocketPacketLimits PacketLimits { get; }

    public NamespaceRegistry Namespaces { get; }

    /// <summary>Faults so far.</summary>
    public int Faults { get; private set; }

    /// <summary>A fault of the engine itself.</summary>
    public void ReportFault(Exception fault)
    {
        Faults++;
        Metrics.Faulted();
        Log.Faulted(fault);
    }
}
