using System.Security.Cryptography;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Tests.Administration;

public sealed class AdminUiTests
{
    private static readonly string[] s_ofOthers = ["https://admin.example"];

    [Theory]
    [InlineData(null, "127.0.0.1:3900", true)]                              // no page of another site
    [InlineData("http://127.0.0.1:3900", "127.0.0.1:3900", true)]
    [InlineData("http://localhost:8080", "127.0.0.1:3900", true)]
    [InlineData("http://[::1]:8080", "[::1]:3900", true)]
    [InlineData("http://10.0.0.7:3900", "10.0.0.7:3900", true)]             // its own page, by an address
    [InlineData("http://10.0.0.8:3900", "10.0.0.7:3900", false)]
    [InlineData("https://elsewhere.example", "127.0.0.1:3900", false)]
    [InlineData("http://localhost.elsewhere.example", "127.0.0.1:3900", false)]
    [InlineData("http://localhost@elsewhere.example", "127.0.0.1:3900", false)]
    [InlineData("file://", "127.0.0.1:3900", false)]
    [InlineData("null", "127.0.0.1:3900", false)]
    [InlineData("https://admin.example", "127.0.0.1:3900", false)]          // allowed, but nobody would ask who it is
    [InlineData("http://rebound.example:3900", "rebound.example:3900", false)]
    [InlineData(null, "rebound.example:3900", false)]
    [InlineData(null, "loopback:3900", false)]                              // a name that servers of names may know
    [InlineData("http://loopback:8080", "127.0.0.1:3900", false)]
    [InlineData("http://LOOPBACK:8080", "localhost:3900", false)]
    public void Without_credentials_only_pages_of_this_machine_speak_to_the_end_point(string? origin, string host, bool mayIt) =>
        Assert.Equal(mayIt, Access().AllowsPage(origin, host, s_ofOthers));

    [Theory]
    [InlineData("https://admin.example", true)]
    [InlineData("https://ops.example", true)]                               // its own page
    [InlineData("http://localhost:8080", true)]
    [InlineData("https://elsewhere.example", false)]
    [InlineData("https://admin.example.elsewhere", false)]
    [InlineData("http://admin.example", false)]
    [InlineData("null", false)]
    public void With_credentials_pages_of_the_origins_that_are_allowed_do_too(string origin, bool mayIt)
    {
        var access = Access(("Tokens:script", Digest("a token")));
        Assert.Equal(mayIt, access.AllowsPage(origin, "ops.example", s_ofOthers));
        Assert.True(access.AllowsPage(origin, "ops.example", ["*"]));
    }

    [Fact]
    public void A_session_stands_for_its_user_for_a_day()
    {
        var time = new HandTime();
        var door = new AdminUiAccess(Access(), time);
        var session = door.Open("ops", version: 0);
        time.Pass(AdminUiAccess.SessionTime);
        Assert.Equal("ops", door.Find(session));
        time.Pass(TimeSpan.FromSeconds(1));
        Assert.Null(door.Find(session));
        Assert.Null(door.Find(""));
    }

    [Fact]
    public void A_session_is_over_when_users_have_changed()
    {
        var access = Access(("Tokens:script", Digest("a token")));
        var door = new AdminUiAccess(access, new HandTime());
        var session = door.Open("ops", version: 0);
        Assert.Equal("ops", door.Find(session));
        Assert.True(access.TryTake(AdministrationSettingsTests.Read(("Tokens:script", Digest("another")))!));
        Assert.Null(door.Find(session));
    }

    [Fact]
    public void Of_more_sessions_than_are_remembered_the_oldest_goes()
    {
        var time = new HandTime();
        var door = new AdminUiAccess(Access(), time);
        var sessions = new List<string>();
        for (var i = 0; i <= AdminUiAccess.MaxSessions; i++)
        {
            sessions.Add(door.Open($"user {i}", version: 0));
            time.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Null(door.Find(sessions[0]));
        Assert.Equal("user 1", door.Find(sessions[1]));
        Assert.Equal($"user {AdminUiAccess.MaxSessions}", door.Find(sessions[^1]));
    }

    [Fact]
    public void What_has_changed_between_two_lists_is_told_and_nothing_else()
    {
        AdminUiSocket stays = Socket("stays", "polling", "a", "b"), goes = Socket("goes", "websocket"), comes = Socket("comes", "websocket", "a"), same = Socket("same", "polling", "a");
        var later = stays with { Transport = "websocket", Rooms = ["b", "c"] };
        Assert.Equal(
            [
                new AdminUiChange(AdminUiChangeKind.Disconnected, goes),
                new AdminUiChange(AdminUiChangeKind.Updated, later),
                new AdminUiChange(AdminUiChangeKind.Joined, later, "c"),
                new AdminUiChange(AdminUiChangeKind.Left, later, "a"),
                new AdminUiChange(AdminUiChangeKind.Connected, comes),
            ],
            AdminUiChange.Between(ById(stays, goes, same), ById(later, comes, same)));
    }

    private static AdministrationAccess Access(params (string Key, string Value)[] settings) => new(AdministrationSettingsTests.Read([("Urls:0", "http://127.0.0.1:3900"), .. settings])!, new HandTime(), static (_, _) => false);

    private static string Digest(string token) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)));

    private static Dictionary<string, AdminUiSocket> ById(params AdminUiSocket[] sockets) => sockets.ToDictionary(static socket => socket.Id);

    private static AdminUiSocket Socket(string id, string transport, params string[] rooms) => new(id, "client", transport, "/", new Dictionary<string, string>(), s_handshake, rooms);

    private static readonly AdminUiHandshake s_handshake = new("127.0.0.1", new Dictionary<string, string>(), 0, false, "", "/", false);
}
