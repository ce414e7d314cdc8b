using Sockeye.Plugins;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Hooks that are told: of rooms, of sockets that have gone, and of those that were there before.</summary>
public sealed class RoomHookTests : HookTest
{
    [Fact]
    public void Joins_and_leaves_are_told_with_who_was_first_and_last()
    {
        var (app, told) = StartTold();
        var (a, b) = (app.Connect().Socket!, app.Connect().Socket!);
        a.Join("x");
        a.Join("x");
        b.Join("x");
        b.Join(b.Id);
        a.Leave("x");
        a.Leave("x");
        app.Server.To("x").SocketsLeave("x");
        app.RunUntilIdle();
        Assert.Equal([$"{a.Id} + x edge", $"{b.Id} + x", $"{a.Id} - x", $"{b.Id} - x edge"], told);
    }

    [Fact]
    public void A_socket_that_goes_leaves_all_its_rooms_and_reserved_ones_are_not_told()
    {
        var (app, told) = StartTold(server => server.OnConnection(socket =>
        {
            socket.Identity = new SocketIdentity("ada");
            socket.Join("x");
            socket.Join("y");
        }));
        var client = app.Connect();
        var id = client.Socket!.Id;
        client.Close();
        app.RunUntilIdle();
        Assert.Equal([$"{id} + x edge", $"{id} + y edge", $"{id} - x edge", $"{id} - y edge"], told);
    }

    [Fact]
    public void Rooms_that_a_socket_is_put_in_before_it_is_admitted_are_told_when_it_is()
    {
        var (app, told) = StartTold(server => server.Use(socket =>
        {
            socket.Join("held");
            return socket.Handshake.Query("in") is null ? ConnectResult.Reject("no") : ConnectResult.Accept;
        }));
        app.Connect();
        Assert.Empty(told);
        var id = app.Connect(query: "in=1").Socket!.Id;
        Assert.Equal([$"{id} + held edge"], told);
    }

    [Fact]
    public void What_a_hook_does_to_rooms_is_told_after_it_and_never_inside_of_it()
    {
        List<string> told = [];
        var depth = 0;
        var app = Start(server => { });
        Use(app, Set(app, "p", new RoomOf(change =>
        {
            Assert.Equal(1, ++depth);
            told.Add((change.HasJoined ? "+" : "-") + change.Room);
            if (change.HasJoined && change.Room.Length < 4)
            {
                change.Socket.Join(change.Room + "x");
                change.Socket.Leave(change.Room);
            }

            depth--;
        })));
        app.Connect().Socket!.Join("x");
        app.RunUntilIdle();
        Assert.Equal(["+x", "+xx", "-x", "+xxx", "-xx", "+xxxx", "-xxx"], told);
    }

    [Fact]
    public void A_room_hook_that_throws_keeps_nobody_from_joining_and_the_others_hear_of_it()
    {
        List<string> told = [];
        var app = Start(server => { });
        var bad = Set(app, "bad", new RoomOf(_ => throw new InvalidOperationException("x")));
        Use(app, bad, Set(app, "good", new RoomOf(change => told.Add(change.Room))));
        Assert.True(app.Connect().Socket!.Join("x"));
        Assert.Equal(["x"], told);
        Assert.Equal(1, bad.Status.Single().Faults);
    }

    [Fact]
    public void What_is_more_than_may_wait_is_left_out_and_counts_as_a_fault()
    {
        var told = 0;
        var app = Start(server => { }, builder => builder.Options.Hooks.QueuedRoomChanges = 2);
        var isFirst = true;
        var set = Use(app, Set(app, "p", new RoomOf(change =>
        {
            told++;
            if (isFirst)
            {
                isFirst = false;
                foreach (var room in new[] { "a", "b", "c", "d" })
                {
                    change.Socket.Join(room);
                }
            }
        })));
        app.Connect().Socket!.Join("x");
        Assert.Equal(3, told);
        Assert.Equal(1, set.Status.Single().Faults);
    }

