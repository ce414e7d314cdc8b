using Sockeye.Transport.Transports;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData(1000, 1256, 1000)]
    [InlineData(1000, 1255, 999)]
    [InlineData(1000, ulong.MaxValue, 1000)]
    [InlineData(65_536, 1024, 768)]
    [InlineData(1000, 257, 1)]
    [InlineData(1000, 100, 1)]
    public void As_many_connections_are_taken_as_there_are_descriptors_for_256_aside(int wanted, ulong limit, int fitting) =>
        Assert.Equal(fitting, OpenFiles.Fitting(wanted, limit));

    [Fact]
    public async Task A_limit_that_is_raised_while_it_runs_is_no_more_than_there_are_descriptors_for()
    {
        await using var transport = SocketTransport.Create(new TransportOptions { LoopCount = 1, MaxConnections = 1 });
        transport.MaxConnections = int.MaxValue;
        Assert.Equal(transport.Name == "epoll" ? OpenFiles.Fitting(int.MaxValue, OpenFiles.Limit()) : int.MaxValue, transport.MaxConnections);
    }

    [Fact]
    public void The_limit_is_the_one_that_the_kernel_tells()
    {
        if (OperatingSystem.IsLinux())
        {
            var told = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
            Assert.Equal(told == "unlimited" ? ulong.MaxValue : ulong.Parse(told, System.Globalization.CultureInfo.InvariantCulture), OpenFiles.Limit());
        }
    }
}
