using static System.FormattableString;

namespace Sockeye.Host.Doctor;

/// <summary>Descriptors, backlogs, ports, connection tracking: what a connection needs to come into being.</summary>
internal static class ConnectionRules
{
    public const string OpenFilesName = "open files of the process";

    /// <summary>1024 to 65535.</summary>
    private const int MostPorts = 64_512;

    public static Finding OpenFiles(Machine machine, Demand demand)
    {
        if (machine.OpenFiles is not { } limit)
        {
            return Finding.Unreadable(OpenFilesName, "/proc/self/limits");
        }

        var wanted = demand.Files;
        var allows = Math.Max(0, limit - demand.FilesBeside);
        if (limit >= wanted)
        {
            return new Finding(OpenFilesName, Verdict.Ok, Number(limit), Invariant($"{wanted:N0} are needed: one for each connection{(demand.Operators > 0 ? Invariant($", {demand.Operators:N0} for operators") : "")} and {Demand.OtherFiles} for the rest"), Allows: allows);
        }

        var ceiling = machine.OpenFilesCeiling < wanted ? $"sysctl -w fs.nr_open={RoundUp(wanted)} && " : "";
        var command = machine.OpenFilesHard >= wanted
            ? $"ulimit -n {wanted}"
            : $"{ceiling}ulimit -n {wanted} as root; LimitNOFILE={wanted} in a systemd unit; docker run --ulimit nofile={wanted}:{wanted}";
        return new Finding(
            OpenFilesName, Verdict.Raise, Number(limit), "each connection is a descriptor; when they run out, new connections wait in the backlog", Number(wanted), command, allows);
    }

    public static Finding AllFiles(Machine machine, Demand demand)
    {
        if (machine.AllFiles is not var (used, max))
        {
            return Finding.Unreadable("fs.file-max", "/proc/sys/fs/file-max", "/proc/sys/fs/file-nr");
        }

        var wanted = used + demand.Files;
        var allows = Math.Max(0, max - used - demand.FilesBeside);
        return max >= wanted
            ? new Finding("fs.file-max", Verdict.Ok, Number(max), Invariant($"all processes have {used:N0} files open, {wanted:N0} with this server"), Allows: allows)
            : new Finding(
                "fs.file-max", Verdict.Raise, Number(max), Invariant($"all processes have {used:N0} files open already"), Number(RoundUp(wanted)), $"sysctl -w fs.file-max={RoundUp(wanted)}", allows);
    }

    public static Finding ListenBacklog(Machine machine, Demand demand) => Backlog(
        "net.core.somaxconn", "/proc/sys/net/core/somaxconn", machine.ListenBacklog, demand.Backlog,
        "the kernel cuts the listener's backlog down to it; when a burst fills the backlog, a client waits a second or more for its next try");

    public static Finding SynBacklog(Machine machine, Demand demand) => Backlog(
        "net.ipv4.tcp_max_syn_backlog", "/proc/sys/net/ipv4/tcp_max_syn_backlog", machine.SynBacklog, demand.Backlog,
        machine.SynCookies is true
            ? "handshakes under way at one time; with SYN cookies on, more are still answered, without window scaling"
            : "handshakes under way at one time; without SYN cookies the kernel drops what is beyond three quarters of it");

    public static Finding Tracking(Machine machine, Demand demand)
    {
        const string name = "net.netfilter.nf_conntrack_max";
        if (machine.IsTracking is false)
        {
            return new Finding(name, Verdict.Ok, "not loaded", "connections are not tracked here");
        }

        if (machine.Tracking is not var (count, max))
        {
            return Finding.Unreadable(name, "/proc/sys/net/netfilter/nf_conntrack_max");
        }

        var wanted = count + demand.Connections;
        var allows = Math.Max(0, max - count);
        if (max >= wanted)
        {
            return new Finding(name, Verdict.Ok, Number(max), Invariant($"{count:N0} are tracked, {wanted:N0} with this server"), Allows: allows);
        }

        // A quarter more: closed connections stay in the table for two minutes.
        var raised = RoundUp(wanted + (demand.Connections / 4));
        return new Finding(
            name, Verdict.Raise, Number(max), Invariant($"{count:N0} are tracked; packets of further connections are dropped in silence"), Number(raised), $"sysctl -w {name}={raised}", allows);
    }

    public static Finding EphemeralPorts(Machine machine, Demand demand)
    {
        const string name = "net.ipv4.ip_local_port_range";
        if (machine.EphemeralPorts is not var (first, last))
        {
            return Finding.Unreadable(name, "/proc/sys/net/ipv4/ip_local_port_range");
        }

        var ports = Math.Max(0, last - first + 1);
        var value = Invariant($"{first} {last}");
        if (ports >= demand.Connections)
        {
            return new Finding(name, Verdict.Ok, value, Invariant($"a proxy or load generator on this machine reaches one address of the server {ports:N0} times"));
        }

        var why = Invariant($"the server needs no ports of its own, but a proxy or load generator on this machine reaches one address of it {ports:N0} times only; beyond {MostPorts:N0} give the server several addresses");
        return ports >= MostPorts
            ? new Finding(name, Verdict.Advice, value, why)
            : new Finding(name, Verdict.Advice, value, why, "1024 65535", $"sysctl -w {name}=\"1024 65535\"");
    }

    private static Finding Backlog(string name, string path, long? value, int wanted, string why) => value is not { } limit ? Finding.Unreadable(name, path)
        : limit >= wanted ? new Finding(name, Verdict.Ok, Number(limit), Invariant($"the engine asks for {wanted:N0}"))
        : new Finding(name, Verdict.Raise, Number(limit), why, Number(wanted), $"sysctl -w {name}={wanted}");

    internal static string Number(long value) => value == long.MaxValue ? "unlimited" : Invariant($"{value:N0}");

    /// <summary>To the next multiple of 1,024.</summary>
    internal static long RoundUp(long value) => (value + 1023) / 1024 * 1024;
}
