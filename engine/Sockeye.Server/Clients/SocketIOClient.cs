using System.Text;
using Sockeye.EngineIO;
using Sockeye.Protocol;
using Sockeye.Protocol.SocketIO;
using Sockeye.Server.Common;
using Sockeye.Server.Namespaces;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Clients;

/// <summary>One client on one Engine.IO session, as Socket.IO sees it: reads its packets, puts binary ones together, and hands them to its sockets, one for each namespace.</summary>
/// <remarks>It owns its sockets and the binary packet that is not complete. Belongs to the session's loop, apart from the members of <see cref="ClientConnection"/> and <see cref="ClientLink.OwesAck"/>. Lives as long as the session. A client that breaks
/// a rule or goes beyond a limit (<see cref="LimitOptions"/>) is closed, with the rule in the log.</remarks>
internal sealed class SocketIOClient : ClientLink
{
    private readonly NamespaceRegistry _namespaces;
    private ServerSocket? _only;        // the one socket, which is the rule
    private ClientDeadline? _joinDeadline;
    private RareState? _rare;
    private int _pauses;
    private int _admissions;
    private int _refusals;
    private int _authBytes;

    public SocketIOClient(NamespaceRegistry namespaces, EngineSession session)
        : base(session)
    {
        _namespaces = namespaces;
        session.IsPreAuth = true;              // until it has been in a namespace
        session.MaxPayloadBytes = Server.Limits.PreAuthBytes;
        _joinDeadline = Start(Server.ConnectTimeout, static client => client.OnNotJoined());
    }

    public ServerContext Server => _namespaces.Server;

    /// <inheritdoc />
    public override ReadOnlySpan<ServerSocket> Sockets => _only is not null ? new ReadOnlySpan<ServerSocket>(ref _only) : _rare?.Several;

    private RareState Rare => _rare ??= new RareState();

    public void OnMessage(ReadOnlySpan<byte> data, bool isBinary)
    {
        var error = isBinary ? ReadBinary(data) : ReadText(data);
        if (error != ProtocolError.None)
        {
            Refuse(error, isBinary ? default : data);
        }
    }

    /// <summary>The engine has closed the connection for it; here it is told which limit it was.</summary>
    public void OnPayloadTooLarge()
    {
        if (Session.IsPreAuth)
        {
            Server.Metrics.OnRuleBroken(SockeyeMetrics.PreAuthBytes);
            Server.Log.Expelled(Session.RemoteEndPoint, DisconnectReason.TransportError, $"more than Limits:PreAuthBytes ({Server.Limits.PreAuthBytes}) before a namespace was joined");
        }
    }

    public void OnWritable()
    {
        foreach (var socket in Sockets)
        {
            socket.OnWritable();
        }
    }

    /// <summary>The session is over.</summary>
    public void OnClose(DisconnectReason reason, string? detail)
    {
        Stop(ref _joinDeadline);
        ServerSocket[] sockets = [.. Sockets];
        SetSockets(default);
        CountAuth(-_authBytes);
        if (_rare is { } rare)
        {
            Stop(ref rare.AttachmentDeadline);
            Stop(ref rare.LagDeadline);
            CountAssembled(0);
            _rare = null;
        }

        foreach (var socket in sockets)
        {
            socket.Close(reason, detail, mayRun: true);
        }
    }

    /// <inheritdoc />
    public override void Disconnect(ServerSocket socket, bool close)
    {
        if (!close)
        {
            Disconnect(socket);
            return;
        }

        foreach (var each in Sockets)
        {
            Disconnect(each);
        }

        // It closes once what tells the client has left.
        Session.Close(DisconnectReason.ForcedServerClose, "disconnected by the application");
    }

    /// <inheritdoc />
    public override void PutOut(ServerSocket socket, DisconnectReason reason, string detail)
    {
        Disconnect(socket, reason);
        if (Sockets.IsEmpty)
        {
            Session.Close(reason, detail);
        }
    }

    /// <inheritdoc />
    public override SocketRates? TakeRates() => _rare?.LeftRates is { Count: > 0 } left ? left.Pop() : null;

    /// <inheritdoc />
    public override void KeepRates(SocketRates rates)
    {
        if (Session.State == EngineState.Open)
        {
            (Rare.LeftRates ??= []).Push(rates);
        }
    }

    private void Disconnect(ServerSocket socket, DisconnectReason reason = DisconnectReason.ServerNamespaceDisconnect)
    {
        if (socket.IsPending)
        {
            Reject(socket, "Disconnected", default);
        }
        else if (socket.IsConnected)
        {
            Session.Send(PacketFrames.Disconnect(socket.SocketNamespace.NameUtf8));
            Expel(socket);
            socket.Close(reason, null, mayRun: false);
            AwaitEnd(socket);
        }
    }

