using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Sockeye.Hosting.Tests;

public sealed partial class ReadmeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Every_line_of_code_in_the_README_is_compiled()
    {

        var compiled = Normal(File.ReadAllText(Path.Combine(WorkingCopy.Root, "tests", "Sockeye.Hosting.Tests", "ReadmeExamples.cs")));
        var blocks = CodeBlock().Matches(File.ReadAllText(Path.Combine(WorkingCopy.Root, "README.md")));
        Assert.Equal(3, blocks.Count);
        foreach (Match block in blocks)
        {
            // The one line that the test cannot run: it would wait for Ctrl-C.
            var code = block.Groups[1].Value.Replace("await server.RunAsync();", "await whileRunning(server);", StringComparison.Ordinal);
            Assert.Contains(Normal(code), compiled, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_ten_lines_answer_a_client() => await ReadmeExamples.TenLines(async server =>
    {
        await server.StartAsync();
        using var socket = await ConnectAsync((IPEndPoint)server.Endpoints[0]);
        await SendAsync(socket, "40");
        Assert.StartsWith("40{\"sid\":", await ReceiveAsync(socket), StringComparison.Ordinal);
        await SendAsync(socket, "420[\"add\",1,2]");
        Assert.Equal("430[3]", await ReceiveAsync(socket));
    });

    [Fact]
    public async Task The_generic_host_starts_and_stops_the_server()
    {
        using var host = ReadmeExamples.GenericHost(["--Sockeye:Urls=http://127.0.0.1:0"]);
        await host.StartAsync();
        var server = host.Services.GetRequiredService<SockeyeServer>();
        var endPoint = (IPEndPoint)server.Endpoints[0];
        using var socket = await ConnectAsync(endPoint);
        await SendAsync(socket, "40/game,");
        Assert.StartsWith("40/game,{\"sid\":", await ReceiveAsync(socket), StringComparison.Ordinal);
        await host.StopAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(endPoint));
    }

    [Fact]
    public async Task The_unit_test_passes() => await ReadmeExamples.UnitTest();

    private static async Task<ClientWebSocket> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new ClientWebSocket();
        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri($"ws://{endPoint}/socket.io/?EIO=4&transport=websocket"), patience.Token);
        Assert.StartsWith("0{\"sid\":", await ReceiveAsync(socket), StringComparison.Ordinal);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string packet) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, true, CancellationToken.None);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(Patience);
        var result = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private static string Normal(string code) => WhiteSpace().Replace(code, " ").Trim();


    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
