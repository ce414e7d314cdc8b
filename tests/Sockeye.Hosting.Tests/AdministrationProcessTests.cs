using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sockeye.Hosting.Tests;

public sealed class AdministrationProcessTests
{
    private const string Beginning = "Operators reach it on ";

    [Fact]
    public async Task Operators_have_a_listener_of_their_own_and_clients_reach_nothing_of_it()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --admin http://127.0.0.1:0 --Engine:NodeId 1708590 --Plugins:auth:AllowAnonymous true "
            + $"--Plugins:auth:Revocation:AdminKeySha256 {Convert.ToHexStringLower(SHA256.HashData("a key"u8))}");
        var clients = await host.AddressAsync;
        var operators = await OperatorsAsync(host);
        using var http = new HttpClient();
        using var facts = JsonDocument.Parse(await http.GetStringAsync(new Uri(operators + "/api/server")));
        Assert.Equal("Running", facts.RootElement.GetProperty("state").GetString());
        Assert.Equal(clients, Assert.Single(facts.RootElement.GetProperty("endpoints").EnumerateArray()).GetString());
        Assert.Equal(host.ProcessId, facts.RootElement.GetProperty("process").GetInt32());
        Assert.Equal((1708590, "GhIu", Environment.MachineName), (facts.RootElement.GetProperty("node").GetInt32(), facts.RootElement.GetProperty("name").GetString(), facts.RootElement.GetProperty("machine").GetString()));
        using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri(clients + "/plugins/auth/status")) { Headers = { { "Authorization", "Bearer a key" } } };
        using var auth = JsonDocument.Parse(await (await http.SendAsync(asked)).Content.ReadAsStringAsync());
        Assert.Equal(facts.RootElement.GetProperty("incarnation").GetString() + "-1", auth.RootElement.GetProperty("node").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(clients + "/api/server"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, operators + "/api/server", "Host", "localhost"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await StatusAsync(http, operators + "/api/server", "Host", "rebound.example"));
    }

    [Fact]
    public async Task With_a_token_named_nobody_else_gets_an_answer()
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData("a token"u8));
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --admin http://*:0 --Administration:Tokens:collector {digest}");
        var operators = (await OperatorsAsync(host)).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri(operators + "/api/server"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(http, operators + "/api/server", "Authorization", "Bearer another"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, operators + "/api/server", "Authorization", "Bearer a token"));
        await host.LineAsync("warn: Sockeye.Host[2310] Wrong credentials for the administration from 127.0.0.1");
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_a_line_that_names_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --admin {url}");
        Assert.Equal(1, await host.ExitCodeAsync());
        Assert.Contains($"{taken.LocalEndpoint}", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    internal static async Task<string> OperatorsAsync(HostProcess host)
    {
        await host.LineAsync(Beginning);
        return host.Output.Split('\n').First(static line => line.StartsWith(Beginning, StringComparison.Ordinal))[Beginning.Length..].Trim();
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string url, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url));
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
