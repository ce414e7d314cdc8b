using Sockeye.Host.Administration;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Administration;

/// <summary>What the Admin UI may ask for, with arguments as no page sends them.</summary>
public sealed class AdminUiCommandTests : IAsyncDisposable
{
    private readonly SockeyeTestServer _clients = new(static _ => { });
    private readonly AwaitedLog _log = new();
    private readonly AdministrationAccess _access = new(AdministrationSettingsTests.Read(("Urls:0", "http://127.0.0.1:3900"))!, TimeProvider.System, static (_, _) => false);
    private readonly SockeyeTestServer _admins;
    private readonly SockeyeTestClient _admin;
    private readonly SockeyeTestClient _client;

    public AdminUiCommandTests()
    {
        _admins = new SockeyeTestServer(
            server => AdminUi.Map(server, () => _clients.Server, _access, TimeProvider.System, _log),
            static builder => builder.Json.TypeInfoResolverChain.Insert(0, AdminUiJson.Default));
        _admin = _admins.Connect(AdminUi.Namespace);
        _client = _clients.Connect();
        _client.Socket!.Join("den");
    }

    public async ValueTask DisposeAsync()
    {
        await _admins.DisposeAsync();
        await _clients.DisposeAsync();
        _access.Dispose();
    }

    [Fact]
    public void Who_is_meant_is_a_room_or_where_no_filter_is_given_everybody()
    {
        Ask("emit", "/", null, "all", 1);
        Ask("emit", "/", "", "all", 2);
        Ask("emit", "/", "den", "some", 3);
        Ask("emit", "/", "pool", "none", 4);
        Assert.Equal(["all", "all", "some"], _client.Events.Select(static e => e.Name));
        Ask("_disconnect", "/");
        Assert.False(_client.IsConnected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(false)]
    [InlineData(true)]
    public void A_filter_that_is_no_name_means_nobody(object filter)
    {
        Ask("emit", "/", filter, "x");
        Ask("join", "/", "pool", filter);
        Ask("leave", "/", "den", filter);
        Ask("_disconnect", "/", true, filter);
        Ask("_disconnect", "/", true, new[] { "den" });
        Ask("_disconnect", "/", true, new { room = "den" });
        Assert.True(_client.IsConnected);
        Assert.Empty(_client.Events);
        Assert.Equal(["den"], _client.Socket!.Rooms.Where(room => room != _client.Id));
        Assert.Equal(6, _log.Lines.Count(static line => line.EndsWith("the filter is not the name of a room", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_cannot_be_done_is_a_line_that_says_why_and_no_failure()
    {
        Ask("emit", "/", null, "connect");
        Ask("emit", "/", null, new string('x', EventName.MaxBytes + 1));
        Ask("emit", "/", null, "a\0b");
        Assert.Equal(3, _log.Lines.Count(static line => line.Contains("cannot be done: emit: ", StringComparison.Ordinal)));
        Ask("emit");
        Ask("emit", 1, 2, 3);
        Ask("emit", "/", null);
        Ask("join", "/");
        Ask("leave", "/", 1);
        Ask("_disconnect");
        Assert.Equal(6, _log.Lines.Count(static line => line.EndsWith("a name is missing", StringComparison.Ordinal)));
        Ask("_disconnect", "/elsewhere");
        Assert.Single(_log.Lines, static line => line.EndsWith("there is no such namespace", StringComparison.Ordinal));
        Assert.Empty(_client.Events);
        Assert.True(_client.IsConnected);
        Assert.Empty(_admins.HandlerErrors);
    }

    [Theory]
    [InlineData(256, "0 of 1 sockets are in the room now; its name is reserved or longer than Limits:RoomNameBytes")]
    [InlineData(255, null)]
    public async Task A_room_that_nobody_enters_is_told(int length, string? told)
    {
        Ask("join", "/", new string('r', length), "den");
        Ask("join", "/", "\0u", "den");
        Assert.Contains("0 of 1 sockets are in the room now", await _log.Line("asks by the Admin UI for what cannot be done: join"), StringComparison.Ordinal);
        Assert.Equal(told is null ? 1 : 2, _log.Lines.Count(static line => line.Contains("0 of 1 sockets are in the room now", StringComparison.Ordinal)));
        Assert.Equal(told is null, _client.Socket!.Rooms.Contains(new string('r', length)));
    }

    [Fact]
    public void Who_is_not_there_enters_no_room_and_nothing_is_told()
    {
        Ask("join", "/", new string('r', 256), "nobody");
        Ask("join", "/", "pool", "den");
        Assert.Contains("pool", _client.Socket!.Rooms);
        Assert.DoesNotContain(_log.Lines, static line => line.Contains("cannot be done", StringComparison.Ordinal));
    }

    private void Ask(string command, params object?[] arguments)
    {
        _admin.Emit(command, arguments);
        _admins.RunUntilIdle();
        _clients.RunUntilIdle();
    }
}
