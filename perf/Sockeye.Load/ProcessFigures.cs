using System.Globalization;

namespace Sockeye.Load;

/// <summary>What the kernel knows about a process: time on a processor and resident memory.</summary>
internal static class ProcessFigures
{
    /// <summary>Time of all living threads on a processor so far, in microseconds.</summary>
    public static double CpuMicroseconds(int pid)
    {
        double total = 0;
        foreach (string task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            try
            {
                string text = File.ReadAllText(Path.Combine(task, "schedstat"));
                total += long.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture) / 1000.0;
            }
            catch (IOException)
            {
                // The thread has ended between listing and reading; its time is lost to both readings.
            }
        }

        return total;
    }

    /// <summary>Resident memory in bytes.</summary>
    public static long ResidentBytes(int pid)
    {
        foreach (string line in File.ReadLines($"/proc/{pid}/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(6).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024;
            }
        }

        return 0;
    }
}