    [Fact]
    public async Task Changes_of_one_room_are_told_in_the_order_in_which_they_happened_whoever_makes_them()
    {
        var (members, wrong) = (0, 0);
        var app = Start(server => { }, loops: 4);
        Use(app, Set(app, "p", new RoomOf(change =>
        {
            var now = members += change.HasJoined ? 1 : -1;
            wrong += change.IsEdge == (now == (change.HasJoined ? 1 : 0)) ? 0 : 1;
        })));
        var sockets = Enumerable.Range(0, 8).Select(i => app.Connect(loop: i % 4).Socket!).ToArray();
        await Task.WhenAll(sockets.Select(socket => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                socket.Join("x");
                socket.Leave("x");
            }
        })));
        app.RunUntilIdle();
        Assert.Equal((0, 0), (members, wrong));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_plugin_hears_of_each_socket_that_has_gone_after_its_other_handlers(Place place)
    {
        List<string> told = [];
        var app = StartAt(place, server =>
        {
            server.OnConnection(socket => socket.OnDisconnect(_ => told.Add("socket")));
            server.OnDisconnect((_, _) => told.Add("application"));
        });
        Use(app, Set(app, "p", new DisconnectOf((socket, why) => told.Add($"plugin {why.Reason} {string.Join(' ', socket.Rooms)}"))));
        var client = app.Connect();
        var id = client.Socket!.Id;
        client.Socket.Join("x");
        app.RunUntilIdle();
        client.Disconnect();
        Assert.True(app.RunUntil(() => told.Count == 3));
        Assert.Equal(["socket", "application", $"plugin ClientNamespaceDisconnect {id} x"], told);
    }

    [Fact]
    public void A_plugin_hears_of_sockets_that_nothing_else_is_registered_for_and_of_none_that_was_not_admitted()
    {
        var told = 0;
        var app = Start(server => server.Use(socket => socket.Handshake.Query("in") is null ? ConnectResult.Reject("no") : ConnectResult.Accept));
        Use(app, Set(app, "p", new DisconnectOf((_, _) => told++)));
        app.Connect().Close();
        app.RunUntilIdle();
        Assert.Equal(0, told);
        app.Connect(query: "in=1").Close();
        app.RunUntilIdle();
        Assert.Equal(1, told);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Sockets_that_were_there_before_are_shown_once_and_before_their_next_event(Place place)
    {
        List<string> told = [];
        var app = StartAt(place, server => server.On("x", (SockeyeSocket socket) => Note("event", socket)));
        var (a, b) = (app.Connect(), app.Connect());
        Use(app, Set(app, "p", new ExistingOf(socket => Note("existing", socket))));
        a.Emit("x");
        Assert.True(app.RunUntil(() => Has("event " + a.Id)));
        app.Namespaces.ShowToHooks();
        Assert.True(app.RunUntil(() => Has("existing " + b.Id)));
        var c = app.Connect();
        c.Emit("x");
        Assert.True(app.RunUntil(() => Has("event " + c.Id)));
        Assert.True(told.IndexOf("existing " + a.Id) < told.IndexOf("event " + a.Id));
        Assert.DoesNotContain("existing " + c.Id, told);
        Assert.Single(told, "existing " + a.Id);
        Assert.Single(told, "existing " + b.Id);

        bool Has(string what)
        {
            lock (told)
            {
                return told.Contains(what);
            }
        }

        void Note(string what, SockeyeSocket socket)
        {
            lock (told)
            {
                told.Add($"{what} {socket.Id}");
            }
        }
    }

    [Fact]
    public void A_socket_that_was_asked_about_by_the_generation_before_and_enters_after_the_swap_is_shown()
    {
        List<string> told = [];
        var answer = new TaskCompletionSource<ConnectResult>();
        var app = Start(server => { });
        Use(app, Set(app, "p", new ConnectOf((_, _) => new ValueTask<ConnectResult>(answer.Task))));
        var client = app.Connect();
        Use(app, Set(app, "p", new ExistingOf(socket => told.Add(socket.Id))));
        answer.SetResult(ConnectResult.Accept);
        Assert.True(app.RunUntil(() => client.IsConnected));
        Assert.Equal([client.Id!], told);
    }

    private (SockeyeTestServer App, List<string> Told) StartTold(Action<SockeyeServer>? configure = null)
    {
        List<string> told = [];
        var app = Start(server => configure?.Invoke(server));
        Use(app, Set(app, "p", new RoomOf(change =>
        {
            Assert.Equal("/", change.Namespace.Name);
            told.Add($"{change.Socket.Id} {(change.HasJoined ? '+' : '-')} {change.Room}{(change.IsEdge ? " edge" : "")}");
        })));
        return (app, told);
    }
}
