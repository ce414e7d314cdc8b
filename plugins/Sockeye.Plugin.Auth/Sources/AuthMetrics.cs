using System.Diagnostics.Metrics;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Counts decisions by result and source; both come from bounded sets. May be called from any thread.</summary>
internal sealed class AuthMetrics(Meter meter)
{
    private readonly Counter<long> _attempts = meter.CreateCounter<long>("sockeye.auth.attempts", "{attempt}", "Decisions about clients that want in or come with a new token, by result and source");

    /// <summary>A decision was made.</summary>
    /// <param name="outcome">The decision.</param>
    public void Decided(AuthOutcome outcome)
    {
        var result = outcome.IsAllowed
            ? outcome.Identity is null ? "anonymous" : "allowed"
            : AuthCode.Counted(outcome.Code);
        _attempts.Add(1, new KeyValuePair<string, object?>("result", result), new KeyValuePair<string, object?>("source", outcome.Source ?? "none"));
    }
}
