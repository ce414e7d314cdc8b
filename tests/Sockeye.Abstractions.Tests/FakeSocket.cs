using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye.Abstractions.Tests;

/// <summary>A socket that remembers what is emitted to it, and to which events can be handed as if they had come from its client.</summary>
internal sealed class FakeSocket(FakeNamespace? space = null) : SockeyeSocket
{
    private readonly FakeNamespace _namespace = space ?? new FakeNamespace();

    public List<Sent> Sent { get; } = [];

    public List<(long Id, string Payload, byte[][] Attachments)> Acks { get; } = [];

    public AckCallback? Awaited { get; private set; }

    public AckCallback? Forgotten { get; private set; }

    public bool IsRemembering { get; set; } = true;

    public int Emitted { get; private set; }

    public CancellationTokenSource Gone { get; } = new();

    public override string Id => "id-1";

    public override Handshake Handshake => throw new NotSupportedException();

    public override ClientConnection Connection => throw new NotSupportedException();

    public override bool IsConnected => true;

    public override bool IsWritable => true;

    public override int OutboxBytes => 0;

    public override SocketIdentity? Identity { get; set; }

    public override CancellationToken Aborted => Gone.Token;

    public override IReadOnlyCollection<string> Rooms => [Id];

    internal override bool IsInCore(string room) => room == Id;

    internal override void RunOnCore(GameLoop? loop)
    {
    }

    internal override SockeyeNamespace NamespaceCore => _namespace;

    public static EventReader Reader(FakeSocket socket, string name, string arguments, long ackId = -1, params ReadOnlyMemory<byte>[] attachments) =>
        new(new EventContext(socket, name, ackId), Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(arguments), attachments, socket.Codec);

    /// <summary>Calls the handlers of an event, as the engine does.</summary>
    public Task? Receive(string name, string arguments = "", long ackId = -1, params ReadOnlyMemory<byte>[] attachments)
    {
        var handlers = ((IEventTarget)this).Events.Find(Encoding.UTF8.GetBytes(name), false);
        Task? last = null;
        foreach (var invoker in handlers?.Invokers ?? [])
        {
            last = invoker.Invoke(Reader(this, name, arguments, ackId, attachments));
        }

        return last;
    }

    internal override EmitResult EmitCore(EventWriter e, in EmitOptions options)
    {
        Emitted++;
        if (IsRemembering)
        {
            Sent.Add(Tests.Sent.Of(e, options));
        }

        return EmitResult.Accepted;
    }

    internal override Task<EmitResult> EmitWhenWritableCore(EventWriter e, in EmitOptions options, CancellationToken cancellationToken)
    {
        Sent.Add(Tests.Sent.Of(e, options));
        return Task.FromResult(EmitResult.Accepted);
    }

    internal override void EmitForAckCore(EventWriter e, in EmitOptions options, AckCallback callback)
    {
        Sent.Add(Tests.Sent.Of(e, options));
        Awaited = callback;
    }

    internal override void ForgetAckCore(AckCallback callback) => Forgotten = callback;

    internal override bool AckCore(long ackId, EventWriter e)
    {
        if (IsRemembering)
        {
            var sent = Tests.Sent.Of(e, default);
            Acks.Add((ackId, sent.Payload, sent.Attachments));
        }

        return true;
    }

    internal override bool JoinCore(string room) => true;

    internal override bool LeaveCore(string room) => true;

    internal override void DisconnectCore(bool close)
    {
    }

    internal override bool PostCore(Func<Task?> work)
    {
        work();
        return true;
    }
}
