using System.Text.Json.Nodes;

namespace Sockeye.Host.Tests.Lifecycle;

/// <summary>What the host asks of the runtime before its first line runs.</summary>
public sealed class CollectorTests
{
    [Fact]
    public void The_youngest_generation_is_2_MiB_and_the_oldest_is_collected_beside_the_loops()
    {
        var asked = JsonNode.Parse(File.ReadAllText(WorkingCopy.Built("host", "Sockeye.Host", "Sockeye.Host.runtimeconfig.json")))!["runtimeOptions"]!["configProperties"]!;
        Assert.Equal((2L << 20, true, false), ((long)asked["System.GC.Gen0MaxBudget"]!, (bool)asked["System.GC.Concurrent"]!, (bool)asked["System.GC.Server"]!));
    }
}
