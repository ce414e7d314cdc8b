namespace Sockeye.Host.Doctor;

/// <summary>Every rule, applied to a machine, in the order of the report.</summary>
internal static class Examination
{
    public static IReadOnlyList<Finding> Of(Machine machine, Demand demand, Collector collector) =>
    [
        ConnectionRules.OpenFiles(machine, demand),
        ConnectionRules.AllFiles(machine, demand),
        ConnectionRules.ListenBacklog(machine, demand),
        ConnectionRules.SynBacklog(machine, demand),
        ConnectionRules.Tracking(machine, demand),
        ConnectionRules.EphemeralPorts(machine, demand),
        MemoryRules.Available(machine, demand),
        MemoryRules.Group(machine, demand),
        MemoryRules.Tcp(machine, demand),
        MemoryRules.SocketBuffer("net.ipv4.tcp_rmem", machine.ReceiveBuffer),
        MemoryRules.SocketBuffer("net.ipv4.tcp_wmem", machine.SendBuffer),
        MemoryRules.Swap(machine),
        MemoryRules.HugePages(machine),
        ProcessorRules.Quota(machine, demand),
        ProcessorRules.Collector(collector),
    ];

    /// <summary>One line for the log when fewer connections fit than the server is set to take; null: they fit, as far as can be read.</summary>
    public static string? Warning(Machine machine, Demand demand, Collector collector)
    {
        var narrowest = Of(machine, demand, collector).Where(finding => finding.Allows < demand.Connections).MinBy(finding => finding.Allows);
        var kept = demand.Operators > 0 && narrowest?.Setting == ConnectionRules.OpenFilesName ? FormattableString.Invariant($", {demand.Operators:N0} of them kept for operators") : "";
        return narrowest is null ? null : FormattableString.Invariant(
            $"MaxConnections is {demand.Connections:N0}, but this machine allows {narrowest.Allows:N0} ({narrowest.Setting}: {narrowest.Value}{kept}); '{HostHelp.Name} doctor' says what to raise");
    }
}
