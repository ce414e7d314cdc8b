using System.Text;
using System.Text.Json;
using Sockeye.Abstractions.Sockets;
using Sockeye.Protocol;
using Sockeye.Protocol.SocketIO;
using Sockeye.Transport;

namespace Sockeye.Testing;

/// <summary>One client of a <see cref="SockeyeTestServer"/>, in one namespace over a connection of its own. It speaks real bytes.</summary>
/// <remarks>Used on the thread of the test server. It answers pings by itself while its server's clock is moved, unless it is cut or does not read.</remarks>
public sealed class SockeyeTestClient
{
    private static readonly SocketPacketLimits Limits = new() { MaxAttachments = 65536, MaxEventNameBytes = 65536, MaxNamespaceBytes = 65536 };

    private readonly SockeyeTestServer _server;
    private readonly TestLink _link;
    private readonly string _namespace;
    private readonly byte[] _namespaceUtf8;
    private readonly AttachmentAssembler _assembler = new(Array.MaxLength);
    private readonly List<TestEvent> _events = [];
    private readonly Dictionary<long, TestEvent?> _answers = [];
    private readonly Queue<(byte[] Bytes, bool IsBinary)> _unsent = new();
    private readonly string? _auth;
    private SockeyeSocket? _socket;
    private long _lastAckId = -1;

    internal SockeyeTestClient(SockeyeTestServer server, TestLink link, string nsp, object? auth, bool joins)
    {
        _server = server;
        _link = link;
        _namespace = nsp;
        _namespaceUtf8 = Encoding.UTF8.GetBytes(nsp);
        _auth = joins ? auth is null ? "" : JsonSerializer.Serialize(auth) : null;
    }

    /// <summary>Its socket's id; null until it is in its namespace.</summary>
    public string? Id { get; private set; }

    /// <summary>Why it was refused by the namespace, <c>message</c> and <c>data</c>; null: it was not.</summary>
    public JsonElement? Refusal { get; private set; }

    /// <summary>Whether it is in its namespace, as the server sees it.</summary>
    public bool IsConnected => _socket is { IsConnected: true };

    /// <summary>Why the server let go of it; null: it has not.</summary>
    public DisconnectReason? Disconnected { get; private set; }

    /// <summary>What the server knows beyond <see cref="Disconnected"/>.</summary>
    public string? DisconnectDetail { get; private set; }

    /// <summary>Whether the server has told it with a packet that it is out of its namespace.</summary>
    public bool WasToldToLeave { get; private set; }

    /// <summary>Whether the server has closed the connection.</summary>
    public bool IsClosed => _link.IsClosed;

    /// <summary>The close code that the server gave; null: none.</summary>
    public int? CloseCode => _link.CloseCode;

    /// <summary>The whole HTTP answer of a server that refused the connection; null: it did not.</summary>
    public string? HttpRefusal => _link.RefusedWith;

    /// <summary>Events that have arrived and were not taken.</summary>
    public int Pending => _events.Count;

    /// <summary>The events that have arrived and were not taken.</summary>
    public IReadOnlyList<TestEvent> Events => _events;

    /// <summary>Its socket on the server; null until it is in its namespace.</summary>
    public SockeyeSocket? Socket => _socket;

    /// <summary>The Engine.IO handshake that it got, as JSON; null until then.</summary>
    public string? Handshake { get; private set; }

    /// <summary>The connection below, to play by hand.</summary>
    internal MemoryPeer Peer => _link.Peer;

    /// <summary>Sends an event; it is kept until the client is in its namespace. The server handles it with <see cref="SockeyeTestServer.RunUntilIdle"/>.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments, each written by its type at run time.</param>
    public void Emit(EventName name, params ReadOnlySpan<object?> args) => SendEvent(name, args, -1);

    /// <summary>As <see cref="Emit(EventName, ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments.</param>
    /// <inheritdoc cref="Emit(EventName, ReadOnlySpan{object?})" path="/remarks" />
    public void Emit(EventName name, object?[]? args) => Emit(name, args is null ? Encoded.Null : args);

    /// <summary>Sends an event that wants an answer, and runs the server until it comes.</summary>
    /// <typeparam name="T">The first argument of the answer; <see cref="EventRefusal"/> for one that is expected to be refused.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="EventRefusedException">The answer is a refusal, and neither that nor untyped JSON is asked for.</exception>
    /// <exception cref="TimeoutException">The server has not answered within 60 s of real time, while the clock stood still, or has refused the client; the message says why, as far as is known.</exception>
    public T? Call<T>(EventName name, params ReadOnlySpan<object?> args)
    {
        var answer = CallRaw(name, args);
        if (typeof(T) != typeof(EventRefusal) && typeof(T) != typeof(JsonElement) && typeof(T) != typeof(object) && answer.IsRefusal(out var refusal))
        {
            throw new EventRefusedException(refusal);
        }

        return answer.Json.Length == 0 ? default : answer.Get<T>();
    }

