using System.Globalization;

namespace Sockeye.Host.Doctor;

/// <summary>What the kernel shows below <c>/proc</c> and <c>/sys</c>. The root is a folder of its own in tests.</summary>
/// <remarks>Null means that a file is missing, refused or not what it should be; which of them makes no difference to a reader.</remarks>
internal sealed class SystemFiles(string root)
{
    private static readonly char[] s_blanks = [' ', '\t', '\n'];

    public string? Text(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path.TrimStart('/'))).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // told by the rule that needed it
        }
    }

    public IReadOnlyList<string>? Lines(string path) => Text(path)?.Split('\n');

    public long? Number(string path) => Text(path) is { } text ? ParseNumber(text) : null;

    /// <summary>Numbers between blanks, as in <c>tcp_mem</c>; null unless there are exactly as many as asked for.</summary>
    public IReadOnlyList<long>? Numbers(string path, int count)
    {
        if (Text(path) is not { } text)
        {
            return null;
        }

        long?[] numbers = [.. text.Split(s_blanks, StringSplitOptions.RemoveEmptyEntries).Select(ParseNumber)];
        return numbers.Length == count && numbers.All(number => number is not null) ? [.. numbers.Select(number => number!.Value)] : null;
    }

    /// <summary>A number of the kernel; what is beyond 63 bits, which it uses for "no limit", becomes the largest number.</summary>
    public static long? ParseNumber(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? (long)Math.Min(number, long.MaxValue)
        : null;
}
