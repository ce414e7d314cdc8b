using System.Security.Cryptography;
using System.Text;
using Sockeye.Host.Administration;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Administration;

/// <summary>How a page of the Admin UI comes back without a password.</summary>
public sealed class AdminUiSessionTests : IAsyncDisposable
{
    private readonly SockeyeTestServer _clients = new(static _ => { });
    private readonly AwaitedLog _log = new();
    private readonly HandTime _time = new();
    private readonly AdministrationAccess _access;
    private readonly SockeyeTestServer _admins;
    private Action _afterwards = static () => { };

    public AdminUiSessionTests()
    {
        _access = new AdministrationAccess(Tokens("a", "b"), _time, static (_, _) => false);
        _admins = new SockeyeTestServer(
            server =>
            {
                AdminUi.Map(server, () => _clients.Server, _access, _time, _log);
                server.Of(AdminUi.Namespace).Use(_ =>
                {
                    _afterwards();
                    return ConnectResult.Accept;
                });
            },
            static builder => builder.Json.TypeInfoResolverChain.Insert(0, AdminUiJson.Default));
    }

    public async ValueTask DisposeAsync()
    {
        await _admins.DisposeAsync();
        await _clients.DisposeAsync();
        _access.Dispose();
    }

    [Fact]
    public void Who_comes_back_keeps_the_session_that_it_has_and_its_end()
    {
        var session = Enter(new { token = "a" }).Next<string>("session")!;
        for (var hour = 0; hour < 24; hour++)
        {
            var back = Enter(new { sessionId = session });
            Assert.True(back.IsConnected);
            Assert.DoesNotContain("session", back.Events.Select(static e => e.Name));
            back.Disconnect();
            _time.Pass(TimeSpan.FromHours(1));
        }

        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("invalid credentials", Refusal(new { sessionId = session }));
    }

    [Fact]
    public void Those_who_come_back_push_nobody_out()
    {
        var other = Enter(new { token = "b" }).Next<string>("session")!;
        var session = Enter(new { token = "a" }).Next<string>("session")!;
        for (var i = 0; i <= AdminUiAccess.MaxSessions; i++)
        {
            Enter(new { sessionId = session }).Disconnect();
        }

        Assert.True(Enter(new { sessionId = other }).IsConnected);
    }

    [Fact]
    public void What_somebody_asks_who_was_taken_out_a_moment_ago_is_not_done()
    {
        var client = _clients.Connect();
        var goes = Enter(new { token = "b" });
        var stays = Enter(new { token = "a" });
        TaskCompletionSource held = new();
        _admins.Server.Of(AdminUi.Namespace).On("hold", () => held.Task);
        goes.Emit("hold");
        goes.Emit("emit", "/", null, "late");
        _admins.RunUntilIdle();
        Assert.True(_access.TryTake(Tokens("a")));
        held.SetResult();
        Assert.True(_admins.RunUntil(() => !goes.IsConnected));
        stays.Emit("emit", "/", null, "fine");
        _admins.RunUntilIdle();
        _clients.RunUntilIdle();
        Assert.Equal(["fine"], client.Events.Select(static e => e.Name));
        Assert.False(goes.IsConnected);
        Assert.Empty(_admins.HandlerErrors);
        Assert.Single(_log.Lines, static line => line == "token b asks by the Admin UI for what cannot be done: emit: whoever asks may no longer");
    }

    [Fact]
    public async Task Who_came_in_as_anybody_goes_when_somebody_is_named()
    {
        using AdministrationAccess access = new(AdministrationSettingsTests.Read(("Urls:0", "http://127.0.0.1:3900"))!, _time, static (_, _) => false);
        await using var admins = new SockeyeTestServer(
            server => AdminUi.Map(server, () => _clients.Server, access, _time, _log), static builder => builder.Json.TypeInfoResolverChain.Insert(0, AdminUiJson.Default));
        var anybody = admins.Connect(AdminUi.Namespace);
        Assert.DoesNotContain("session", anybody.Events.Select(static e => e.Name));
        Assert.True(access.TryTake(Tokens("a")));
        Assert.True(admins.RunUntil(() => !anybody.IsConnected));
        Assert.Equal("invalid credentials", admins.Connect(AdminUi.Namespace).Refusal?.GetProperty("message").GetString());
        Assert.True(admins.Connect(AdminUi.Namespace, new { token = "a" }).IsConnected);
    }

    [Fact]
    public void Who_is_taken_out_just_after_it_was_looked_at_gets_no_session_that_lets_it_in()
    {
        _afterwards = () => Assert.True(_access.TryTake(Tokens("a")));
        var late = Enter(new { token = "b" });
        _afterwards = static () => { };
        Assert.True(_admins.RunUntil(() => !late.IsConnected));
        var session = late.Events.FirstOrDefault(static e => e.Name == "session")?.Get<string>();
        Assert.Equal("invalid credentials", Refusal(new { token = "b" }));
        Assert.Equal("invalid credentials", Refusal(new { sessionId = session }));
    }

    private SockeyeTestClient Enter(object auth) => _admins.Connect(AdminUi.Namespace, auth);

    private string? Refusal(object auth) => Enter(auth).Refusal?.GetProperty("message").GetString();

    private static AdministrationSettings Tokens(params string[] tokens) =>
        AdministrationSettingsTests.Read([.. tokens.Select(static token => ($"Tokens:{token}", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)))))])!;
}
