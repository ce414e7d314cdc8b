using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NATS.Client.Core;
using Sockeye.Hosting.Tests;

namespace Sockeye.Plugins.Tests;

/// <summary>The plugins of the host in two processes that are one cluster over a nats-server, beside a program on the bus that is no node.</summary>
public sealed class TwoHostsTests : IAsyncDisposable
{
    private const string Plugins = "sockeye.bus.1._default.plugins.";
    private const string Key = "the key of who may revoke, and of who may see";
    private const string Secret = "a-secret-that-both-sides-have-in-common";

    private readonly PluginRoot _root = new();
    private readonly HttpClient _http = new();
    private readonly List<HostProcess> _hosts = [];
    private NatsServer? _server;
    private NatsConnection? _program;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _hosts.ForEach(static host => host.Dispose());
        if (_program is { } program)
        {
            await program.DisposeAsync();
        }

        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        _root.Dispose();
    }

    [Fact]
    public async Task A_user_that_one_server_is_told_to_revoke_goes_from_the_other_too_and_does_not_come_back()
    {
        var (first, second) = await StartAsync($$"""
            {"auth":{"Sources":[{"Type":"ApiKey","Keys":[{"Id":"ann","Sha256":"{{Hash("ann")}}"},{"Id":"bob","Sha256":"{{Hash("bob")}}"}]}],
                     "Revocation":{"AdminKeySha256":"{{Convert.ToHexStringLower(SHA256.HashData(Bytes(Key)))}}"} } }
            """);
        await using var here = await RealClient.ConnectAsync(first, auth: TokenOf("ann"));
        await using var there = await RealClient.ConnectAsync(second, auth: TokenOf("ann"));
        await using var other = await RealClient.ConnectAsync(second, auth: TokenOf("bob"));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(first, "/plugins/auth/revoke")) { Content = new StringContent("""{"user":"ann"}""") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using var answer = await _http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        await AssertRevokedAsync(here);
        await AssertRevokedAsync(there);
        Assert.Equal(1, (await StatusAsync(second, "auth")).GetProperty("sockets").GetInt32());
        foreach (var server in new[] { first, second })
        {
            Assert.Contains("revoked", (await Assert.ThrowsAsync<InvalidOperationException>(() => RealClient.ConnectAsync(server, auth: TokenOf("ann")))).Message, StringComparison.Ordinal);
        }

        // A program on the bus may say so too.
        await _program!.PublishAsync(Plugins + "auth.revoke", """{"v":1,"user":"bob"}""");
        await AssertRevokedAsync(other);

        static async Task AssertRevokedAsync(RealClient client)
        {
            var ended = await client.NextAsync();
            Assert.Equal(("auth:ended", "revoked"), (ended[0].GetString(), ended[1].GetProperty("code").GetString()));
            await client.Left;
        }
    }

    [Fact]
    public async Task A_program_on_the_bus_that_knows_the_secret_says_who_comes_in_at_either_server()
    {
        var (first, second) = await StartAsync($$"""{"auth":{"Sources":[{"Type":"Bus","Secret":"{{Secret}}","Timeout":"00:00:30"}]} }""");
        List<string> asked = [];
        await using var questions = await _program!.SubscribeCoreAsync<byte[]>(Plugins + "auth.decide", queueGroup: "deciders");
        var deciding = DecideAsync();
        await _program!.PingAsync();
        foreach (var server in new[] { first, second })
        {
            await using var client = await RealClient.ConnectAsync(server, auth: """{"token":"a ticket of ann"}""");
            Assert.Contains("\"banned\"", (await Assert.ThrowsAsync<InvalidOperationException>(() => RealClient.ConnectAsync(server, auth: """{"token":"a ticket of eve"}"""))).Message, StringComparison.Ordinal);

            // Somebody else on the bus says what he likes, and nobody comes in by that.
            Assert.Contains("unavailable", (await Assert.ThrowsAsync<InvalidOperationException>(() => RealClient.ConnectAsync(server, auth: """{"token":"a ticket of mallory"}"""))).Message, StringComparison.Ordinal);
        }

        await questions.DisposeAsync();
        await deciding;
        Assert.Equal(["ann", "eve", "mallory", "ann", "eve", "mallory"], asked);

        async Task DecideAsync()
        {
            await foreach (var message in questions.Msgs.ReadAllAsync())
            {
                var text = Encoding.UTF8.GetString(message.Data!);
                var json = text[65..];
                var question = JsonElement.Parse(json);
                var nonce = question.GetProperty("nonce").GetString()!;
                Assert.Equal(Seal(Secret, "question", nonce, json), text);
                var user = question.GetProperty("token").GetString()!.Split(' ')[^1];
                asked.Add(user);
                var decided = user == "eve" ? """{"result":"deny","code":"banned"}""" : $$"""{"result":"allow","subject":"{{user}}","permissions":["emit * *"]}""";
                await message.ReplyAsync(Seal(user == "mallory" ? "what-somebody-else-takes-for-the-secret" : Secret, "answer", nonce, decided));
            }
        }
    }

    [Fact]
    public async Task A_rule_of_either_server_says_something_on_the_bus_and_of_both_one_takes_each_message_from_it()
    {
        const int Prices = 100;
        var (first, second) = await StartAsync($$"""
            {"routing":{"statusToken":"{{Key}}","rules":[{"id":"sold","match":{"event":"order"},"actions":[{"bus":"sales.{$[0].item}"}]}],
                        "inbound":{"prices":{"subject":"prices.>","event":"price","body":"data"} } } }
            """);
        await using var here = await RealClient.ConnectAsync(first);
        await using var there = await RealClient.ConnectAsync(second);
        await using var sales = await _program!.SubscribeCoreAsync<byte[]>(Plugins + "routing.sales.>");
        await _program!.PingAsync();
        foreach (var (client, item) in new[] { (here, "tea"), (there, "milk") })
        {
            await client.EmitAsync($$"""["order",{"item":"{{item}}"}]""");
            var sold = await sales.Msgs.ReadAsync().AsTask().WaitAsync(RealClient.Patience);
            Assert.Equal(Plugins + "routing.sales." + item, sold.Subject);
            var envelope = JsonElement.Parse(sold.Data);
            Assert.Equal(("order", item, client.Id), (envelope.GetProperty("event").GetString(), envelope.GetProperty("arguments")[0].GetProperty("item").GetString(), envelope.GetProperty("socket").GetString()));
        }

        for (var i = 0; i < Prices; i++)
        {
            await _program.PublishAsync(Plugins + "routing.prices.eur", Bytes($"{i}"));
        }

        // Clients of both servers hear each of them once, whichever server has taken it.
        foreach (var client in new[] { here, there })
        {
            List<int> heard = [];
            while (heard.Count < Prices)
            {
                heard.Add((await client.NextAsync())[1].GetInt32());
            }

            Assert.Equal(Enumerable.Range(0, Prices), heard.Order());
        }

        var taken = 0L;
        foreach (var server in new[] { first, second })
        {
            taken += (await StatusAsync(server, "routing")).GetProperty("inbound").GetProperty("prices").GetProperty("received").GetInt64();
        }

        Assert.Equal(Prices, taken);
    }

    private static string Hash(string user) => Convert.ToHexStringLower(SHA256.HashData(Bytes(SecretOf(user))));

    private static string SecretOf(string user) => $"the-secret-of-the-key-of-{user}-is-long";

    private static string TokenOf(string user) => $$"""{"token":"{{user}}.{{SecretOf(user)}}"}""";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>What is said on the bus of who comes in, as docs/auth.md says.</summary>
    private static string Seal(string secret, string direction, string nonce, string json) =>
        $"{Convert.ToHexStringLower(HMACSHA256.HashData(Bytes(secret), Bytes($"sockeye-auth-{direction}\n{nonce}\n{json}")))}\n{json}";

    private async Task<JsonElement> StatusAsync(Uri server, string plugin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, $"/plugins/{plugin}/status"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using var answer = await _http.SendAsync(request);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    private async Task<(Uri First, Uri Second)> StartAsync(string plugins)
    {
        _server = await NatsServer.StartAsync();
        _program = new NatsConnection(new NatsOpts { Url = _server.Url });
        var settings = _root.Write(".", "settings.json", Bytes($$"""{"AdmissionTimeout":"00:01:00","Plugins":{{plugins}} }"""));
        for (var i = 0; i < 2; i++)
        {
            _hosts.Add(HostProcess.Start($"--urls http://127.0.0.1:0 --cluster {_server.Url} --config \"{settings}\""));
        }

        return (new Uri(await _hosts[0].AddressAsync), new Uri(await _hosts[1].AddressAsync));
    }
}
