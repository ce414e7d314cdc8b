namespace Sockeye.Host.Doctor;

/// <summary>What the process's control groups grant: the narrowest limit on the way up to the root, version 2 and version 1.</summary>
/// <param name="MemoryLimit">Bytes; <see cref="long.MaxValue"/>: no limit; null: not readable.</param>
/// <param name="MemoryUsed">Bytes in use where that limit stands, without file contents that the kernel drops when memory is wanted.</param>
/// <param name="Processors">Processor time per time, such as 1.5; <see cref="double.PositiveInfinity"/>: no quota; null: not readable.</param>
internal sealed record Cgroup(long? MemoryLimit, long? MemoryUsed, double? Processors)
{
    private const string Mount = "/sys/fs/cgroup";

    /// <summary>Version 1 writes "no limit" as the largest multiple of a page.</summary>
    private const long VersionOneUnlimited = long.MaxValue / 4096 * 4096;

    public static Cgroup Read(SystemFiles files)
    {
        if (files.Lines("/proc/self/cgroup") is not { } lines)
        {
            return new Cgroup(null, null, null);
        }

        string? unified = null, memory = null, cpu = null;
        foreach (var parts in lines.Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3))
        {
            var controllers = parts[1].Split(',');
            unified = parts[0] == "0" && parts[1].Length == 0 ? parts[2] : unified;
            memory = controllers.Contains("memory") ? parts[2] : memory;
            cpu = controllers.Contains("cpu") ? parts[2] : cpu;
        }

        var (limit, used) = memory is not null
            ? NarrowestMemory(files, $"{Mount}/memory", memory, "memory.limit_in_bytes", "memory.usage_in_bytes")
            : NarrowestMemory(files, Mount, unified ?? "/", "memory.max", "memory.current");
        var processors = cpu is not null
            ? NarrowestQuota(files, $"{Mount}/cpu", cpu, QuotaOfVersionOne)
            : NarrowestQuota(files, Mount, unified ?? "/", QuotaOfVersionTwo);
        return new Cgroup(limit, used, processors);
    }

    private static (long? Limit, long? Used) NarrowestMemory(SystemFiles files, string mount, string group, string limitName, string usedName)
    {
        long? narrowest = null, used = null;
        foreach (var folder in Upwards(mount, group))
        {
            var limit = files.Text($"{folder}/{limitName}") is { } text ? text == "max" ? long.MaxValue : SystemFiles.ParseNumber(text) : null;
            limit = limit >= VersionOneUnlimited ? long.MaxValue : limit;
            if (limit < (narrowest ?? long.MaxValue) || (narrowest is null && limit is not null))
            {
                (narrowest, used) = (limit, files.Number($"{folder}/{usedName}") - (Droppable(files, folder) ?? 0));
            }
        }

        // The root of version 2 has no such file: readable groups without a limit are groups without a limit.
        return (narrowest ?? (files.Text($"{mount}/cgroup.controllers") is not null ? long.MaxValue : null), used);
    }

    private static long? Droppable(SystemFiles files, string folder) => files.Lines($"{folder}/memory.stat")?
        .Select(line => line.Split(' '))
        .Where(parts => parts is ["inactive_file" or "total_inactive_file", _])
        .Max(parts => SystemFiles.ParseNumber(parts[1]));

    private static double? NarrowestQuota(SystemFiles files, string mount, string group, Func<SystemFiles, string, double?> quotaOf)
    {
        double? narrowest = files.Text($"{mount}/cgroup.controllers") is not null ? double.PositiveInfinity : null;
        foreach (var folder in Upwards(mount, group))
        {
            if (quotaOf(files, folder) is { } quota)
            {
                narrowest = Math.Min(narrowest ?? double.PositiveInfinity, quota);
            }
        }

        return narrowest;
    }

    private static double? QuotaOfVersionOne(SystemFiles files, string folder) => files.Text($"{folder}/cpu.cfs_quota_us") switch
    {
        null => null,
        "-1" => double.PositiveInfinity,
        string text => Quotient(SystemFiles.ParseNumber(text), files.Number($"{folder}/cpu.cfs_period_us")),
    };

    private static double? QuotaOfVersionTwo(SystemFiles files, string folder) => files.Text($"{folder}/cpu.max")?.Split(' ') switch
    {
        ["max", ..] => double.PositiveInfinity,
        [string quota, string period] => Quotient(SystemFiles.ParseNumber(quota), SystemFiles.ParseNumber(period)),
        _ => null,
    };

    private static double? Quotient(long? quota, long? period) => period > 0 ? (double?)quota / period : null;

    /// <summary>The group's folder and those above it. In a container the path may name folders that are not mounted; the mount itself is the group then.</summary>
    private static IEnumerable<string> Upwards(string mount, string group)
    {
        for (var path = group.TrimEnd('/'); path.Length > 0; path = path[..path.LastIndexOf('/')])
        {
            yield return mount + path;
        }

        yield return mount;
    }
}
