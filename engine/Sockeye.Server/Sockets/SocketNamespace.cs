using System.Text;
using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>A namespace as its sockets see it: its name, what is registered and set on it, and the order in which they enter it, join, leave and are emitted to. Of a pattern it also has
/// the pattern's handlers, which run before its own.</summary>
/// <remarks>It owns the handlers and settings that are its own. Any thread, unless a member says otherwise. Lives as long as it is registered, or has sockets.</remarks>
internal abstract class SocketNamespace : SockeyeNamespace
{
    private SockeyeNamespace? _pattern;
    private HandlerTable _table;

    /// <summary>One that the application, or a plugin, has named.</summary>
    /// <param name="server">Its server.</param>
    /// <param name="name">Its name.</param>
    /// <param name="own">What is registered on it alone; null: nothing yet.</param>
    /// <param name="pattern">The pattern or predicate that it belongs to; null: none.</param>
    protected SocketNamespace(ServerContext server, string name, NamespaceHandlers? own, SockeyeNamespace? pattern)
    {
        Server = server;
        Name = name;
        NameUtf8 = Encoding.UTF8.GetBytes(name);
        _pattern = pattern;
        _table = new HandlerTable([], pattern?.Handlers, own);
    }

    /// <inheritdoc />
    public sealed override string Name { get; }

    public byte[] NameUtf8 { get; }

    public ServerContext Server { get; }

    /// <summary>What is registered, as one piece.</summary>
    public HandlerTable Table => System.Threading.Volatile.Read(ref _table);

    /// <summary>What is registered, in the order in which it runs.</summary>
    public NamespaceHandlers[] HandlerSets => Table.Sets;

    /// <summary>Where and in which order its handlers run.</summary>
    public SockeyeNamespace Settings => _pattern ?? this;

    /// <summary>What is done with a message for which there is no room; <see cref="OutboxPolicy.Inherit"/>: what the server does.</summary>
    public OutboxPolicy WhenOutboxIsFull => OwnOutboxPolicy == OutboxPolicy.Inherit && _pattern is { } pattern ? pattern.OwnOutboxPolicy : OwnOutboxPolicy;

    /// <summary>Whether events that wait when their socket goes are dropped.</summary>
    public bool DropsWaitingEvents => DropsOwnWaitingEvents || _pattern is { DropsOwnWaitingEvents: true };

    /// <summary>Whether clients hear of it when an event fails whose acknowledgement they wait for.</summary>
    public bool AnswersFailures => OwnAckErrors ?? _pattern?.OwnAckErrors ?? Server.AckErrors;

    /// <summary>Whether something was set or registered on this one alone, so that it must not be forgotten when it is empty.</summary>
    public bool IsConfigured => Table.Own is { IsEmpty: false } || OwnOutboxPolicy != OutboxPolicy.Inherit || DropsOwnWaitingEvents || OwnAckErrors is not null || HasRoomPolicies;

    public bool HasAdmission => Any(static handlers => handlers.Admission.Items.Length > 0);

    public bool HasConnectionHandlers => Any(static handlers => handlers.Connection.Items.Length > 0);

    public bool HasDisconnectHandlers => Any(static handlers => handlers.Disconnect.Items.Length > 0);