    private void SetSockets(ReadOnlySpan<ServerSocket> sockets)
    {
        _only = sockets.Length == 1 ? sockets[0] : null;
        if (sockets.Length > 1)
        {
            Rare.Several = sockets.ToArray();
        }
        else if (_rare is { } rare)
        {
            rare.Several = null;
        }
    }

    private void Remove(ServerSocket socket)
    {
        var index = Sockets.IndexOf(socket);
        if (index >= 0)
        {
            SetSockets([.. Sockets[..index], .. Sockets[(index + 1)..]]);
            CountAuth(-socket.AuthBytes);
        }
    }

    /// <summary>What the clients sent to enter is kept with the sockets, and counts towards the memory that the engine holds.</summary>
    private void CountAuth(int change)
    {
        if (change != 0)
        {
            _authBytes += change;
            BufferCounters.Hold(change);
        }
    }

    /// <summary>The server has put the socket out. What the client sent before it heard of it breaks no rule and is ignored.</summary>
    private void Expel(ServerSocket socket)
    {
        Remove(socket);
        Rare.Left = [.. Rare.Left.TakeLast(Server.Limits.NamespacesPerConnection - 1), socket.SocketNamespace.NameUtf8];
    }

    /// <summary>The socket has left, and its connection goes on: while handlers of it wait or run, it counts among what the client may have at once.</summary>
    private void AwaitEnd(ServerSocket socket)
    {
        if (socket.IsEnding && Session.State == EngineState.Open)
        {
            (Rare.Ending ??= []).Add(socket);
        }
    }

    /// <summary>Sockets that have left and whose handlers have not ended.</summary>
    private int CountEnding()
    {
        if (_rare?.Ending is not { } ending)
        {
            return 0;
        }

        ending.RemoveAll(static socket => !socket.IsEnding);
        return ending.Count;
    }

    /// <inheritdoc />
    public override void Pause()
    {
        // Asked for by a handler elsewhere, it may come when the session is over.
        if (_pauses++ == 0 && Session.State == EngineState.Open)
        {
            Session.PauseReading();
            Rare.LagDeadline = Start(Server.MaxHandlerLag, static client => client.Close(DisconnectReason.HandlerLag, "its handlers did not catch up within MaxHandlerLag"));
            Server.Metrics.ReadingPaused();
        }
    }

    /// <inheritdoc />
    public override void Resume()
    {
        if (--_pauses == 0)
        {
            Stop(ref Rare.LagDeadline);
            Session.ResumeReading();
        }
    }

    /// <inheritdoc />
    public override bool OwesAck => Volatile.Read(ref _rare) is { Owing: > 0 };

    /// <inheritdoc />
    public override void BeginOwing()
    {
        if (Rare.Owing++ == 0)
        {
            SettleReading();
        }
    }

    /// <inheritdoc />
    public override void EndOwing()
    {
        // Without the state the session is over, and with it all that was owed.
        if (_rare is { } rare && --rare.Owing == 0)
        {
            SettleReading();
        }
    }

    private void SettleReading()
    {
        foreach (var socket in Sockets)
        {
            socket.SettleReading();
        }
    }

    /// <summary>Middleware begins to decide.</summary>
    public void BeginAdmission() => _admissions++;

    /// <summary>Middleware has decided, whether or not the client is still there.</summary>
    public void EndAdmission() => _admissions--;

    /// <summary>The socket was admitted by its namespace.</summary>
    public void Admit(ServerSocket socket)
    {
        if (Session.State != EngineState.Open)
        {
            // The connection ended while middleware decided, perhaps by it; the socket goes with it, and nobody hears of either.
            return;
        }

        Stop(ref _joinDeadline);
        if (Session.IsPreAuth)
        {
            Session.IsPreAuth = false;
            Session.MaxPayloadBytes = LimitOptions.Unlimited;
        }

        socket.Open();
    }

    /// <summary>The socket was not admitted: the client is told, and stays in its other namespaces.</summary>
    public void Reject(ServerSocket socket, string message, ReadOnlySpan<byte> data)
    {
        Remove(socket);
        socket.Close(DisconnectReason.ServerNamespaceDisconnect, null, mayRun: false);
        Server.Log.Rejected(Session.RemoteEndPoint, socket.SocketNamespace.Name, message);
        SendRefusal(socket.SocketNamespace.NameUtf8, message, data);
    }

