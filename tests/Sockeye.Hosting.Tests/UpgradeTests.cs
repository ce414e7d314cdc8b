using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sockeye.Hosting.Tests;

/// <summary>A new host takes over from an old one on the same machine while clients come all the while, and none of them is refused (docs/adr/0075-handover.md).</summary>
public sealed class UpgradeTests
{
    private const int Clients = 1_000;

    // Half of it is for those who are on their way in, the rest to tell those who are there.
    private const string Settings = "--DrainTime 00:00:06 --Logging:LogLevel:Default Warning";

    [Fact]
    public async Task Of_1000_clients_that_connect_all_the_while_none_is_refused_when_a_new_host_gets_the_sockets_of_the_old_one()
    {
        using var clients = Open();
        using var operators = Open();
        (string, int)[] sockets = [("clients", (int)clients.Handle), ("administration", (int)operators.Handle)];
        await UpgradeAsync(
            () => HostProcess.StartOn(sockets, Settings + " --EventLoops 4 --admin"),
            _ => HostProcess.StartOn(sockets, Settings + " --admin"),
            _ => $"http://{operators.LocalEndPoint}");
    }

    [Fact]
    public async Task Of_1000_clients_that_connect_all_the_while_none_is_refused_when_a_new_host_listens_on_the_port_of_the_old_one() => await UpgradeAsync(
        static () => HostProcess.Start(Settings + " --EventLoops 4 --ReusePort --urls http://127.0.0.1:0 --admin http://127.0.0.1:0"),
        static old => HostProcess.Start($"{Settings} --EventLoops 4 --ReusePort --urls {old.AddressAsync.Result} --admin {Operators(old)}"),
        Operators);

    [Fact]
    public async Task A_second_host_at_a_port_that_is_taken_does_not_start_unless_both_have_asked_for_it()
    {
        using var first = HostProcess.Start("--urls http://127.0.0.1:0");
        using var second = HostProcess.Start($"--ReusePort --urls {await first.AddressAsync}");
        Assert.Equal(1, await second.ExitCodeAsync());
        Assert.Contains("is already in use", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_was_handed_over_and_belongs_to_no_listener_ends_the_start_with_a_sentence()
    {
        using var socket = Open();
        using var host = HostProcess.StartOn([("web", (int)socket.Handle)], "--urls http://127.0.0.1:0");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains($"LISTEN_FDS: descriptor 3 listens on {socket.LocalEndPoint} and is named web, and no url has that port", host.Output, StringComparison.Ordinal);
    }

    private static async Task UpgradeAsync(Func<HostProcess> startOld, Func<HostProcess, HostProcess> startNew, Func<HostProcess, string> operators)
    {
        using var old = startOld();
        var address = new Uri(await old.AddressAsync);
        using CancellationTokenSource end = new();
        using Comings all = new();
        var clients = Enumerable.Range(0, Clients).Select(number => ComeAndGoAsync(address, number, all, end.Token)).ToArray();
        await all.BeyondAsync(Clients);

        using var next = startNew(old);
        Assert.Equal(address, new Uri(await next.AddressAsync));
        await all.BeyondAsync(Clients);
        Assert.Equal(0, Kill(old.ProcessId, 15));
        Assert.Equal(0, await old.ExitCodeAsync());
        await all.BeyondAsync(Clients);
        await end.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(all.Refused.Distinct());
        Assert.True(all.ByEach.All(static times => times > 0), $"{all.ByEach.Count(static times => times == 0)} clients never came in");

        using var http = new HttpClient();
        var facts = JsonDocument.Parse(await http.GetStringAsync(new Uri(operators(old) + "/api/server"))).RootElement;
        Assert.Equal(next.ProcessId, facts.GetProperty("process").GetInt32());
        Assert.Equal(0, Kill(next.ProcessId, 15));
        Assert.Equal(0, await next.ExitCodeAsync());
    }

    /// <summary>One client, which comes, is there for a moment, goes, and comes again. Half of them begin with long-polling, on one connection, and half with a WebSocket.</summary>
    private static async Task ComeAndGoAsync(Uri address, int number, Comings all, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                using RawClient client = new();
                await (number % 2 == 0 ? client.ConnectByWebSocketAsync(address) : client.ConnectByPollingAsync(address)).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
                all.Came(number);
                await Task.Delay(Random.Shared.Next(500, 1_500), end);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception refused)
            {
                all.WasRefused($"{refused.GetType().Name}: {refused.Message}");
            }
        }
    }

    private static string Operators(HostProcess host)
    {
        const string Before = "Operators reach it on ";
        return host.Output.Split('\n').First(static line => line.StartsWith(Before, StringComparison.Ordinal))[Before.Length..].Trim();
    }

    // Not closed when a program is started, as it would be otherwise.
    private static Socket Open()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(1_024);
        Assert.Equal(0, Control((int)socket.Handle, 2, 0));
        return socket;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "fcntl")]
    private static extern int Control(int descriptor, int command, nint argument);

    /// <summary>How often each client came in, and why it did not. Any thread.</summary>
    private sealed class Comings : IDisposable
    {
        private readonly int[] _times = new int[Clients];
        private readonly SemaphoreSlim _came = new(0);
        private readonly List<string> _refused = [];

        public IEnumerable<int> ByEach => _times;

        public IReadOnlyList<string> Refused
        {
            get
            {
                lock (_refused)
                {
                    return [.. _refused];
                }
            }
        }

        public void Dispose() => _came.Dispose();

        public void Came(int client)
        {
            Interlocked.Increment(ref _times[client]);
            _came.Release();
        }

        public void WasRefused(string why)
        {
            lock (_refused)
            {
                _refused.Add(why);
            }
        }

        /// <summary>Completes when so many more have come than now, or when one was refused.</summary>
        public async Task BeyondAsync(int more)
        {
            while (_came.Wait(0))
            {
            }

            for (var i = 0; i < more && Refused.Count == 0; i++)
            {
                Assert.True(await _came.WaitAsync(TimeSpan.FromSeconds(60)), $"only {i} of {more} came within a minute");
            }
        }
    }
}
