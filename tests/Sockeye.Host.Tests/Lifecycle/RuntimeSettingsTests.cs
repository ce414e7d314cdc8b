using System.Text.Json.Nodes;

namespace Sockeye.Host.Tests.Lifecycle;

/// <summary>What the host asks of the runtime before its first line runs.</summary>
public sealed class RuntimeSettingsTests
{
    private static readonly JsonNode s_asked = JsonNode.Parse(File.ReadAllText(WorkingCopy.Built("host", "Sockeye.Host", "Sockeye.Host.runtimeconfig.json")))!["runtimeOptions"]!["configProperties"]!;

    [Fact]
    public void The_youngest_generation_is_2_MiB_and_the_oldest_is_collected_beside_the_loops() =>
        Assert.Equal((2L << 20, true, false), ((long)s_asked["System.GC.Gen0MaxBudget"]!, (bool)s_asked["System.GC.Concurrent"]!, (bool)s_asked["System.GC.Server"]!));

    [Fact]
    public void Idle_threads_of_the_pool_sleep_at_once() => Assert.Equal(0, (int)s_asked["System.Threading.ThreadPool.UnfairSemaphoreSpinLimit"]!);
}
