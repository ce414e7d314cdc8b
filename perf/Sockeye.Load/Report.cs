namespace Sockeye.Load;

internal static class Report
{
    public static void Write(Results results, string path) => File.WriteAllText(path, results.Command);
}
