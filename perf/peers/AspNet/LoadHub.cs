using Microsoft.AspNetCore.SignalR;

namespace Sockeye.Peers.AspNet;

/// <summary>The handlers of the load profile as a SignalR hub.</summary>
internal sealed class LoadHub : Hub
{
    public Task Echo(string value) => Clients.Caller.SendAsync("echo", value);

    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    public Task Pub(string value) => Clients.Group("room").SendAsync("msg", value);

    public void Flood(int count, int size)
    {
        for (var i = 0; i < count; i++)
        {
            _ = Clients.Group("slow").SendAsync("msg", new string('x', size)); // a broadcast does not wait for its slowest member
        }
    }
}
