using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Host.Administration;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Administration;

/// <summary>What the Admin UI is told, of a server in memory, by another one.</summary>
public sealed class AdminUiFeedTests : IAsyncDisposable
{
    private readonly SockeyeTestServer _clients = new(static _ => { });
    private readonly SockeyeTestServer _admins;
    private AdminUiFeed? _feed;

    public AdminUiFeedTests()
    {
        var time = TimeProvider.System;
        _admins = new SockeyeTestServer(
            server =>
            {
                var nsp = server.Of(AdminUi.Namespace);
                _feed = new AdminUiFeed(nsp, () => _clients.Server, time, NullLogger.Instance);
                nsp.OnConnection(_feed.Add);
                nsp.OnDisconnect((socket, _) => _feed.Remove(socket));
            },
            builder =>
            {
                time = builder.Time;
                builder.Json.TypeInfoResolverChain.Insert(0, AdminUiJson.Default);
            });
    }

    public async ValueTask DisposeAsync()
    {
        await _admins.DisposeAsync();
        await _clients.DisposeAsync();
    }

    [Fact]
    public void Who_comes_gets_the_list_at_once_and_then_what_changes()
    {
        var first = _clients.Connect();
        var admin = Admin();
        Assert.Equal([first.Id], admin.Events.Single(e => e.Name == "all_sockets").Get<AdminUiSocket[]>()!.Select(socket => socket.Id));
        var second = _clients.Connect();
        first.Disconnect();
        second.Socket!.Join("den");
        _clients.RunUntilIdle();
        Pass(admin);
        Assert.Equal(["socket_disconnected", "socket_connected", "server_stats"], admin.Events.Select(e => e.Name));
        second.Socket.Leave("den");
        Pass(admin);
        Assert.Equal(["room_left", "server_stats"], admin.Events.Select(e => e.Name));
        Pass(admin);
        Assert.Equal(["server_stats"], admin.Events.Select(e => e.Name));
    }

    [Theory]
    [InlineData(AdminUiFeed.MaxChanges, false)]
    [InlineData(AdminUiFeed.MaxChanges + 1, true)]
    public void More_changes_than_are_told_one_by_one_are_a_new_list(int changes, bool isList)
    {
        var admin = Admin();
        for (var i = 0; i < changes; i++)
        {
            _clients.Connect();
        }

        Pass(admin);
        Assert.Equal(isList ? 0 : changes, admin.Events.Count(e => e.Name == "socket_connected"));
        Assert.Equal(isList ? [changes] : [], admin.Events.Where(e => e.Name == "all_sockets").Select(e => e.Get<AdminUiSocket[]>()!.Length));
    }

    [Fact]
    public void What_happened_while_nobody_was_there_is_not_told_as_of_now()
    {
        var first = Admin();
        Pass(first);
        first.Disconnect();
        _admins.RunUntilIdle();
        for (var i = 0; i < 3; i++)
        {
            _clients.Connect().Disconnect();
        }

        var second = Admin();
        for (var i = 0; i < 2; i++)
        {
            Pass(second);
            Assert.Empty(second.Events.Single(e => e.Name == "server_stats").Get<AdminUiStats>()!.AggregatedEvents);
        }
    }

    [Fact]
    public void Of_what_a_client_says_of_itself_as_much_is_told_as_browsers_say()
    {
        _clients.Connect(headers: new Dictionary<string, string> { ["User-Agent"] = new('u', 4_000), ["Origin"] = "http://" + new string('o', 4_000), ["X-Forwarded-For"] = new('x', 4_000) });
        var told = Admin().Events.Single(e => e.Name == "all_sockets").Get<AdminUiSocket[]>()!.Single().Handshake;
        Assert.Equal(AdminUiHandshake.MaxText, told.Address.Length);
        Assert.All(told.Headers.Values, static value => Assert.InRange(value.Length, 1, AdminUiHandshake.MaxText));
    }