    /// <summary>As <see cref="Call{T}(EventName, ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments.</param>
    /// <inheritdoc cref="Call{T}(EventName, ReadOnlySpan{object?})" path="/typeparam|/returns|/exception" />
    public T? Call<T>(EventName name, object?[]? args) => Call<T>(name, args is null ? Encoded.Null : args);

    /// <summary>As <see cref="Call{T}(EventName, ReadOnlySpan{object?})"/>, with all arguments of the answer.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="TimeoutException">The server has not answered within 60 s of real time, while the clock stood still, or has refused the client; the message says why, as far as is known.</exception>
    public TestEvent CallRaw(EventName name, params ReadOnlySpan<object?> args)
    {
        var failures = _server.HandlerErrorCount;
        var id = Ask(name, args);
        return _server.RunUntil(() => _answers[id] is not null || Refusal is not null) && _answers[id] is { } answer
            ? answer
            : throw new TimeoutException(
                $"The server has not answered \"{name}\": {NoAnswer.Reason(_server.HandlerErrors.TakeLast((int)(_server.HandlerErrorCount - failures)), this, name)}");
    }

    /// <summary>As <see cref="CallRaw(EventName, ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments.</param>
    /// <inheritdoc cref="CallRaw(EventName, ReadOnlySpan{object?})" path="/returns|/exception" />
    public TestEvent CallRaw(EventName name, object?[]? args) => CallRaw(name, args is null ? Encoded.Null : args);

    /// <summary>Sends an event that wants an answer, and does not wait for it.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>A number for <see cref="AnswerTo"/>.</returns>
    public long Ask(EventName name, params ReadOnlySpan<object?> args)
    {
        var id = ++_lastAckId;
        _answers[id] = null;
        SendEvent(name, args, id);
        return id;
    }

    /// <summary>As <see cref="Ask(EventName, ReadOnlySpan{object?})"/>, for an array, and for null, which is one argument: null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments.</param>
    /// <inheritdoc cref="Ask(EventName, ReadOnlySpan{object?})" path="/returns" />
    public long Ask(EventName name, object?[]? args) => Ask(name, args is null ? Encoded.Null : args);

    /// <summary>The answer to <see cref="Ask(EventName, ReadOnlySpan{object?})"/>; null: it has not come.</summary>
    /// <param name="id">What <see cref="Ask(EventName, ReadOnlySpan{object?})"/> returned.</param>
    public TestEvent? AnswerTo(long id) => _answers.GetValueOrDefault(id);

    /// <summary>Takes the next event of a name, after running the server until it is idle.</summary>
    /// <param name="name">The event.</param>
    /// <exception cref="InvalidOperationException">There is none; the message lists what there is.</exception>
    public TestEvent Next(string name)
    {
        _server.RunUntilIdle();
        var index = _events.FindIndex(e => e.Name == name);
        if (index < 0)
        {
            throw new InvalidOperationException(
                $"No event \"{name}\" has arrived; {(_events.Count == 0 ? "nothing waits to be taken" : $"waiting: {string.Join(", ", _events.Select(static e => e.Name))}")}.");
        }

        var found = _events[index];
        _events.RemoveAt(index);
        return found;
    }

    /// <summary>Takes the next event of a name and reads its first argument.</summary>
    /// <typeparam name="T">The argument.</typeparam>
    /// <param name="name">The event.</param>
    /// <exception cref="InvalidOperationException">There is none; the message lists what there is.</exception>
    public T? Next<T>(string name) => Next(name).Get<T>();

    /// <summary>Forgets the events that have arrived.</summary>
    public void Clear() => _events.Clear();

    /// <summary>Leaves the namespace, as a client does that disconnects.</summary>
    public void Disconnect() => SendPacket(SocketPacketType.Disconnect, "");

    /// <summary>Asks for the namespace again on the same connection.</summary>
    public void Rejoin() => SendPacket(SocketPacketType.Connect, _auth ?? "");

    /// <summary>The network fails: nothing goes or comes any more, and nobody is told.</summary>
    public void Cut() => _link.IsCut = true;

    /// <summary>Closes the connection in order.</summary>
    public void Close() => _link.Peer.Close();

    /// <summary>Resets the connection.</summary>
    public void Reset() => _link.Peer.Reset();

    /// <summary>Stops reading: the server's queue for this client grows. It does not answer pings meanwhile.</summary>
    public void PauseReading() => _link.Peer.StopReading = true;

    /// <summary>Reads on.</summary>
    public void ResumeReading() => _link.Peer.StopReading = false;

    /// <summary>Sends a Socket.IO packet as it stands, whatever it says.</summary>
    /// <param name="packet">The packet, such as <c>2["chat","hi"]</c>.</param>
    public void SendRaw(string packet) => _link.Send(Encoding.UTF8.GetBytes("4" + packet), isBinary: false);

    /// <summary>Sends an attachment as it stands, whether one is awaited or not.</summary>
    /// <param name="attachment">Its bytes.</param>
    public void SendRaw(ReadOnlySpan<byte> attachment) => _link.Send(attachment, isBinary: true);

    /// <summary>Takes what has arrived and answers pings.</summary>
    internal bool Pump() => _link.Pump(OnMessage);

