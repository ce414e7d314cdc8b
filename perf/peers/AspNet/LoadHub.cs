using Microsoft.AspNetCore.SignalR;

namespace Sockeye.Peers.AspNet;

/// <summary>The handlers of the load profile as a SignalR hub.</summary>
internal sealed class LoadHub : Hub
{
    public Task Echo(string value) => Clients.Caller.SendAsync("echo", value);

    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    public Task Pub(string value) => Clients.Group("room").SendAsync("msg", value);
}