    /// <summary>Tells the client that it may not enter. A stranger who hears it too often is closed: it would go on at no cost of its own.</summary>
    private void SendRefusal(ReadOnlySpan<byte> nsp, string message, ReadOnlySpan<byte> data)
    {
        Server.Metrics.Refused();
        Session.Send(PacketFrames.Refused(nsp, message, data));
        if (Session.IsPreAuth && ++_refusals >= Server.Limits.PreAuthRefusals)
        {
            Close(DisconnectReason.ForcedServerClose, "refused Limits:PreAuthRefusals times before a namespace was joined");
        }
    }

    private ProtocolError ReadText(ReadOnlySpan<byte> text)
    {
        if (_rare?.Assembler is { IsWaiting: true })
        {
            return ProtocolError.SocketIOUnexpectedText;
        }

        var error = SocketPacketReader.TryRead(text, Server.PacketLimits, out var packet);
        if (error == ProtocolError.SocketIOLoneSurrogate)
        {
            // A text cut inside a character is no reason to lose a client. Replaced here, it is whole for every reader: handlers, auth payloads, whoever it is sent on to.
            var whole = text.ToArray();
            JsonString.ReplaceLoneSurrogates(whole);
            error = SocketPacketReader.TryRead(whole, Server.PacketLimits, out packet);
        }

        if (error != ProtocolError.None)
        {
            return error;
        }

        if (packet.Type is SocketPacketType.Event or SocketPacketType.Ack)
        {
            Route(packet, default);
            return ProtocolError.None;
        }

        if (packet.Attachments > 0)
        {
            return BeginBinary(packet);
        }

        switch (packet.Type)
        {
            case SocketPacketType.Connect:
                Connect(packet);
                break;
            case SocketPacketType.Disconnect:
                Leave(packet);
                break;
            default:
                Violated("a client does not refuse connections");
                break;
        }

        return ProtocolError.None;
    }

    /// <summary>Only from a namespace that is joined, so that a stranger cannot make the server keep anything.</summary>
    private ProtocolError BeginBinary(in SocketPacket packet)
    {
        if (Find(packet.Namespace) is not { IsConnected: true } && !WasLeft(packet.Namespace))
        {
            Violated("a packet for a namespace that is not joined");
            return ProtocolError.None;
        }

        var error = (Rare.Assembler ??= new AttachmentAssembler(Server.Limits.EventBytes)).Begin(packet);
        if (error == ProtocolError.None)
        {
            CountAssembled(packet.Payload.Length);
            Rare.AttachmentDeadline = Start(Server.Limits.AttachmentTimeout, static client => client.Close(DisconnectReason.ParseError, "its attachments did not come within Limits:AttachmentTimeout"), mayExtend: true);
        }

        return error;
    }

    private ProtocolError ReadBinary(ReadOnlySpan<byte> data)
    {
        if (_rare is not { Assembler: { IsWaiting: true } assembler } rare)
        {
            return ProtocolError.SocketIOUnexpectedBinary;
        }

        var error = assembler.Add(data);
        if (error == ProtocolError.None && assembler.IsComplete)
        {
            Stop(ref rare.AttachmentDeadline);
            var packet = assembler.Packet;
            var attachments = assembler.Attachments;
            assembler.Clear();
            CountAssembled(0);
            Route(packet, attachments);
        }
        else if (error == ProtocolError.None)
        {
            CountAssembled(Session.UnhandledBytes + data.Length);
        }

        return error;
    }

    private void CountAssembled(int bytes)
    {
        if (bytes != Session.UnhandledBytes)
        {
            BufferCounters.Hold(bytes - Session.UnhandledBytes);
            Session.UnhandledBytes = bytes;
        }
    }

    private void Route(in SocketPacket packet, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        if (Find(packet.Namespace) is not { IsConnected: true } socket)
        {
            if (!WasLeft(packet.Namespace))
            {
                Violated("a packet for a namespace that is not joined");
            }
        }
        else if (packet.IsEvent)
        {
            if (ServerSocket.IsServers(packet))
            {
                Refuse(ProtocolError.SocketIOReservedEvent, default);
                return;
            }

            socket.Receive(packet, attachments);
        }
        else
        {
            socket.ReceiveAck(packet, attachments);
        }
    }

