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

    /// <summary>Servers of a cluster that do not answer.</summary>
    public string[] MissingNodes { get; init; } = [];

    /// <summary>The scopes of requests and actions.</summary>
    public List<BroadcastScope> Scopes { get; } = [];

    public List<SocketAction> Actions { get; } = [];

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

    internal override EmitResult ServerSideEmitCore(EventWriter e)
    {
        Sent.Add(Tests.Sent.Of(e, default, default));
        return EmitResult.Accepted;
    }

    internal override Task<ServerAck<T>> ServerSideEmitForAckCore<T>(EventWriter e)
    {
        Sent.Add(Tests.Sent.Of(e, default, default));
        return Task.FromResult(new ServerAck<T>([], MissingNodes));
    }

    internal override Task<FetchResult> FetchCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        Scopes.Add(scope);
        return Task.FromResult(new FetchResult([], MissingNodes));
    }

    internal override Task<SocketCount> CountCore(in BroadcastScope scope, CancellationToken cancellationToken)
    {
        Scopes.Add(scope);
        return Task.FromResult(new SocketCount(3, MissingNodes));
    }

    internal override void ApplyCore(in BroadcastScope scope, in SocketAction action, SocketActionCollector? collector)
    {
        Scopes.Add(scope);
        Actions.Add(action);
        collector?.Begin(1);
        foreach (var node in MissingNodes)
        {
            collector?.NodeMissing(node);
        }

        collector?.PartDone(2);
    }
}
