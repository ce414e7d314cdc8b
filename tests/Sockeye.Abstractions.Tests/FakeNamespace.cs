using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye.Abstractions.Tests;

/// <summary>What was handed to the engine by one emit.</summary>
internal sealed record Sent(string Payload, byte[][] Attachments, EmitOptions Options, BroadcastScope Scope = default)
{
    public static Sent Of(EventWriter writer, in EmitOptions options, in BroadcastScope scope = default)
    {
        var attachments = new byte[writer.Attachments.Length][];
        for (var i = 0; i < attachments.Length; i++)
        {
            attachments[i] = writer.Attachments[i].ToArray();
        }

        return new Sent(Encoding.UTF8.GetString(writer.Payload), attachments, options, scope);
    }
}

/// <summary>A namespace that remembers what is emitted.</summary>
internal sealed class FakeNamespace(PayloadCodec? codec = null) : SockeyeNamespace
{
    public List<Sent> Sent { get; } = [];

    public BroadcastAckCollector? Collector { get; private set; }

    public bool IsRemembering { get; set; } = true;

    public override string Name => "/";

    public override int LocalCount => 0;

    internal override PayloadCodec Codec { get; } = codec ?? new JsonPayloadCodec();

    internal override NamespaceHandlers Handlers { get; } = new();

    public override string? Match(string parameter) => null;

    public override SockeyeSocket? Find(string id) => null;

    internal override EmitResult BroadcastCore(EventWriter e, in BroadcastScope scope, in EmitOptions options)
    {
        if (IsRemembering)
        {
            Sent.Add(Tests.Sent.Of(e, options, scope));
        }

        return EmitResult.Accepted;
    }

    internal override Task<EmitResult> BroadcastWhenWritableCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken) =>
        Task.FromResult(BroadcastCore(e, scope, options));

    internal override void BroadcastForAckCore(EventWriter e, in BroadcastScope scope, in EmitOptions options, BroadcastAckCollector collector)
    {
        Sent.Add(Tests.Sent.Of(e, options, scope));
        Collector = collector;
    }

    internal override Task<IReadOnlyList<RemoteSocket>> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RemoteSocket>>([]);

    internal override Task<int> CountCore(in BroadcastScope scope, CancellationToken cancellationToken) => Task.FromResult(0);

    internal override void JoinAllCore(in BroadcastScope scope, string room)
    {
    }

    internal override void LeaveAllCore(in BroadcastScope scope, string room)
    {
    }

    internal override void DisconnectAllCore(in BroadcastScope scope, bool close)
    {
    }
}
