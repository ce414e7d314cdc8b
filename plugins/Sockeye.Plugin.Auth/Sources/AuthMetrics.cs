using System.Diagnostics.Metrics;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Counts decisions by result and source; both come from bounded sets. May be called from any thread.</summary>
internal sealed class AuthMetrics(Meter meter)
{
    private const string Allowed = "allowed";
    private const string Anonymous = "anonymous";
    private const string NoSource = "none";

    private readonly Counter<long> _attempts = meter.CreateCounter<long>("sockeye.auth.attempts", "{attempt}", "Decisions about clients that want in or come with a new token, by result and source");

    /// <summary>A decision was made.</summary>
    /// <param name="outcome">The decision.</param>
    public void Decided(AuthOutcome outcome)
    {
        var result = outcome.IsAllowed
            ? outcome.Identity is null ? Anonymous : Allowed
            : AuthCode.Counted(outcome.Code);
        Add(1, result, outcome.Source ?? NoSource);
    }

    /// <summary>Shows what has not been decided yet as 0: whoever compares two readings sees the first time only if its series was there before.</summary>
    /// <param name="sources">The names of the sources that are asked from now on.</param>
    public void BeginAtZero(IEnumerable<string> sources)
    {
        // Who brings no token, or one that nobody knows, is refused by none of them.
        foreach (var result in (string[])[Anonymous, AuthCode.MissingToken, AuthCode.InvalidToken])
        {
            Add(0, result, NoSource);
        }

        foreach (var source in sources)
        {
            foreach (var result in AuthCode.All.Where(static code => code != AuthCode.MissingToken).Append(Allowed))
            {
                Add(0, result, source);
            }
        }
    }

    private void Add(long count, string result, string source) => _attempts.Add(count, new KeyValuePair<string, object?>("result", result), new KeyValuePair<string, object?>("source", source));
}
