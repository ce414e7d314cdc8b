using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Tests.Administration;

/// <summary>What holds for operators, with each way to the Admin UI, and with each transport of the listener.</summary>
public sealed class OperatorsOverTransportsTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>How far a client has come from polling to WebSocket.</summary>
    public enum Way
    {
        Polling,
        OnTrial,
        Probed,
        Upgraded,
    }

    public static TheoryData<Way, string, int> Ways()
    {
        TheoryData<Way, string, int> all = [];
        foreach (var way in Enum.GetValues<Way>())
        {
            all.Add(way, "Native", 1);
            all.Add(way, "Native", 4);
            all.Add(way, "Portable", 1);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Who_is_taken_out_goes_wherever_his_page_is_on_its_way_to_a_WebSocket_and_does_nothing_more(Way way, string transport, int loops)
    {
        await using var host = await StartAsync(transport, loops);
        var stays = await OperatorAsync(host, "a");
        var goes = await OperatorAsync(host, "b");
        using var webSocket = way == Way.Polling ? null : await WebSocketAsync(goes, way);
        Assert.True(host.Get<AdministrationAccess>().TryTake(Tokens("a")));
        if (way == Way.Upgraded)
        {
            await ReadToEndAsync(webSocket!);
        }
        else
        {
            if (webSocket is not null)
            {
                // What was probed is told over the WebSocket; what was not goes with the session.
                await TrySendAsync(webSocket, way == Way.Probed ? ["5", "42/admin,[\"emit\",\"/\",null,\"late\"]"] : ["2probe"]);
                await ReadToEndAsync(webSocket);
            }

            await goes.ReadToEndAsync();
        }

        Assert.Equal(HttpStatusCode.BadRequest, await goes.StatusAsync());
        Assert.Contains("server_stats", await stays.ReadUntilAsync("server_stats"), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log.Lines, static line => line.Contains("asks by the Admin UI: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Native", 1, false)]
    [InlineData("Native", 4, true)]
    [InlineData("Portable", 1, false)]
    [InlineData("Portable", 1, true)]
    public async Task Guesses_over_one_connection_and_over_many_count_together_with_those_of_requests(string transport, int loops, bool isWebSocket)
    {
        await using var host = await StartAsync(transport, loops);
        for (var i = 0; i < AdministrationAccess.MaxFailures; i += 2)
        {
            var client = await OpenAsync(host);
            using var webSocket = isWebSocket ? await WebSocketAsync(client, Way.Upgraded) : null;
            await GuessAsync(client, webSocket, "invalid credentials");
            await GuessAsync(client, webSocket, "invalid credentials");
        }

        var last = await OpenAsync(host);
        await GuessAsync(last, webSocket: null, "too many wrong credentials");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Operators + "/api/server"));
        request.Headers.Authorization = new("Bearer", "a");
        using var answer = await host.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);

        static async Task GuessAsync(PollingClient client, ClientWebSocket? webSocket, string refusal)
        {
            const string guess = "40/admin,{\"token\":\"wrong\"}";
            string said;
            if (webSocket is null)
            {
                await client.SendAsync(guess);
                said = await client.ReadUntilAsync("44/admin,");
            }
            else
            {
                await TrySendAsync(webSocket, guess);
                said = await ReceiveAsync(webSocket);
            }

            Assert.StartsWith("44/admin,", said, StringComparison.Ordinal);
            Assert.Contains(refusal, said, StringComparison.Ordinal);
        }
    }

    private static Task<OperatedHost> StartAsync(string transport, int loops) => OperatedHost.StartAsync(
        static _ => { }, ("Administration:Transport", transport), ("Administration:EventLoops", $"{loops}"), ("Administration:Tokens:a", Digest("a")), ("Administration:Tokens:b", Digest("b")));

    private static Task<PollingClient> OpenAsync(OperatedHost host) => host.OpenAsync(host.Operators);

    /// <summary>Somebody who has got the list.</summary>
    private static async Task<PollingClient> OperatorAsync(OperatedHost host, string token)
    {
        var client = await OpenAsync(host);
        await client.SendAsync($"40/admin,{{\"token\":\"{token}\"}}");
        await client.ReadUntilAsync("all_sockets");
        return client;
    }

    private static async Task<ClientWebSocket> WebSocketAsync(PollingClient client, Way way)
    {
        ClientWebSocket webSocket = new();
        using CancellationTokenSource patience = new(s_patience);
        await webSocket.ConnectAsync(new Uri(client.Url.Replace("http://", "ws://", StringComparison.Ordinal).Replace("transport=polling", "transport=websocket", StringComparison.Ordinal)), patience.Token);
        if (way == Way.OnTrial)
        {
            return webSocket;
        }

        await TrySendAsync(webSocket, "2probe");
        Assert.Equal("3probe", await ReceiveAsync(webSocket));
        if (way == Way.Upgraded)
        {
            await TrySendAsync(webSocket, "5");
        }

        return webSocket;
    }

    // The server may have closed it meanwhile.
    private static async Task TrySendAsync(ClientWebSocket webSocket, params string[] packets)
    {
        foreach (var packet in packets)
        {
            try
            {
                await webSocket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
            catch (WebSocketException)
            {
                return;
            }
        }
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket webSocket)
    {
        using CancellationTokenSource patience = new(s_patience);
        var buffer = new byte[65_536];
        var length = 0;
        while (true)
        {
            var part = await webSocket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            length += part.Count;
            if (part.EndOfMessage)
            {
                return part.MessageType == WebSocketMessageType.Close ? "" : Encoding.UTF8.GetString(buffer, 0, length);
            }
        }
    }

    private static async Task ReadToEndAsync(ClientWebSocket webSocket)
    {
        try
        {
            while ((await ReceiveAsync(webSocket)).Length > 0)
            {
            }
        }
        catch (WebSocketException)
        {
            // It ended without a closing frame.
        }
    }

    private static AdministrationSettings Tokens(string token) => AdministrationSettingsTests.Read(($"Tokens:{token}", Digest(token)))!;

    private static string Digest(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
