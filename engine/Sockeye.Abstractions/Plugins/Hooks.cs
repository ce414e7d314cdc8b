using Microsoft.Extensions.Configuration;

namespace Sockeye.Plugins;

/// <summary>Decides about each new session before it exists. A plugin implements it to be asked.</summary>
public interface IHandshakeHook
{
    /// <summary>Called on the loop of the request, in the order of the plugins; the first that refuses ends it.</summary>
    /// <param name="request">The request; its <see cref="Handshake.Auth"/> is empty, since it comes with the namespace.</param>
    /// <param name="cancellationToken">The client is gone, or the time (<c>Engine:HookTimeout</c>) is over.</param>
    ValueTask<HandshakeVerdict> OnHandshakeAsync(Handshake request, CancellationToken cancellationToken);
}

/// <summary>Decides about each client that asks for a namespace, before the application's connection middleware and before CONNECT is answered. A plugin implements it to be asked.</summary>
public interface IConnectHook
{
    /// <summary>Called on the loop of the socket, in the order of the plugins; the first that rejects ends it. It may set <see cref="SockeyeSocket.Identity"/>.</summary>
    /// <param name="socket">The socket, not in the namespace yet.</param>
    /// <param name="cancellationToken">The client is gone, or the time (<c>AdmissionTimeout</c>) is over.</param>
    ValueTask<ConnectResult> OnConnectAsync(SockeyeSocket socket, CancellationToken cancellationToken);
}

/// <summary>Is shown the sockets that were there before this generation of the plugin took over, after a reload. A plugin implements it to be called.</summary>
public interface IExistingHook
{
    /// <summary>Called once for each socket that was admitted before, where its handlers run, before its next event.</summary>
    /// <param name="socket">The socket.</param>
    void OnExisting(SockeyeSocket socket);
}

/// <summary>Decides about each event of a client, in every namespace, before <c>OnAny</c>, filters and handlers. A plugin implements it to be asked.</summary>
public interface IEventGate
{
    /// <summary>The events that it is asked about, in every namespace; none: all, which is what a gate without this property gets. Read once, before the plugin starts.</summary>
    /// <remarks>Other events cost nothing of a gate, and do not fail while it does. Of an event that a gate before has renamed the new name counts.</remarks>
    IReadOnlyCollection<EventName> Events => [];

    /// <summary>Called where the socket's handlers run, in the order of the plugins. What it must ask somebody else for it decides at the handshake or at connect, and keeps in the identity.</summary>
    /// <param name="e">The event, valid during the call.</param>
    GateVerdict OnEvent(EventReader e);
}

/// <summary>Decides about each emit, once, on the node where it begins and never per receiver. A plugin implements it to be asked.</summary>
public interface IOutgoingHook
{
    /// <summary>Called on the thread that emits, before <c>OnAnyOutgoing</c>; any thread, also several at once.</summary>
    /// <param name="e">The event, valid during the call.</param>
    OutgoingVerdict OnEmit(in OutgoingEvent e);
}

/// <summary>Is told of rooms, after the fact. A plugin implements it to be called.</summary>
public interface IRoomHook
{
    /// <summary>Called outside of all locks, in the order in which it happened for one room; any thread.</summary>
    /// <param name="change">What has happened.</param>
    void OnRoom(RoomChange change);
}

/// <summary>Is told of sockets that have gone, in every namespace. A plugin implements it to be called.</summary>
public interface IDisconnectHook
{
    /// <summary>Called where the socket's handlers run, once for each socket that was admitted, after its other handlers.</summary>
    /// <param name="socket">The socket, which has left; its rooms and its identity are those that it had.</param>
    /// <param name="disconnection">Why.</param>
    void OnDisconnect(SockeyeSocket socket, Disconnection disconnection);
}

/// <summary>Takes a changed configuration while it runs. A plugin that does not implement it gets its section with the next generation.</summary>
public interface IReloadHook
{
    /// <summary>Called once for each change, and when somebody has asked for a reload of all plugins; never twice at once. It applies the section as a whole, or throws and keeps what it had, which counts as a fault of it; so does a call of more than <c>Engine:HookTimeout</c>, which goes on.</summary>
    /// <param name="section">Its section as it is now; it does not change under the call.</param>
    /// <param name="cancellationToken">The generation ends.</param>
    ValueTask OnConfigurationAsync(IConfigurationSection section, CancellationToken cancellationToken);
}