    internal void SendAnswer(long ackId, ReadOnlySpan<object?> args)
    {
        var writer = EventWriter.Rent();
        writer.BeginAck();
        Send(SocketPacketType.Ack, writer, args, ackId);
    }

    private void SendEvent(EventName name, ReadOnlySpan<object?> args, long ackId)
    {
        var writer = EventWriter.Rent();
        writer.BeginEvent(name);
        Send(SocketPacketType.Event, writer, args, ackId);
    }

    private void Send(SocketPacketType type, EventWriter writer, ReadOnlySpan<object?> args, long ackId)
    {
        foreach (var argument in args)
        {
            writer.Value(_server.Codec, argument);
        }

        writer.End();
        var attachments = writer.Attachments;
        if (!attachments.IsEmpty)
        {
            type += SocketPacketType.BinaryEvent - SocketPacketType.Event;
        }

        var header = new byte[1 + SocketPacketWriter.HeaderLength(attachments.Length, _namespaceUtf8, ackId)];
        header[0] = (byte)'4';
        SocketPacketWriter.WriteHeader(header.AsSpan(1), type, attachments.Length, _namespaceUtf8, ackId);
        SendOrKeep([.. header, .. writer.Payload], isBinary: false);
        foreach (var attachment in attachments)
        {
            SendOrKeep(attachment.ToArray(), isBinary: true);
        }

        writer.Return();
    }

    private void SendOrKeep(byte[] bytes, bool isBinary)
    {
        if (Id is null)
        {
            _unsent.Enqueue((bytes, isBinary));
        }
        else
        {
            _link.Send(bytes, isBinary);
        }
    }

    private void SendPacket(SocketPacketType type, string json)
    {
        var header = new byte[SocketPacketWriter.HeaderLength(0, _namespaceUtf8, -1)];
        SocketPacketWriter.WriteHeader(header, type, 0, _namespaceUtf8, -1);
        SendRaw(Encoding.UTF8.GetString(header) + json);
    }

    private void OnMessage(ReadOnlySpan<byte> message, bool isBinary)
    {
        if (isBinary)
        {
            Check(_assembler.Add(message));
            if (_assembler.IsComplete)
            {
                OnPacket(_assembler.Packet, _assembler.Attachments);
                _assembler.Clear();
            }

            return;
        }

        switch (message[0])
        {
            case (byte)'0':
                Handshake = Encoding.UTF8.GetString(message[1..]);
                if (_auth is not null)
                {
                    SendPacket(SocketPacketType.Connect, _auth);
                }

                break;
            case (byte)'2':
                _link.Send("3"u8, isBinary: false);
                break;
            case (byte)'4':
                Check(_assembler.CheckText());
                Check(SocketPacketReader.TryRead(message[1..], Limits, out var packet));
                if (packet.Attachments > 0)
                {
                    Check(_assembler.Begin(packet));
                }
                else
                {
                    OnPacket(packet, []);
                }

                break;
        }
    }

    private void OnPacket(in SocketPacket packet, ReadOnlyMemory<byte>[] attachments)
    {
        if (!packet.Namespace.SequenceEqual(_namespaceUtf8))
        {
            return;
        }

        switch (packet.Type)
        {
            case SocketPacketType.Connect:
                OnConnected(JsonElement.Parse(packet.Payload).GetProperty("sid").GetString()!);
                break;
            case SocketPacketType.ConnectError:
                Refusal = JsonElement.Parse(packet.Payload);
                break;
            case SocketPacketType.Disconnect:
                WasToldToLeave = true;
                break;
            case SocketPacketType.Ack or SocketPacketType.BinaryAck:
                _answers[packet.AckId] = new TestEvent(this, _server.Codec, "", packet.Arguments, attachments, -1);
                break;
            default:
                var name = packet.IsNumericName
                    ? Encoding.UTF8.GetString(packet.EventName)
                    : JsonSerializer.Deserialize<string>($"\"{Encoding.UTF8.GetString(packet.EventName)}\"")!;
                var e = new TestEvent(this, _server.Codec, name, packet.Arguments, attachments, packet.AckId);
                _events.Add(e);
                _server.OnReceived(this, e);
                break;
        }
    }

    private void OnConnected(string id)
    {
        Id = id;
        Disconnected = null;
        WasToldToLeave = false;

        // Not by Of: who asks for a namespace by that keeps it, and a plugin's is to go with the plugin.
        _socket = _server.Server.FindNamespace(_namespace)?.Find(id);
        _socket?.OnDisconnect(why =>
        {
            Disconnected = why.Reason;
            DisconnectDetail = why.Detail;
        });
        while (_unsent.TryDequeue(out var message))
        {
            _link.Send(message.Bytes, message.IsBinary);
        }
    }

    /// <summary>The server must not send what no client could read.</summary>
    private static void Check(ProtocolError error)
    {
        if (error != ProtocolError.None)
        {
            throw new InvalidOperationException("The server has broken the protocol: " + ProtocolErrors.Describe(error).Text);
        }
    }
}
