using System.Net;
using System.Text;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Tests.Administration;

public sealed class AdministrationAccessTests : IDisposable
{
    private static readonly string s_hash = BCrypt.Net.BCrypt.HashPassword("secret", PasswordHash.MinCost);
    private static readonly IPAddress s_here = IPAddress.Loopback;

    private readonly HandTime _time = new();
    private readonly AdministrationAccess _access;
    private readonly ManualResetEventSlim _mayVerify = new(initialState: true);

    public AdministrationAccessTests() => _access = new(
        AdministrationSettingsTests.Read(("Users:ops", s_hash), ("Tokens:collector", Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("a token"u8))))!, _time, Verify);

    public void Dispose()
    {
        _access.Dispose();
        _mayVerify.Dispose();
    }

    [Fact]
    public async Task A_user_with_the_right_password_may() => Assert.Equal(new(200, "ops"), await _access.CheckAsync(Basic("ops", "secret"), s_here));

    [Fact]
    public async Task A_token_may_and_is_logged_by_its_name() => Assert.Equal(new(200, "token collector"), await _access.CheckAsync("Bearer a token", s_here));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic !")]
    [InlineData("Basic b3Bz")]
    [InlineData("Bearer ")]
    [InlineData("Bearer another")]
    [InlineData("Digest a")]
    public async Task Anything_else_may_not(string? authorization) => Assert.Equal(401, (await _access.CheckAsync(authorization, s_here)).Status);

    [Theory]
    [InlineData("ops", "Secret")]
    [InlineData("ops", "")]
    [InlineData("nobody", "secret")]
    public async Task A_wrong_name_or_password_may_not(string user, string password) => Assert.Equal(401, (await _access.CheckAsync(Basic(user, password), s_here)).Status);

    [Fact]
    public async Task An_address_that_was_wrong_too_often_waits_and_others_do_not()
    {
        for (var i = 0; i < AdministrationAccess.MaxFailures; i++)
        {
            Assert.Equal(401, (await _access.CheckAsync("Bearer wrong", s_here)).Status);
        }

        Assert.Equal(429, (await _access.CheckAsync("Bearer a token", s_here)).Status);
        Assert.Equal(429, (await _access.CheckAsync(Basic("ops", "secret"), s_here)).Status);
        Assert.Equal(200, (await _access.CheckAsync("Bearer a token", IPAddress.IPv6Loopback)).Status);
        _time.Pass(AdministrationAccess.FailureWindow + TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await _access.CheckAsync("Bearer a token", s_here)).Status);
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", 429)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", 401)]
    [InlineData("::ffff:10.0.0.7", "10.0.0.7", 429)]
    [InlineData("::ffff:10.0.0.7", "::ffff:10.0.0.8", 401)]
    [InlineData("10.0.0.7", "10.0.0.8", 401)]
    public async Task Who_has_many_addresses_guesses_no_more_often_for_it(string first, string second, int status)
    {
        for (var i = 0; i < AdministrationAccess.MaxFailures; i++)
        {
            await _access.CheckAsync("Bearer wrong", IPAddress.Parse(first));
        }

        Assert.Equal(status, (await _access.CheckAsync("Bearer wrong", IPAddress.Parse(second))).Status);
    }

    [Fact]
    public async Task Guesses_that_come_at_once_are_no_more_than_those_that_come_one_by_one()
    {
        _mayVerify.Reset();
        var checks = Enumerable.Range(0, AdministrationAccess.MaxWaiting).Select(i => _access.CheckPasswordAsync("ops", $"guess {i}", s_here).AsTask()).ToArray();
        _mayVerify.Set();
        var verdicts = await Task.WhenAll(checks);
        Assert.Equal(AdministrationAccess.MaxFailures, verdicts.Count(static verdict => verdict.Status == 401));
        Assert.Equal(AdministrationAccess.MaxWaiting - AdministrationAccess.MaxFailures, verdicts.Count(static verdict => verdict.Status == 429));
    }

    [Fact]
    public async Task Who_has_been_let_in_is_not_kept_out_by_the_guesses_of_his_address()
    {
        Assert.Equal(200, (await _access.CheckAsync(Basic("ops", "secret"), s_here)).Status);
        for (var i = 0; i < AdministrationAccess.MaxFailures; i++)
        {
            await _access.CheckAsync("Bearer wrong", s_here);
        }

        Assert.Equal(200, (await _access.CheckAsync(Basic("ops", "secret"), s_here)).Status);
        _time.Pass(AdministrationAccess.RememberFor + TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await _access.CheckAsync(Basic("ops", "secret"), s_here)).Status);
    }

    [Fact]
    public async Task More_passwords_than_may_wait_are_turned_away()
    {
        _mayVerify.Reset();
        var checks = Enumerable.Range(0, AdministrationAccess.MaxWaiting + 1).Select(i => _access.CheckPasswordAsync("ops", $"guess {i}", new IPAddress(i)).AsTask()).ToArray();
        Assert.Equal(503, (await checks[^1]).Status);
        _mayVerify.Set();
        var verdicts = await Task.WhenAll(checks);
        Assert.Equal(AdministrationAccess.MaxWaiting, verdicts.Count(static verdict => verdict.Status == 401));
        Assert.Equal(200, (await _access.CheckPasswordAsync("ops", "secret", s_here)).Status);
    }

    [Fact]
    public async Task A_name_that_nobody_has_takes_as_long_as_that_of_a_user()
    {
        List<int> costs = [];
        using AdministrationAccess access = new(
            AdministrationSettingsTests.Read(("Users:cheap", s_hash), ("Users:ops", BCrypt.Net.BCrypt.HashPassword("secret", PasswordHash.MinCost + 1)))!,
            _time,
            (_, hash) =>
            {
                costs.Add(PasswordHash.Cost(hash));
                return true;
            });
        Assert.Equal(401, (await access.CheckPasswordAsync("nobody", "secret", s_here)).Status);
        Assert.Equal(200, (await access.CheckPasswordAsync("ops", "secret", s_here)).Status);
        Assert.Equal([PasswordHash.MinCost + 1, PasswordHash.MinCost + 1], costs);
    }

    [Fact]
    public async Task Others_may_from_the_moment_on_that_they_are_named()
    {
        Assert.Equal(200, (await _access.CheckAsync(Basic("ops", "secret"), s_here)).Status);
        Assert.True(_access.TryTake(AdministrationSettingsTests.Read(("Users:night", s_hash))!));
        Assert.Equal(401, (await _access.CheckAsync(Basic("ops", "secret"), s_here)).Status);
        Assert.Equal(401, (await _access.CheckAsync("Bearer a token", s_here)).Status);
        Assert.Equal(200, (await _access.CheckAsync(Basic("night", "secret"), s_here)).Status);
    }

    [Fact]
    public async Task A_password_that_is_taken_away_while_it_is_checked_is_wrong_and_not_remembered()
    {
        _mayVerify.Reset();
        var check = _access.CheckPasswordAsync("ops", "secret", s_here).AsTask();
        Assert.True(_access.TryTake(AdministrationSettingsTests.Read(("Users:night", s_hash))!));
        _mayVerify.Set();
        Assert.Equal(401, (await check).Status);
        Assert.Equal(401, (await _access.CheckPasswordAsync("ops", "secret", s_here)).Status);
    }

    [Fact]
    public void Those_who_may_no_longer_are_named_and_those_who_still_may_are_not()
    {
        IReadOnlyCollection<string>? removed = null;
        _access.Removed = names => removed = names;
        Assert.True(_access.TryTake(AdministrationSettingsTests.Read(("Users:ops", s_hash), ("Users:night", s_hash), ("Tokens:collector", new string('0', 64)))!));
        Assert.Equal(["token collector"], removed!);
        Assert.True(_access.TryTake(AdministrationSettingsTests.Read(("Users:night", s_hash))!));
        Assert.Equal(["ops", "token collector"], removed!);
        removed = null;
        Assert.True(_access.TryTake(AdministrationSettingsTests.Read(("Users:night", s_hash))!));
        Assert.Null(removed);
    }

    [Fact]
    public async Task Where_somebody_was_named_a_reading_that_names_nobody_opens_nothing()
    {
        Assert.False(_access.TryTake(AdministrationSettingsTests.Read(("Urls", "http://127.0.0.1:1"))!));
        Assert.Equal(401, (await _access.CheckAsync(authorization: null, s_here)).Status);
        Assert.Equal(200, (await _access.CheckAsync(Basic("ops", "secret"), s_here)).Status);
    }

    private bool Verify(string password, string hash)
    {
        _mayVerify.Wait();
        return PasswordHash.Verify(password, hash);
    }

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
}
