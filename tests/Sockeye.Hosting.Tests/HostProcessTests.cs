using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Sockeye.Hosting.Tests;

public sealed class HostProcessTests
{
    [Fact]
    public async Task The_page_and_its_files_are_served_and_the_process_ends_on_SIGTERM()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --playground true");
        var address = await host.AddressAsync;
        using var http = new HttpClient();
        Assert.Contains("<title>Sockeye playground</title>", await http.GetStringAsync(new Uri(address + "/")), StringComparison.Ordinal);
        foreach (var (file, type) in new[] { ("app.js", "text/javascript"), ("client.js", "text/javascript"), ("style.css", "text/css"), ("logo.svg", "image/svg+xml"), ("source/Pool.cs", "text/plain") })
        {
            using var response = await http.GetAsync(new Uri($"{address}/{file}"));
            Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
            Assert.StartsWith("default-src 'self';", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        }

        Assert.StartsWith("0{\"sid\":", await http.GetStringAsync(new Uri(address + "/socket.io/?EIO=4&transport=polling")), StringComparison.Ordinal);
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task A_second_signal_ends_the_process_though_a_client_does_not_answer_its_close()
    {
        using var host = HostProcess.Start(
            "--urls http://127.0.0.1:0 --StopTimeout 01:00:00 --Engine:CloseTimeout 01:00:00 --Http:CloseHandshakeTimeout 01:00:00 --Engine:PingInterval 01:00:00");
        var address = new Uri(await host.AddressAsync);
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        await ReadToAsync((byte)'}');       // the end of the handshake
        Assert.Equal(0, Kill(host.ProcessId, 15));
        await ReadToAsync(0x88);            // the server's close frame, which stays without an answer
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());

        async Task ReadToAsync(byte last)
        {
            var one = new byte[1];
            while (one[0] != last)
            {
                Assert.Equal(1, await client.GetStream().ReadAsync(one).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
            }
        }
    }

    [Fact]
    public async Task Without_the_playground_there_is_no_page()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --playground false");
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(await host.AddressAsync + "/"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Arguments_win_over_the_environment_and_both_over_the_file()
    {
        using var host = HostProcess.Start(
            "--urls http://127.0.0.1:0 --Engine:PingTimeout 00:00:03", ("SOCKEYE_Engine__PingTimeout", "00:00:02"), ("SOCKEYE_Engine__PingInterval", "00:00:04"));
        using var http = new HttpClient();
        var handshake = await http.GetStringAsync(new Uri(await host.AddressAsync + "/socket.io/?EIO=4&transport=polling"));
        Assert.Contains("\"pingInterval\":4000,\"pingTimeout\":3000", handshake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Engine:PingIntervall 00:00:01", "did you mean Engine:PingInterval?")]
    [InlineData("--urls", "'--urls' has no value")]
    [InlineData("start", "'start' is no setting")]
    [InlineData("--config /nowhere.json", "'/nowhere.json' does not exist")]
    [InlineData("--playground perhaps", "'perhaps' is not true or false")]
    [InlineData("--urls https://127.0.0.1:0", "https")]
    [InlineData("doctor --connections none", "'none' is not a number from 1 to 16777216")]
    [InlineData("doctor --EventLoop 2", "did you mean EventLoops?")]
    public async Task A_faulty_start_ends_with_one_clear_message(string arguments, string message)
    {
        using var host = HostProcess.Start(arguments);
        Assert.Equal(1, await host.ExitCodeAsync());
        Assert.Contains(message, host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.AddressAsync);
    }

    [Fact]
    public async Task A_configuration_file_that_is_not_JSON_is_named()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        await File.WriteAllTextAsync(file, "{ \"Urls\": ");
        try
        {
            using var host = HostProcess.Start($"--config {file}");
            Assert.Equal(1, await host.ExitCodeAsync());
            Assert.Contains(Path.GetFileName(file), host.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
            await Assert.ThrowsAsync<InvalidOperationException>(() => host.AddressAsync);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_taken_port_is_a_clear_error()
    {
        using var first = HostProcess.Start("--urls http://127.0.0.1:0");
        using var second = HostProcess.Start("--urls " + await first.AddressAsync);
        Assert.Equal(1, await second.ExitCodeAsync());
        Assert.Contains("already in use", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_ends_with_1_when_something_has_to_be_raised()
    {
        using var host = HostProcess.Start("doctor --connections 16777216 --json");
        Assert.Equal(1, await host.ExitCodeAsync());
        Assert.Contains("\"healthy\": false", host.Output, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.AddressAsync);
    }

    [Fact]
    public async Task The_start_warns_in_one_line_when_the_machine_allows_fewer_connections()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --MaxConnections 16777216");
        await host.AddressAsync;
        Assert.Single(host.Output.Split('\n'), line => line.StartsWith("warn: Sockeye.Host", StringComparison.Ordinal) && line.Contains("MaxConnections is 16,777,216, but this machine allows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_with_few_descriptors_keeps_some_for_itself_and_stops_cleanly()
    {
        using var host = HostProcess.StartWithOpenFiles(260, "--urls http://127.0.0.1:0 --EventLoops 1");
        var address = new Uri(await host.AddressAsync);
        var clients = new Queue<TcpClient>();
        try
        {
            for (var i = 0; i < 4; i++)
            {
                clients.Enqueue(await AskAsync(address));
                await AnswerAsync(clients.Last());
            }

            var fifth = await AskAsync(address); // waits in the kernel's backlog
            clients.Enqueue(fifth);
            clients.Dequeue().Dispose();
            await AnswerAsync(fifth);
            Assert.Equal(0, Kill(host.ProcessId, 15));
            Assert.Equal(0, await host.ExitCodeAsync());
            Assert.Contains("allows 4 (open files of the process: 260)", host.Output, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var client in clients)
            {
                client.Dispose();
            }
        }
    }

    private static async Task<TcpClient> AskAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        return client;
    }

    private static async Task AnswerAsync(TcpClient client)
    {
        var first = new byte["HTTP/1.1 200".Length];
        await client.GetStream().ReadExactlyAsync(first).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(first));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);
}
