using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Sockeye.Hosting.Tests;

/// <summary>The host as a service of systemd, which is a socket here.</summary>
public sealed class SystemdTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_manager_of_services_hears_of_start_reload_life_and_end(bool isAbstract)
    {
        var folder = Directory.CreateTempSubdirectory("sockeye-notify-");
        try
        {
            var name = isAbstract ? $"@{folder.FullName}" : Path.Combine(folder.FullName, "notify");
            using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{name[1..]}" : name));
            using var host = HostProcess.Start("--urls http://127.0.0.1:0 --DrainTime 00:02:00 --StopTimeout 00:00:03", ("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "200000"));
            Assert.Equal($"READY=1\nSTATUS=Listening on {await host.AddressAsync}", await NextAsync());
            Assert.Equal("WATCHDOG=1", await NextAsync(isLife: true));
            Assert.Equal("WATCHDOG=1", await NextAsync(isLife: true));

            Assert.Equal(0, Kill(host.ProcessId, 1));
            Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=", await NextAsync());
            Assert.StartsWith("READY=1\nSTATUS=Listening on ", await NextAsync(), StringComparison.Ordinal);

            Assert.Equal(0, Kill(host.ProcessId, 15));
            Assert.Equal("STOPPING=1\nSTATUS=Draining over at most 00:02:00\nEXTEND_TIMEOUT_USEC=133000000", await NextAsync());
            Assert.Equal(0, await host.ExitCodeAsync());

            async Task<string> NextAsync(bool isLife = false)
            {
                var buffer = new byte[4_096];
                while (true)
                {
                    var length = await manager.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(60));
                    var text = Encoding.UTF8.GetString(buffer, 0, length);
                    if (isLife || text != "WATCHDOG=1")
                    {
                        return text;
                    }
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_manager_that_is_not_there_is_a_line_in_the_log()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0", ("NOTIFY_SOCKET", "/nowhere/notify"));
        await host.AddressAsync;
        await host.LineAsync("warn: Sockeye.Host[2330] The manager of services at /nowhere/notify could not be told READY=1:");
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
