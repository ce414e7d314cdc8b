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

    [Theory]
    [InlineData(15)]
    [InlineData(2)]
    public async Task A_signal_ends_a_start_that_waits_for_NATS(int signal)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --cluster nats://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        using var connection = await silent.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, Kill(host.ProcessId, signal));
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Contains("Sockeye was asked to end while it started, and has.", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null, false)]
    [InlineData("", "Production", false)]
    [InlineData("", "Development", true)]
    [InlineData("--playground", null, true)]
    [InlineData("--playground false", "Development", false)]
    [InlineData("--Development true", null, true)]
    public async Task The_page_is_served_where_it_is_asked_for_and_in_Development(string arguments, string? environment, bool isServed)
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 " + arguments, ("DOTNET_ENVIRONMENT", environment ?? ""), ("ASPNETCORE_ENVIRONMENT", ""));
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(await host.AddressAsync + "/"));
        Assert.Equal(isServed ? HttpStatusCode.OK : HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Contains(isServed ? "Open that address in two tabs" : "The playground page is off; --playground serves it", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGHUP_ends_nothing_and_reads_settings_and_plugins_again()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0");
        var address = await host.AddressAsync;
        Assert.Equal(0, Kill(host.ProcessId, 1));
        await host.LineAsync("info: Sockeye.Host[2301] SIGHUP:");
        await host.LineAsync("info: Sockeye.Host[2302] The settings and plugins were read again");
        using var http = new HttpClient();
        Assert.StartsWith("0{\"sid\":", await http.GetStringAsync(new Uri(address + "/socket.io/?EIO=4&transport=polling")), StringComparison.Ordinal);
        Assert.Equal(0, Kill(host.ProcessId, 2));
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task A_file_of_the_working_folder_that_has_gone_takes_no_setting_with_it()
    {
        var folder = Directory.CreateTempSubdirectory("sockeye-gone-").FullName;
        var file = Path.Combine(folder, "sockeye.json");
        await File.WriteAllTextAsync(file, """{ "MaxConnections": 7 }""");
        using var host = HostProcess.StartIn(folder, "--urls http://127.0.0.1:0 --WatchSettings false");
        await host.AddressAsync;
        File.Delete(file);
        Assert.Equal(0, Kill(host.ProcessId, 1));
        await host.LineAsync($"fail: Sockeye.Host[2303] Not taken, and what was read before holds, folders of plugins included: the configuration file '{file}' does not exist any more; {{}} in it stands for all defaults");
        Assert.DoesNotContain("MaxConnections: 7", host.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "{}");
        Assert.Equal(0, Kill(host.ProcessId, 1));
        await host.LineAsync("info: Sockeye.Host[2307] Holds from now on: MaxConnections: 7 -> (not set)");
        Assert.Equal(0, Kill(host.ProcessId, 2));
        Assert.Equal(0, await host.ExitCodeAsync());
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("--version", "Sockeye ")]
    [InlineData("version", "Sockeye ")]
    [InlineData("-h", "usage:")]
    [InlineData("help", "--Engine:PingInterval ")]
    public async Task Help_and_version_start_nothing(string arguments, string text)
    {
        using var host = HostProcess.Start(arguments);
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Contains(text, host.Output, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.AddressAsync);
    }

    [Fact]
    public async Task What_Kubernetes_says_of_a_service_named_sockeye_is_left_alone()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0", ("SOCKEYE_PORT", "tcp://10.0.0.1:3000"), ("SOCKEYE_SERVICE_HOST", "10.0.0.1"), ("SOCKEYE_SERVICE_PORT", "3000"),
            ("SOCKEYE_SERVICE_PORT_HTTP", "3000"), ("SOCKEYE_PORT_3000_TCP", "tcp://10.0.0.1:3000"), ("SOCKEYE_PORT_3000_TCP_PROTO", "tcp"), ("SOCKEYE_PORT_3000_TCP_PORT", "3000"), ("SOCKEYE_PORT_3000_TCP_ADDR", "10.0.0.1"));
        await host.AddressAsync;
    }

    [Theory]
    [InlineData("SOCKEYE_PORT", "3000", "PORT: unknown key; did you mean Urls, such as http://127.0.0.1:3000? (by the environment variable SOCKEYE_PORT)")]
    [InlineData("SOCKEYE_Engine_PingInterval", "00:00:10", "Engine_PingInterval: unknown key; did you mean Engine:PingInterval? (by the environment variable SOCKEYE_Engine_PingInterval)")]
    [InlineData("SOCKEYE_Engine__PingInterval", "soon", "Engine:PingInterval: 'soon' is not a duration like 00:00:25 (by the environment variable SOCKEYE_Engine__PingInterval)")]
    [InlineData("SOCKEYE_Cluster__Nats__Tls", "maybe", "Cluster:Nats:Tls: is not true or false (by the environment variable SOCKEYE_Cluster__Nats__Tls)")]
    public async Task A_fault_in_the_environment_names_its_variable(string variable, string value, string line)
    {
        using var host = HostProcess.Start("", (variable, value));
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Equal("sockeye: " + line, host.Output.TrimEnd());
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.AddressAsync);
    }

    [Fact]
    public async Task Settings_of_a_cluster_without_a_bus_end_the_start_and_name_their_source()
    {
        using var host = HostProcess.Start("", ("SOCKEYE_Cluster__Name", "chat"));
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains("sockeye: Cluster: there is no bus", host.Output, StringComparison.Ordinal);
        Assert.EndsWith("(by the environment variable SOCKEYE_Cluster__Name)", host.Output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_that_another_server_has_or_credentials_that_NATS_refuses_end_the_start_with_one_line_and_passwords_are_not_shown()
    {
        await using var nats = await NatsServer.StartAsync("authorization { user: node, password: \"pass-4711\" }");
        using var first = Start("pass-4711");
        await first.AddressAsync;
        using var second = Start("pass-4711");
        Assert.Equal(2, await second.ExitCodeAsync());
        Assert.Equal("sockeye: Another server of the cluster \"default\" is node 7 (AAAH): give each a NodeId of its own, or none, and it draws one.", Failure(second));
        using var stranger = Start("word-4711");
        Assert.Equal(2, await stranger.ExitCodeAsync());
        Assert.StartsWith($"sockeye: NATS cannot be used at nats://127.0.0.1:{nats.Port}: it does not accept the credentials of this node", Failure(stranger), StringComparison.Ordinal);
        Assert.All([first, second, stranger], static host => Assert.DoesNotContain("4711", host.Output, StringComparison.Ordinal));

        HostProcess Start(string password) => HostProcess.Start($"--urls http://127.0.0.1:0 --Engine:NodeId 7 --cluster nats://node:{password}@127.0.0.1:{nats.Port}");

        static string Failure(HostProcess host)
        {
            Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
            return Assert.Single(host.Output.TrimEnd().Split('\n'), static line => line.StartsWith("sockeye: ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_permission_that_NATS_does_not_give_is_a_fault_of_the_configuration_and_a_NATS_that_is_away_is_none()
    {
        await using var nats = await NatsServer.StartAsync("authorization { users = [ { user: node, password: word, permissions: { publish: \"other.>\", subscribe: \"sockeye.*.1._default.>\" } } ] }");
        using var denied = HostProcess.Start($"--urls http://127.0.0.1:0 --cluster nats://node:word@127.0.0.1:{nats.Port}");
        Assert.Equal(2, await denied.ExitCodeAsync());
        Assert.Contains("its user has to be allowed to publish and to subscribe \"sockeye.*.1._default.>\"", denied.Output, StringComparison.Ordinal);
        await nats.KillAsync();
        using var away = HostProcess.Start($"--urls http://127.0.0.1:0 --Cluster:Nats:StartTimeout 00:00:00.2 --cluster nats://node:word@127.0.0.1:{nats.Port}");
        Assert.Equal(1, await away.ExitCodeAsync());
        Assert.Contains($"sockeye: NATS cannot be used at nats://127.0.0.1:{nats.Port}: ", away.Output, StringComparison.Ordinal);
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
    [InlineData("--Engine:PingIntervall 00:00:01", "did you mean Engine:PingInterval? (by an argument)")]
    [InlineData("--urls", "'--urls' has no value")]
    [InlineData("start", "'start' is no command")]
    [InlineData("chek", "'chek' is no command; did you mean check?")]
    [InlineData("help chek", "'chek' is no command and no setting; did you mean check?")]
    [InlineData("--port 8080", "port: unknown key; did you mean Urls, such as http://127.0.0.1:3000?")]
    [InlineData("--playgroud true", "did you mean Playground?")]
    [InlineData("--loglevel Debug", "did you mean Logging:LogLevel:Default?")]
    [InlineData("--Logging:LogLevel:Default=Foo", "Logging:LogLevel:Default: 'Foo' is not one of Trace, Debug, Information, Warning, Error, Critical, None (by an argument)")]
    [InlineData("--Logging:LogLevel:Default=99", "Logging:LogLevel:Default: '99' is not one of Trace")]
    [InlineData("--Logging:Console:LogLevel:Sockeye=Foo", "Logging:Console:LogLevel:Sockeye: 'Foo' is not one of Trace")]
    [InlineData("--Logging:LogLevel Debug", "Logging:LogLevel: unknown key; did you mean Logging:LogLevel:Default?")]
    [InlineData("--Logging:LogLevl:Default Debug", "Logging:LogLevl:Default: unknown key")]
    [InlineData("--Sockeye:Plugins:routing:file x", "Sockeye:Plugins:routing:file: unknown key; here it is Plugins:routing:file, without Sockeye: in front, which belongs to hosts of one's own (by an argument)")]
    [InlineData("--Sockeye:Engine:PingInterval 00:00:05", "Sockeye:Engine:PingInterval: unknown key; here it is Engine:PingInterval, without Sockeye: in front, which belongs to hosts of one's own (by an argument)")]
    [InlineData("--Cluster:Nats:Sever nats://127.0.0.1:4222", "Cluster:Nats:Sever: unknown key; did you mean Cluster:Nats:Servers? (by an argument)")]
    [InlineData("--nats nats://127.0.0.1:4222", "nats: unknown key; did you mean Cluster:Nats:Servers? (by an argument)")]
    [InlineData("--Cluster:Nats:Pasword hidden", "Cluster:Nats:Pasword: unknown key; did you mean Cluster:Nats:Password? (by an argument)")]
    [InlineData("--Cluster:Nats nats://127.0.0.1:4222", "Cluster:Nats: is a group of settings and takes no value of its own; did you mean Cluster:Nats:Servers? (by an argument)")]
    [InlineData("--Plugin:auth:AllowAnonymous true", "Plugin:auth:AllowAnonymous: unknown key; did you mean Plugins:auth:AllowAnonymous? (by an argument)")]
    [InlineData("--MaxConnections 0", "MaxConnections is 0; it must be 1 to 16777216.")]
    [InlineData("--config .", "'.' is a folder")]
    [InlineData("--config /nowhere.json", "'/nowhere.json' does not exist")]
    [InlineData("--playground perhaps", "'perhaps' is not true or false")]
    [InlineData("--urls https://127.0.0.1:0", "https")]
    [InlineData("doctor --connections none", "'none' is not a number from 1 to 16777216")]
    [InlineData("doctor --EventLoop 2", "did you mean EventLoops?")]
    public async Task A_faulty_start_ends_with_one_clear_message(string arguments, string message)
    {
        using var host = HostProcess.Start(arguments);
        Assert.Equal(2, await host.ExitCodeAsync());
        var line = Assert.Single(host.Output.TrimEnd().Split('\n'));
        Assert.StartsWith("sockeye: ", line, StringComparison.Ordinal);
        Assert.Contains(message, line, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.AddressAsync);
    }

    [Theory]
    [InlineData("{\n  \"Urls\": ", ":2: not JSON: ")]
    [InlineData("[]", ":1: not JSON for settings: it has to be an object")]
    [InlineData("{\n \"Url\": 1 }", ":2: Url: unknown key; did you mean Urls, such as http://127.0.0.1:3000?")]
    [InlineData("{\n \"MaxConnections\": 0 }", ":2: MaxConnections is 0; it must be 1 to 16777216.")]
    [InlineData("{\n \"Logging\": { \"LogLevel\": { \"Default\": \"Loud\" } } }", ":2: Logging:LogLevel:Default: 'Loud' is not one of ")]
    [InlineData("{\n \"Cluster\": { \"Nats\": {\n \"Pasword\": \"x\" } } }", ":3: Cluster:Nats:Pasword: unknown key; did you mean Cluster:Nats:Password?")]
    [InlineData("{\n \"Administration\": {\n \"Urls\": \"http://*:0\" } }", ":3: Administration:Urls: 'http://*:0' is reached from other machines")]
    public async Task A_fault_in_a_configuration_file_names_the_file_and_the_line_or_the_key(string text, string message)
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        await File.WriteAllTextAsync(file, text);
        try
        {
            using var host = HostProcess.Start($"--config {file}");
            Assert.Equal(2, await host.ExitCodeAsync());
            var line = Assert.Single(host.Output.TrimEnd().Split('\n'));
            Assert.StartsWith($"sockeye: {file}{message}", line, StringComparison.Ordinal);
            await Assert.ThrowsAsync<InvalidOperationException>(() => host.AddressAsync);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_the_configuration_file_is_refused_and_not_waited_for()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var folder = Directory.CreateTempSubdirectory("sockeye-host-");
        try
        {
            var pipe = NamedPipe.Make(folder.FullName);
            using var host = HostProcess.Start($"--config {pipe}");
            Assert.Equal(2, await host.ExitCodeAsync());
            Assert.Equal($"sockeye: {pipe}: is empty, or no regular file; {{}} stands for all defaults", Assert.Single(host.Output.TrimEnd().Split('\n')));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_taken_port_is_a_clear_error()
    {
        using var first = HostProcess.Start("--urls http://127.0.0.1:0");
        using var second = HostProcess.Start("--urls " + await first.AddressAsync);
        Assert.Equal(1, await second.ExitCodeAsync());
        Assert.Single(second.Output.Split('\n'), line => line.StartsWith("sockeye: Cannot listen on ", StringComparison.Ordinal) && line.Contains("already in use", StringComparison.Ordinal));
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
        await host.LineAsync("warn: Sockeye.Host"); // on the other stream, which may come later
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
        await client.GetStream().ReadExactlyAsync(first).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(first));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);
}
