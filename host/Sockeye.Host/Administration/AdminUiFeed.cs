using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Sockeye.Inspection;

namespace Sockeye.Host.Administration;

/// <summary>Tells the Admin UI what there is and what has changed, every <see cref="Interval"/>.</summary>
/// <remarks>It owns what was told last and, while somebody is there, the task that looks. Any thread. Lives as long as the host.
/// <b>Limits.</b> <see cref="MaxSockets"/> sockets are listed, the others are in the counts alone; more than <see cref="MaxChanges"/> changes at a time are told as a new list.</remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "The semaphore holds nothing: nobody asks for its handle.")]
internal sealed class AdminUiFeed(SockeyeNamespace admins, Func<SockeyeServer> clients, TimeProvider time, ILogger logger)
{
    /// <summary>As in the reference.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Sockets that are listed, whose clients may have several. Own: the page holds each in memory and draws a row for it.</summary>
    public const int MaxSockets = ServerInspection.MaxClients;

    /// <summary>Changes that are told one by one. Own: a list is shorter than more of them.</summary>
    public const int MaxChanges = 200;

    /// <summary>Namespaces in the counts.</summary>
    private const int MaxNamespaces = ServerInspection.MaxTop;

    /// <summary>Those who have the list, and so are told what changes.</summary>
    private const string Told = "told";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly HashSet<SockeyeSocket> _present = [];
    private Dictionary<string, AdminUiSocket> _known = [];
    private ServerReport? _report;
    private Task? _running;

    /// <summary>Somebody has come: he gets the list at once.</summary>
    public void Add(SockeyeSocket admin)
    {
        lock (_present)
        {
            if (_present.Count == 0)
            {
                // What has happened since the last one left is not of now.
                (_known, _report) = ([], null);
            }

            _present.Add(admin);
            _running ??= Task.Run(RunAsync);
        }

        _ = Task.Run(() => TellAsync(admin));
    }

    public void Remove(SockeyeSocket admin)
    {
        lock (_present)
        {
            _present.Remove(admin);
        }
    }

    /// <summary>Closes the connections of those who may no longer; they are not present from now on, whenever their loops come to that.</summary>
    /// <param name="subjects">Whose.</param>
    public void PutOut(IReadOnlyCollection<string> subjects)
    {
        SockeyeSocket[] meant;
        lock (_present)
        {
            meant = [.. _present.Where(socket => subjects.Contains(socket.Identity?.Subject))];
            _present.ExceptWith(meant);
        }

        foreach (var socket in meant)
        {
            socket.Disconnect(close: true);
        }
    }

    /// <summary>Whether somebody is there and may be.</summary>
    public bool IsPresent(SockeyeSocket admin)
    {
        lock (_present)
        {
            return _present.Contains(admin);
        }
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync())
        {
            lock (_present)
            {
                if (_present.Count == 0)
                {
                    _running = null;
                    return;
                }
            }

            await TellAsync(null);
        }
    }

    /// <param name="newcomer">Who gets the list; null: nobody, it is time to tell the others.</param>
    private async Task TellAsync(SockeyeSocket? newcomer)
    {
        await _turn.WaitAsync();
        try
        {
            if (newcomer is not null && !IsPresent(newcomer))
            {
                return; // whoever comes and goes while others are told asks for nothing
            }

            var server = clients();
            var report = await server.Inspection.ReportAsync(MaxNamespaces);
            var search = await server.Inspection.FindAsync(null, MaxSockets);
            var now = search.Clients.SelectMany(AdminUiSocket.Of).Take(MaxSockets).ToDictionary(static socket => socket.Id);
            if (!search.IsComplete)
            {
                Keep(now);
            }

            TellChanges(now);
            _known = now;
            if (newcomer is not null)
            {
                newcomer.Emit("server_stats", AdminUiStats.Of(report, null));
                newcomer.Emit("all_sockets", now.Values.ToArray());
                newcomer.Join(Told);
            }
            else
            {
                admins.To(Told).Emit("server_stats", AdminUiStats.Of(report, _report));
                _report = report;
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            HostLog.AdminUiFailed(logger, failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    // A loop that stands still has not lost its clients.
    private void Keep(Dictionary<string, AdminUiSocket> now)
    {
        foreach (var (id, socket) in _known)
        {
            if (now.Count >= MaxSockets)
            {
                return;
            }

            now.TryAdd(id, socket);
        }
    }

    private void TellChanges(Dictionary<string, AdminUiSocket> now)
    {
        var at = time.GetUtcNow();
        var changes = AdminUiChange.Between(_known, now).Take(MaxChanges + 1).ToArray();
        if (changes.Length > MaxChanges)
        {
            admins.To(Told).Emit("all_sockets", now.Values.ToArray());
            return;
        }

        foreach (var change in changes)
        {
            var told = admins.To(Told);
            switch (change.Kind)
            {
                case AdminUiChangeKind.Connected: told.Emit("socket_connected", change.Socket, at); break;
                case AdminUiChangeKind.Disconnected: told.EmitArgs("socket_disconnected", change.Socket.Nsp, change.Socket.Id, "gone", at); break;
                case AdminUiChangeKind.Updated: told.Emit("socket_updated", new AdminUiUpdate(change.Socket.Id, change.Socket.Nsp, change.Socket.Transport)); break;
                case AdminUiChangeKind.Joined: told.EmitArgs("room_joined", change.Socket.Nsp, change.Room, change.Socket.Id, at); break;
                default: told.EmitArgs("room_left", change.Socket.Nsp, change.Room, change.Socket.Id, at); break;
            }
        }
    }
}

/// <summary>What may have become of a socket.</summary>
internal enum AdminUiChangeKind
{
    Connected,
    Disconnected,
    Updated,
    Joined,
    Left,
}

/// <summary>What has become of a socket.</summary>
/// <param name="Kind">What.</param>
/// <param name="Socket">The socket, as it is now or was last.</param>
/// <param name="Room">The room that it has joined or left; null: it is about none.</param>
internal readonly record struct AdminUiChange(AdminUiChangeKind Kind, AdminUiSocket Socket, string? Room = null)
{
    /// <summary>What has changed between two lists: who has gone, who has come, and what is different of who has stayed.</summary>
    public static IEnumerable<AdminUiChange> Between(IReadOnlyDictionary<string, AdminUiSocket> before, IReadOnlyDictionary<string, AdminUiSocket> now) =>
    [
        .. before.Where(old => !now.ContainsKey(old.Key)).Select(static old => new AdminUiChange(AdminUiChangeKind.Disconnected, old.Value)),
        .. now.SelectMany(entry => before.TryGetValue(entry.Key, out var old) ? Between(old, entry.Value) : [new AdminUiChange(AdminUiChangeKind.Connected, entry.Value)]),
    ];

    private static IEnumerable<AdminUiChange> Between(AdminUiSocket before, AdminUiSocket now)
    {
        if (before.Transport != now.Transport)
        {
            yield return new AdminUiChange(AdminUiChangeKind.Updated, now);
        }

        foreach (var room in now.Rooms.Except(before.Rooms))
        {
            yield return new AdminUiChange(AdminUiChangeKind.Joined, now, room);
        }

        foreach (var room in before.Rooms.Except(now.Rooms))
        {
            yield return new AdminUiChange(AdminUiChangeKind.Left, now, room);
        }
    }
}
