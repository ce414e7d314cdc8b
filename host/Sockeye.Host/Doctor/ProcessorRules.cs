using static System.FormattableString;

namespace Sockeye.Host.Doctor;

/// <summary>Processor time and the collector.</summary>
internal static class ProcessorRules
{
    public static Finding Quota(Machine machine, Demand demand)
    {
        const string name = "processor quota of the control group";
        if (machine.Cgroup.Processors is not { } processors)
        {
            return Finding.Unreadable(name, "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
        }

        if (double.IsPositiveInfinity(processors))
        {
            return new Finding(name, Verdict.Ok, "unlimited", EventLoops(demand.Loops));
        }

        var loops = (int)Math.Max(1, Math.Ceiling(processors));
        var value = Invariant($"{processors:0.##}");
        return demand.Loops <= loops
            ? new Finding(name, Verdict.Ok, value, EventLoops(demand.Loops))
            : new Finding(
                name, Verdict.Advice, value, Invariant($"{demand.Loops} event loops use up the quota early in each period and then all stand still until the next"), EventLoops(loops),
                Invariant($"--EventLoops {loops}"));
    }

    private static string EventLoops(int count) => count == 1 ? "1 event loop" : Invariant($"{count} event loops");

    public static Finding Collector(Collector collector)
    {
        const string name = "garbage collector";
        var value = $"{(collector.IsServer ? "server" : "workstation")}, {(collector.IsConcurrent ? "concurrent" : "not concurrent")}, conserve memory {collector.ConserveMemory}";
        return collector.IsServer || collector.IsConcurrent
            ? new Finding(
                name, Verdict.Advice, value, "the engine allocates next to nothing per message: more heaps and a collecting thread cost memory and give nothing back", "workstation, not concurrent",
                "DOTNET_gcServer=0 DOTNET_gcConcurrent=0 in the environment")
            : new Finding(name, Verdict.Ok, value, "one heap, collected where it is used");
    }
}
