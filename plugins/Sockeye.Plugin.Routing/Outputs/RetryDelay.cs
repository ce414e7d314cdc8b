using System.Globalization;
using System.Net.Http.Headers;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>How long an event waits before it is tried again.</summary>
internal static class RetryDelay
{
    /// <summary>The shortest delay: 1 s, so that the timestamp of each attempt, in whole seconds, is another one (own).</summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <summary>Doubles with each attempt up to the longest, and takes between half of that and all of it.</summary>
    /// <param name="options">The first and the longest delay.</param>
    /// <param name="attempts">Attempts that were made, from 1.</param>
    /// <param name="chance">0 to 1.</param>
    public static TimeSpan After(HttpOutputOptions options, int attempts, double chance)
    {
        var doubled = options.FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 30));
        var seconds = Math.Min(doubled, options.MaxDelay.TotalSeconds) * (0.5 + (chance / 2));
        return TimeSpan.FromSeconds(Math.Max(seconds, Least.TotalSeconds));
    }

    /// <summary>What a target asks for by <c>Retry-After</c>, at most the longest delay.</summary>
    /// <returns>Null: it does not ask, or not in a way that can be read.</returns>
    public static TimeSpan? Asked(HttpResponseHeaders headers, TimeSpan longest, DateTimeOffset now)
    {
        if (!headers.TryGetValues("Retry-After", out var values) || values.FirstOrDefault() is not { } text)
        {
            return null;
        }

        TimeSpan asked;
        if (text.Length is > 0 and <= 9 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            asked = TimeSpan.FromSeconds(seconds);
        }
        else if (DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            asked = moment - now;
        }
        else
        {
            return null;
        }

        return asked < Least ? Least : asked > longest ? longest : asked;
    }
}