    private void Connect(in SocketPacket packet)
    {
        if (Find(packet.Namespace) is not null)
        {
            Violated("a namespace was joined twice");
            return;
        }

        if (packet.Payload.Length > Server.Limits.AuthPayloadBytes)
        {
            Violated("the auth payload is larger than Limits:AuthPayloadBytes");
            return;
        }

        // A client that leaves and joins again must not start any number of decisions, nor leave any number of queues behind.
        if (Math.Max(Sockets.Length, Math.Max(_admissions, CountEnding())) >= Server.Limits.NamespacesPerConnection)
        {
            Server.Log.Crowded(Session.RemoteEndPoint, Encoding.UTF8.GetString(packet.Namespace), Server.Limits.NamespacesPerConnection);
            SendRefusal(packet.Namespace, "Too many namespaces", default);
            return;
        }

        var auth = packet.Payload.IsEmpty ? AuthPayload.Empty : new AuthPayload(packet.Payload);
        if (_namespaces.Acquire(packet.Namespace, auth) is not { } nsp)
        {
            if (Server.Log.TellsUnheard && Encoding.UTF8.GetString(packet.Namespace) is var name && Server.Log.IsUnknownDue(name, out var level))
            {
                Server.Log.Unknown(level, Session.RemoteEndPoint, name, _namespaces.HintFor(name));
            }

            SendRefusal(packet.Namespace, "Invalid namespace", default);
            return;
        }

        if (IndexOfLeft(packet.Namespace) is >= 0 and var left)
        {
            Rare.Left = [.. Rare.Left.AsSpan(0, left), .. Rare.Left.AsSpan(left + 1)];
        }

        var socket = new ServerSocket(this, nsp, auth);
        SetSockets([.. Sockets, socket]);
        CountAuth(socket.AuthBytes);
        Admission.Begin(this, socket);
    }

    private void Leave(in SocketPacket packet)
    {
        if (Find(packet.Namespace) is not { } socket)
        {
            if (!WasLeft(packet.Namespace))
            {
                Violated("a namespace was left that is not joined");
            }

            return;
        }

        Remove(socket);
        socket.Close(DisconnectReason.ClientNamespaceDisconnect, null, mayRun: true);
        AwaitEnd(socket);
    }

    private ServerSocket? Find(ReadOnlySpan<byte> nsp)
    {
        foreach (var socket in Sockets)
        {
            if (nsp.SequenceEqual(socket.SocketNamespace.NameUtf8))
            {
                return socket;
            }
        }

        return null;
    }

    private bool WasLeft(ReadOnlySpan<byte> nsp) => IndexOfLeft(nsp) >= 0;

    private int IndexOfLeft(ReadOnlySpan<byte> nsp)
    {
        var left = _rare?.Left ?? [];
        for (var i = 0; i < left.Length; i++)
        {
            if (nsp.SequenceEqual(left[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private void Refuse(ProtocolError error, ReadOnlySpan<byte> packet)
    {
        Server.Metrics.Refused(error);
        var rule = ProtocolErrors.Describe(error).Text;
        Close(DisconnectReason.ParseError, error == ProtocolError.SocketIOInvalidJson ? JsonFault.Describe(rule, packet) : rule);
    }

    private void Violated(string rule)
    {
        Server.Metrics.Violated();
        Close(DisconnectReason.ForcedClose, rule);
    }

    /// <summary>Nothing to warn of where it was refused: that has been said, and a client that gives up may leave its session behind.</summary>
    private void OnNotJoined()
    {
        const string Rule = "no namespace was joined within ConnectTimeout";
        if (_refusals == 0)
        {
            Close(DisconnectReason.ForcedServerClose, Rule);
        }
        else
        {
            Session.Dismiss(DisconnectReason.ForcedServerClose, Rule);
        }
    }

    private void Close(DisconnectReason reason, string rule)
    {
        Server.Log.Expelled(Session.RemoteEndPoint, reason, rule);
        if (Session.IsPreAuth)
        {
            Session.Dismiss(reason, rule);
        }
        else
        {
            Session.Close(reason, rule);
        }
    }

    private ClientDeadline Start(TimeSpan interval, Action<SocketIOClient> expired, bool mayExtend = false)
    {
        var deadline = new ClientDeadline(this, interval, expired, mayExtend);
        Session.Loop.DueList(interval).Add(deadline);
        return deadline;
    }

    private static void Stop(ref ClientDeadline? deadline)
    {
        DueList.Cancel(deadline);
        deadline = null;
    }

    /// <summary>What most connections never need.</summary>
    private sealed class RareState
    {
        /// <summary>All its sockets, if there is more than one.</summary>
        public ServerSocket[]? Several;

        /// <summary>Sockets that have left, some of whose handlers had not ended when it was last counted.</summary>
        public List<ServerSocket>? Ending;

        /// <summary>What is left of the rates of sockets that have left, for the next ones.</summary>
        public Stack<SocketRates>? LeftRates;

        public AttachmentAssembler? Assembler;

        /// <summary>Sockets that owe acknowledgements. Any thread may read it.</summary>
        public volatile int Owing;

        public ClientDeadline? AttachmentDeadline;
        public ClientDeadline? LagDeadline;

        /// <summary>Namespaces that the server has put the client out of.</summary>
        public byte[][] Left = [];
    }
}