    /// <summary>Asked for each message, so without a delegate.</summary>
    public bool HasOutgoingListeners
    {
        get
        {
            foreach (var handlers in HandlerSets)
            {
                if (handlers.AnyOutgoing.Items.Length > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    internal sealed override SockeyeNamespace Itself => this;

    internal sealed override PayloadCodec Codec => Server.Codec;

    internal sealed override bool IsOnLoop => Server.Loops.IsInTurn;

    internal sealed override NamespaceHandlers Handlers
    {
        get
        {
            // Who asks for it is about to register something.
            OnConfigured();
            while (true)
            {
                var table = Table;
                if (table.Own is { } own)
                {
                    return own;
                }

                var made = new NamespaceHandlers((name, count) => Server.Log.Registered(Name, name, count));
                Interlocked.CompareExchange(ref _table, new HandlerTable(table.Plugins, table.Pattern, made), table);
            }
        }
    }

    /// <summary>What plugins have registered is this from now on, and the pattern or predicate that it belongs to. Any thread, one at a time.</summary>
    public void Replace(NamespaceHandlers[] plugins, SockeyeNamespace? pattern)
    {
        System.Threading.Volatile.Write(ref _pattern, pattern);
        while (true)
        {
            var table = Table;
            if (Interlocked.CompareExchange(ref _table, new HandlerTable(plugins, pattern?.Handlers, table.Own), table) == table)
            {
                return;
            }
        }
    }

    /// <summary>What the order has in store on an event loop.</summary>
    public abstract SocketShard ShardOf(int loop);

    /// <summary>The socket is in the namespace. On its loop.</summary>
    public abstract void Enter(ServerSocket socket);

    /// <summary>The socket is in no room and not in the namespace any more. On its loop, once.</summary>
    public abstract void Exit(ServerSocket socket);

    /// <summary>Puts a socket into a room; one that is not admitted yet when it is.</summary>
    /// <returns>False: the socket has gone, or is in too many rooms.</returns>
    public abstract bool Join(ServerSocket socket, string room);

    /// <returns>False: the socket has gone, or was not in the room.</returns>
    public abstract bool Leave(ServerSocket socket, string room);

    /// <summary>Completes when messages of other servers to a room come here.</summary>
    public abstract Task WhenListening(string room);

    /// <summary>Completes when messages of other servers for a socket that is to be admitted come here: to the namespace, to its user, to the rooms that it was put in. Soon in any case; never fails.</summary>
    public abstract Task WhenListening(ServerSocket socket);

    /// <summary>Says who is behind a socket, and takes it to the room of that user. Any thread.</summary>
    public abstract void Identify(ServerSocket socket, SocketIdentity? identity);

    /// <summary>The names of a socket's rooms, its own id first and no reserved ones: of one that has left those that it was in, of one that is not admitted yet those that it is to be in.</summary>
    public abstract string[] RoomsOf(ServerSocket socket);

    /// <summary>Whether a name is one of those that <see cref="RoomsOf"/> gives.</summary>
    public abstract bool IsIn(ServerSocket socket, string room);

    /// <summary>Sends a packet to one socket from outside its loop, or from inside a delivery on it. Takes the reference.</summary>
    public abstract EmitResult EmitInOrder(ServerSocket socket, Frame frame, in EmitOptions options, PendingAck? ack);

    /// <summary>Does something on a socket's loop, in order with what was emitted to it before.</summary>
    public abstract void RunInOrder(ServerSocket socket, OrderedTask task);

    /// <summary>Another namespace in which somebody listens to an event; null: none.</summary>
    public abstract string? OtherWith(ReadOnlySpan<byte> nameUtf8, bool isNumeric);

    /// <summary>What may be meant by an event to which nobody listens: words for the end of a line, or nothing.</summary>
    /// <param name="nameUtf8">The name.</param>
    /// <param name="isNumeric">Whether it is a number.</param>
    /// <param name="own">What is registered on the socket.</param>
    public string HintFor(ReadOnlySpan<byte> nameUtf8, bool isNumeric, EventTable? own)
    {
        if (OtherWith(nameUtf8, isNumeric) is { } other)
        {
            return $": its handler is registered in {LogText.Escape(other)}";
        }

        var known = HandlerSets.SelectMany(static handlers => handlers.Events.Names).Concat(own?.Names ?? []);
        return NearName.Find(Encoding.UTF8.GetString(nameUtf8), known) is { } near ? $"; is \"{LogText.Escape(near)}\" meant?" : "";
    }

    /// <summary>A client is gone.</summary>
    public abstract void Release();

    /// <summary>Shows an outgoing event to the catch-all listeners, on the thread that emits.</summary>
    public void NotifyOutgoing(SockeyeSocket? socket, EventWriter e)
    {
        using var use = HandlerUse.Of(this);
        byte[]? name = null;
        foreach (var handlers in use.Sets)
        {
            foreach (var listener in handlers.AnyOutgoing.Items)
            {
                Task? task = null;
                var context = new EventContext(socket!, e.Name);
                try
                {
                    name ??= Encoding.UTF8.GetBytes(e.Name.ToString());
                    task = listener(new EventReader(context, name, e.Arguments, e.Attachments, Codec));
                }
#pragma warning disable CA1031 // A listener that fails must not keep the event from being sent: logged, counted, reported.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    OutgoingListenerFailed(context, failure);
                }

                if (task is not null)
                {
                    handlers.Calls?.Add(task);
                    WatchOutgoing(task, context);
                }
            }
        }
    }

    private void WatchOutgoing(Task task, EventContext context) => LooseTask.Watch(task, failure => OutgoingListenerFailed(context, failure));

    private void OutgoingListenerFailed(EventContext context, Exception failure)
    {
        Server.Log.ListenerFailed(HandlerKind.CatchAll, $"A listener of OnAnyOutgoing, for \"{LogText.Escape(context.Name.ToString())}\",", Name, failure);
        using var use = HandlerUse.Of(this);
        Server.TellError(use.Sets, Name, new HandlerError(HandlerKind.CatchAll, context, failure));
    }

    /// <summary>Whether somebody listens to an event.</summary>
    public bool Listens(ReadOnlySpan<byte> nameUtf8, bool isNumeric)
    {
        foreach (var handlers in HandlerSets)
        {
            if (handlers.Events.Find(nameUtf8, isNumeric) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private bool Any(Func<NamespaceHandlers, bool> has)
    {
        foreach (var handlers in HandlerSets)
        {
            if (has(handlers))
            {
                return true;
            }
        }

        return false;
    }
}
