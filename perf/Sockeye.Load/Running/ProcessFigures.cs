using System.Globalization;

namespace Sockeye.Load;

/// <summary>What the kernel knows about a process: time on a processor and resident memory.</summary>
internal static class ProcessFigures
{
    /// <summary>
    /// Time of all its threads on a processor so far, in microseconds: the process's CPU clock, which is what schedstat shows of each
    /// thread, and counts threads that have ended too.
    /// </summary>
    public static double CpuMicroseconds(int pid)
    {
        long seconds = 0, nanoseconds = 0;
        Libc.Check(Libc.ReadCpuClock(pid, ref seconds, ref nanoseconds), $"CPU clock of process {pid}");
        return seconds * 1e6 + nanoseconds / 1000.0;
    }

    /// <summary>The part of it that .NET's background compiler has used, as far as its thread still lives; 0 for other programs.</summary>
    public static double CompilerMicroseconds(int pid)
    {
        double total = 0;
        foreach (var task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(task, "comm")).StartsWith(".NET Tiered", StringComparison.Ordinal))
                {
                    var text = File.ReadAllText(Path.Combine(task, "schedstat"));
                    total += long.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture) / 1000.0;
                }
            }
            catch (IOException)
            {
                // The thread has ended between listing and reading: it has nothing left to compile.
            }
        }

        return total;
    }

    /// <summary>Times that the kernel took the processor from one of its threads although the thread wanted to go on; of threads that still live.</summary>
    public static long Preemptions(int pid)
    {
        const string name = "nonvoluntary_ctxt_switches:";
        long total = 0;
        foreach (var task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            try
            {
                total += File.ReadLines(Path.Combine(task, "status")).Where(line => line.StartsWith(name, StringComparison.Ordinal)).Sum(line => long.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // The thread has ended between listing and reading.
            }
        }

        return total;
    }

    /// <summary>Resident memory in bytes.</summary>
    public static long ResidentBytes(int pid)
    {
        foreach (var line in File.ReadLines($"/proc/{pid}/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(6).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024;
            }
        }

        return 0;
    }

    /// <summary>Waits until a process has nothing more to do, for example with connections that were closed; at most three seconds.</summary>
    public static void AwaitQuiet(int pid)
    {
        const int milliseconds = 20;
        var before = CpuMicroseconds(pid);
        for (var i = 0; i < 150; i++)
        {
            Thread.Sleep(milliseconds);
            var now = CpuMicroseconds(pid);
            if (now - before < milliseconds * 1000 * 0.1)
            {
                return;
            }

            before = now;
        }
    }

    /// <summary>Processes that ran or wanted to, on average over the last minute.</summary>
    public static double LoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
