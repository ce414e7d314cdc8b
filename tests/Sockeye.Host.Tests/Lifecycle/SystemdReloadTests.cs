using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Host.Lifecycle;
using Sockeye.Host.Settings;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Lifecycle;

public sealed class SystemdReloadTests
{
    [Fact]
    public async Task Reloads_that_are_asked_for_at_once_are_told_one_after_the_other_each_with_the_time_of_its_own_beginning()
    {
        const int Reloads = 4; // Their messages find room in the socket, whenever they are read.
        var folder = Directory.CreateTempSubdirectory("sockeye-notify-");
        try
        {
            var name = Path.Combine(folder.FullName, "notify");
            using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            manager.Bind(new UnixDomainSocketEndPoint(name));
            SystemdNotifier systemd = new(name, NullLogger.Instance);
            systemd.Ready("there");
            Assert.Equal("READY=1", (await NextAsync())[0]);

            await using var server = new SockeyeTestServer(static _ => { });
            using SettingsReload reload = new([], HostConfiguration.Read([]), server.Server, null, new ConfigurationState(TimeProvider.System), systemd, NullLoggerFactory.Instance);
            var begun = Now();
            var all = Task.WhenAll(Enumerable.Range(0, Reloads).Select(_ => Task.Run(reload.RunAsync)));
            for (var i = 0; i < Reloads; i++)
            {
                var told = await NextAsync();
                Assert.Equal("RELOADING=1", told[0]);

                // What systemd compares with the time at which it has sent its signal (Type=notify-reload).
                var time = long.Parse(told[1]["MONOTONIC_USEC=".Length..], CultureInfo.InvariantCulture);
                Assert.InRange(time, begun, Now());
                begun = time;
                Assert.Equal("READY=1", (await NextAsync())[0]);
            }

            await all;

            async Task<string[]> NextAsync()
            {
                var buffer = new byte[4_096];
                return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(60))).Split('\n');
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Microseconds of CLOCK_MONOTONIC.</summary>
    private static long Now()
    {
        Assert.Equal(0, Time(1, out var time));
        return (time.Seconds * 1_000_000) + (time.Nanoseconds / 1_000);
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int Time(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
