using System.Diagnostics.Metrics;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What is counted while clients are connected. All members may be called from any thread.</summary>
/// <remarks>Labels come from bounded sets: codes, never a user, an address or anything of a token.</remarks>
internal sealed class LiveMetrics
{
    private const string Taken = "ok";
    private const string MalformedName = "malformed";
    private const string Full = "full";
    private const string Unsent = "not_sent";

    // The codes of refreshes beside those of sources.
    private static readonly string[] s_refusals = [LiveCode.Expired, LiveCode.NotAuthenticated, LiveCode.OtherUser, LiveCode.Revoked];

    private readonly Counter<long> _refreshes;
    private readonly Counter<long> _disconnects;
    private readonly Counter<long> _revocations;
    private readonly Counter<long> _busRejected;
    private readonly Counter<long> _delayed;

    public LiveMetrics(Meter meter)
    {
        _refreshes = meter.CreateCounter<long>("sockeye.auth.refreshes", "{refresh}", "New tokens of connected clients, by result");
        _disconnects = meter.CreateCounter<long>("sockeye.auth.disconnects", "{socket}", "Sockets that were put out, by code");
        _revocations = meter.CreateCounter<long>("sockeye.auth.revocations", "{revocation}", "Revocations made on this node, by kind");
        _busRejected = meter.CreateCounter<long>("sockeye.auth.bus_rejected", "{message}", "Messages of the bus that were dropped, by reason");
        _delayed = meter.CreateCounter<long>("sockeye.auth.delayed", "{answer}", "Answers to failed attempts that were held back");
        BeginAtZero();
    }

    /// <param name="code">The code of the refusal; null: it was taken.</param>
    public void Refreshed(string? code) => _refreshes.Add(1, Result(code switch
    {
        null => Taken,
        _ => s_refusals.Contains(code) ? code : AuthCode.Counted(code),
    }));

    /// <param name="code">One of <see cref="LiveCode"/>.</param>
    public void Disconnected(string code) => _disconnects.Add(1, Code(code));

    public void Revoked(RevocationKind kind) => _revocations.Add(1, Kind(kind));

    public void Malformed() => _busRejected.Add(1, Reason(MalformedName));

    public void SetFull() => _busRejected.Add(1, Reason(Full));

    public void NotSent() => _busRejected.Add(1, Reason(Unsent));

    public void Delayed() => _delayed.Add(1);

    /// <summary>Numbers that are asked for.</summary>
    public static void Observe(Meter meter, Func<int> revocations, Func<int> sockets, Func<bool> isCutOff, Func<long> auditLost)
    {
        meter.CreateObservableUpDownCounter("sockeye.auth.revoked", revocations, "{revocation}", "Revocations that are kept");
        meter.CreateObservableUpDownCounter("sockeye.auth.sockets", sockets, "{socket}", "Sockets with an identity of this plugin");
        meter.CreateObservableGauge("sockeye.auth.cut_off", () => isCutOff() ? 1 : 0, null, "Whether revocations of other nodes may be unknown here: 1 they may, 0 they may not");
        meter.CreateObservableCounter("sockeye.auth.audit_lost", auditLost, "{line}", "Lines of the audit log that were left out");
    }

    // What has not happened yet is 0: whoever compares two readings sees the first time only if its series was there before.
    private void BeginAtZero()
    {
        foreach (var result in AuthCode.All.Concat(s_refusals).Append(Taken))
        {
            _refreshes.Add(0, Result(result));
        }

        foreach (var code in (string[])[LiveCode.Expired, LiveCode.Revoked, LiveCode.SessionReplaced])
        {
            _disconnects.Add(0, Code(code));
        }

        foreach (var kind in Enum.GetValues<RevocationKind>())
        {
            _revocations.Add(0, Kind(kind));
        }

        foreach (var reason in (string[])[MalformedName, Full, Unsent])
        {
            _busRejected.Add(0, Reason(reason));
        }
    }

    private static KeyValuePair<string, object?> Result(string result) => new("result", result);

    private static KeyValuePair<string, object?> Code(string code) => new("code", code);

    private static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);

    private static KeyValuePair<string, object?> Kind(RevocationKind kind) => new("kind", kind switch
    {
        RevocationKind.User => "user",
        RevocationKind.Token => "token",
        RevocationKind.TokenId => "jti",
        _ => "session",
    });
}
