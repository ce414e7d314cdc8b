using Sockeye.Host.Administration;
using Sockeye.Host.Tests.Telemetry;

namespace Sockeye.Host.Tests.Metrics;

/// <summary>Descriptors of the process, as the metric has them. Alone, since other tests open and close some.</summary>
[Collection(nameof(TelemetryTests))]
public sealed class DescriptorsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void As_many_are_counted_as_there_are_however_they_are_counted(bool askKernel)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // no other system tells them
        }

        var before = Descriptors.Count(askKernel);
        var files = Enumerable.Range(0, 100).Select(static _ => File.OpenRead("/proc/self/limits")).ToArray();
        var after = Descriptors.Count(askKernel);
        Array.ForEach(files, static file => file.Dispose());
        Assert.Equal(100, after - before);

        // The kernel counts those too that a thread is just opening, as that of the debugger does all the time.
        Assert.InRange((Descriptors.Count(askKernel: true) - Descriptors.Count(askKernel: false))!.Value, 0, 2);
    }
}
