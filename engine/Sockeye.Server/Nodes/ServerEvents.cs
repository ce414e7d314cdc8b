using Sockeye.Abstractions;
using Sockeye.Abstractions.Sockets;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;
using Sockeye.Server.Namespaces;
using Sockeye.Transport;

namespace Sockeye.Server.Nodes;

/// <summary>Events from server to server: sent, and given to the handlers of this one, one after the other on the thread pool.</summary>
/// <remarks>It owns those that wait for their handlers, at most <see cref="Most"/>, and counts their bytes in the process's memory. Any thread. Lives as long as the cluster of its server.</remarks>
internal sealed class ServerEvents
{
    /// <summary>Events that wait (own): a further one is refused, as one for which there is no memory.</summary>
    public const int Most = 10_000;

    private readonly NodeHub _hub;
    private readonly NamespaceRegistry _namespaces;
    private readonly PoolQueue<Waiting> _waiting;

    public ServerEvents(NodeHub hub, NamespaceRegistry namespaces)
    {
        (_hub, _namespaces) = (hub, namespaces);
        _waiting = new PoolQueue<Waiting>(hub.Server.PoolContext, Call, hub.Server.ReportFault);
    }

    private ClusterPort Port => _hub.Port;

    private ServerContext Server => _hub.Server;

    public EmitResult Publish(SockeyeNamespace nsp, EventWriter e, Call call)
    {
        ReadOnlyMemory<byte>[] parts = [e.Arguments.ToArray(), .. e.Attachments];
        var head = Port.Head(ClusterKind.ServerEvent).Field(WireField.Namespace, nsp.Name)
            .Field(WireField.EventName, (e.Name.IsNumber ? "n" : "t") + e.Name).Attachments(parts, parts.Length - 1);
        return _hub.Outbox.PublishNow(Port.Subjects.Servers, call.Number == 0 ? head : call.Write(head), parts);
    }

    /// <summary>The answers of the other servers, as who has asked sees them.</summary>
    public static ServerAck<T> Read<T>((ClusterNode Node, byte[]? Answer)[] found, PayloadCodec codec)
    {
        List<ServerAnswer<T>> answers = [];
        List<string> missing = [];
        foreach (var (node, answer) in found)
        {
            if (answer is null)
            {
                missing.Add(node.Name);
            }
            else if (answer.Length > 0)
            {
                var body = new WireReader(answer);
                var arguments = body.Bytes();
                var attachments = new ReadOnlyMemory<byte>[body.Count()];
                for (var i = 0; i < attachments.Length; i++)
                {
                    attachments[i] = body.Bytes().ToArray();
                }

                var reader = new EventReader(default, default, arguments, attachments, codec);
                if (body.IsWhole && reader.TryRead<T>(out var value))
                {
                    answers.Add(new ServerAnswer<T>(node.Name, value));
                }
                else
                {
                    missing.Add(node.Name);
                }
            }
        }

        return new ServerAck<T>(answers, missing);
    }

    /// <summary>An event of another server. On the bus's thread.</summary>
    /// <param name="message">The event.</param>
    /// <param name="result">Takes the answer; null: none is wanted.</param>
    public void Receive(in ClusterMessage message, TaskCompletionSource<ReadOnlyMemory<byte>>? result)
    {
        var name = message.Text(WireField.EventName);
        if (message.Kind != ClusterKind.ServerEvent || name.Length < 2 || !TryName(name, out var eventName) || !message.TrySplitBody(out var text, out var lengths))
        {
            Port.Count(WireFault.Corrupt);
            return;
        }

        if (_namespaces.Find(message.Text(WireField.Namespace)) is not { } nsp || !Handlers(nsp).Any(handlers => handlers.ServerEvents.Items.Any(handler => handler.Name == eventName)))
        {
            result?.TrySetResult(default);
            return;
        }

        if (_hub.IsMemoryShort || _waiting.Count > Most)
        {
            _hub.Refuse(message, nsp.Name);
            result?.TrySetResult(CallResults.Unanswered);
            return;
        }

        var attachments = new ReadOnlyMemory<byte>[lengths.Length / 4];
        var rest = message.Body[text..];
        for (var i = 0; i < attachments.Length; i++)
        {
            var length = BitConverter.ToInt32(lengths[(4 * i)..]);
            attachments[i] = rest[..length].ToArray();
            rest = rest[length..];
        }

        var received = new ServerSideEvent(ClusterIdentity.NameOf(message.Node), eventName, message.Body[..text].ToArray(), attachments, Server.Codec, result is null ? null : answer => Answer(result, eventName, answer));
        BufferCounters.Hold(message.Body.Length);
        _waiting.Add(new Waiting(nsp, received, result is null ? null : new Answerers(received, result), message.Body.Length));
    }

