namespace Sockeye.Abstractions.Sockets;

/// <summary>A handler of an event from server to server.</summary>
/// <param name="name">The event.</param>
/// <param name="handle">Handles it.</param>
internal sealed class ServerSideHandler(EventName name, Func<ServerSideEvent, Task?> handle)
{
    public EventName Name => name;

    public Task? Handle(ServerSideEvent e) => handle(e);
}