    [Fact]
    public void More_sockets_than_are_listed_are_left_out_however_few_clients_have_them()
    {
        const int namespaces = 4;
        for (var i = 1; i <= namespaces; i++)
        {
            _clients.Server.Of($"/{i}");
        }

        for (var i = 0; i <= AdminUiFeed.MaxSockets / namespaces; i++)
        {
            var client = _clients.Connect("/1");
            for (var other = 2; other <= namespaces; other++)
            {
                client.SendRaw($"0/{other},");
            }
        }

        _clients.RunUntilIdle();
        Assert.Equal(AdminUiFeed.MaxSockets, Admin().Events.Single(e => e.Name == "all_sockets").Get<AdminUiSocket[]>()!.Length);
    }

    [Fact]
    public void Who_is_put_out_counts_as_gone_before_his_loop_has_come_to_it()
    {
        var admin = Admin().Socket!;
        admin.Identity = new SocketIdentity("ops");
        Assert.True(_feed!.IsPresent(admin));
        _feed.PutOut(["ops"]);
        Assert.False(_feed.IsPresent(admin));
        Assert.True(admin.IsConnected);
        _admins.RunUntilIdle();
        Assert.False(admin.IsConnected);
    }

    [Fact]
    public async Task Who_may_no_longer_is_put_out_and_the_others_stay()
    {
        using var access = new AdministrationAccess(Tokens("a", "b"), TimeProvider.System, static (_, _) => false);
        await using var admins = new SockeyeTestServer(
            server => AdminUi.Map(server, () => _clients.Server, access, TimeProvider.System, NullLogger.Instance),
            static builder => builder.Json.TypeInfoResolverChain.Insert(0, AdminUiJson.Default));
        SockeyeTestClient Enter(string token) => admins.Connect(AdminUi.Namespace, new { token });
        var (stays, goes) = (Enter("a"), Enter("b"));
        Assert.True(access.TryTake(Tokens("a", "c")));
        Assert.True(admins.RunUntil(() => !goes.IsConnected));
        Assert.True(stays.IsConnected);
        Assert.Equal("invalid credentials", Enter("b").Refusal?.GetProperty("message").GetString());
        Assert.True(Enter("c").IsConnected);

        static AdministrationSettings Tokens(params string[] tokens) =>
            AdministrationSettingsTests.Read([.. tokens.Select(static token => ($"Tokens:{(token == "a" ? "a" : "other")}", Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)))))])!;
    }

    [Fact]
    public async Task Clients_of_a_loop_that_stands_still_have_not_gone()
    {
        using var hold = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        await using var host = await OperatedHost.StartAsync(clients => clients.Map(server => server.On("block", () =>
        {
            held.Set();
            hold.Wait();
        })));
        var client = await host.ConnectAsync();

        // The list may come in one answer with the word that it is in.
        var admin = await host.OpenAsync(host.Operators);
        await admin.SendAsync($"40{AdminUi.Namespace},");
        await ReadAsync("all_sockets");
        var blocking = client.SendAsync("42[\"block\"]");
        try
        {
            Assert.True(held.Wait(TimeSpan.FromSeconds(60)));

            // The second of them has begun and ended while the loop stood still.
            var told = await ReadAsync("server_stats") + await ReadAsync("server_stats");
            Assert.DoesNotContain("socket_disconnected", told, StringComparison.Ordinal);
        }
        finally
        {
            hold.Set();
        }

        await blocking;

        async Task<string> ReadAsync(string name)
        {
            var said = "";
            while (!said.Contains(name, StringComparison.Ordinal))
            {
                try
                {
                    said += await admin.ReceiveAsync();
                }
                catch (HttpRequestException gone)
                {
                    throw new InvalidOperationException($"Without {name} after {said}; the log has: {string.Join('\n', host.Log.Lines)}", gone);
                }
            }

            return said;
        }
    }

    /// <summary>Somebody who has got the list.</summary>
    private SockeyeTestClient Admin()
    {
        var admin = _admins.Connect(AdminUi.Namespace);
        Await(() => admin.Events.Any(e => e.Name == "all_sockets"));
        return admin;
    }

    /// <summary>Goes on to the next time that changes are told.</summary>
    private void Pass(SockeyeTestClient admin)
    {
        admin.Clear();
        _admins.Advance(AdminUiFeed.Interval);
        Await(() => admin.Events.Any(e => e.Name == "server_stats"));
    }

    private void Await(Func<bool> condition) => Assert.True(_admins.RunUntil(() =>
    {
        _clients.RunUntilIdle();
        return condition();
    }));
}