    private void Call(Waiting next)
    {
        var (nsp, e, answerers, bytes) = next;
        BufferCounters.Hold(-bytes);
        foreach (var handlers in Handlers(nsp))
        {
            foreach (var handler in handlers.ServerEvents.Items)
            {
                if (handler.Name == e.Name)
                {
                    answerers?.Add();
                    Call(nsp, handlers, handler, e, answerers);
                }
            }
        }

        answerers?.Called();
    }

    private void Call(SockeyeNamespace nsp, NamespaceHandlers handlers, ServerSideHandler handler, ServerSideEvent e, Answerers? answerers)
    {
        Task? task = null;
        try
        {
            task = handler.Handle(e);
        }
#pragma warning disable CA1031 // A handler that fails is told, and the next event comes.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failed(nsp, failure, answerers);
        }

        if (task is not null)
        {
            handlers.Calls?.Add(task);
            LooseTask.Watch(task, failure => Failed(nsp, failure, answerers));
        }
    }

    private void Failed(SockeyeNamespace nsp, Exception failure, Answerers? answerers)
    {
        answerers?.Failed();
        Server.Log.ListenerFailed(HandlerKind.Other, "A handler of OnServerSide", nsp.Name, failure);
        Server.TellError(Handlers(nsp), nsp.Name, new HandlerError(HandlerKind.Other, default, failure));
    }

    private static NamespaceHandlers[] Handlers(SockeyeNamespace nsp) => nsp is ServerNamespace one ? one.HandlerSets : [nsp.Handlers];

    private void Answer(TaskCompletionSource<ReadOnlyMemory<byte>> result, EventName name, EventWriter answer)
    {
        var (body, most) = (Encode(answer), _hub.MaxAnswerBytes);
        if (body.Length > most)
        {
            result.TrySetResult(CallResults.Unanswered);
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The answer to \"{LogText.Escape(name.ToString())}\" is {body.Length} bytes long, and one message of the bus takes {most}: it was not sent, and this server is missing where it was asked for."));
        }

        result.TrySetResult(body);
    }

    private static ReadOnlyMemory<byte> Encode(EventWriter answer)
    {
        var body = new WireWriter();
        body.Bytes(answer.Arguments);
        body.Number(answer.Attachments.Length);
        foreach (var attachment in answer.Attachments)
        {
            body.Bytes(attachment.Span);
        }

        return body.Written;
    }

    private static bool TryName(string text, out EventName name)
    {
        try
        {
            name = text[0] == 'n' ? int.Parse(text.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture) : new EventName(text[1..]);
            return true;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException)
        {
            name = default;
            return false;
        }
    }

    /// <summary>An event, whose body has so many bytes.</summary>
    private readonly record struct Waiting(SockeyeNamespace Namespace, ServerSideEvent Event, Answerers? Answerers, int Bytes);

    /// <summary>The handlers of one event that may still answer it: all that have not failed, since one that has returned may have kept the event. When none is left, whoever has asked waits no longer.</summary>
    /// <remarks>Any thread. Lives as long as the event.</remarks>
    private sealed class Answerers(ServerSideEvent e, TaskCompletionSource<ReadOnlyMemory<byte>> result)
    {
        private int _left = 1; // whoever calls them may find another one
        private bool _isAny;

        /// <summary>One is about to be called.</summary>
        public void Add()
        {
            _isAny = true;
            Interlocked.Increment(ref _left);
        }

        /// <summary>All have been called. Those that were there when the event came may have gone: then this server has none, and is not missing.</summary>
        public void Called()
        {
            if (_isAny)
            {
                Failed();
            }
            else
            {
                End(default);
            }
        }

        /// <summary>One has failed.</summary>
        public void Failed()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                End(CallResults.Unanswered);
            }
        }

        private void End(ReadOnlyMemory<byte> with)
        {
            e.GiveUp();
            result.TrySetResult(with);
        }
    }
}
