using Microsoft.Extensions.Hosting;
using Sockeye;

namespace Notifications;

/// <summary>Carries notifications from the inbox to their users, whatever tabs and devices they have open; none is fine too.</summary>
internal sealed class Courier(Inbox inbox, SockeyeServer server) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (user, notification) in inbox.Outgoing.ReadAllAsync(stoppingToken))
        {
            server.ToUser(user).Emit(Users.Notified, notification);
        }
    }
}
