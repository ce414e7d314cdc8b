using System.Diagnostics.Metrics;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What is counted while clients are connected. All members may be called from any thread.</summary>
/// <remarks>Labels come from bounded sets: codes, never a user, an address or anything of a token.</remarks>
internal sealed class LiveMetrics
{
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
    }

    /// <param name="code">The code of the refusal; null: it was taken.</param>
    public void Refreshed(string? code) => _refreshes.Add(1, new KeyValuePair<string, object?>("result", code switch
    {
        null => "ok",
        LiveCode.Expired or LiveCode.NotAuthenticated or LiveCode.OtherUser or LiveCode.Revoked => code,
        _ => AuthCode.Counted(code),
    }));

    public void Disconnected(string code) => _disconnects.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Revoked(RevocationKind kind) => _revocations.Add(1, new KeyValuePair<string, object?>("kind", kind switch
    {
        RevocationKind.User => "user",
        RevocationKind.Token => "token",
        RevocationKind.TokenId => "jti",
        _ => "session",
    }));

    public void Malformed() => Rejected("malformed");

    public void SetFull() => Rejected("full");

    public void NotSent() => Rejected("not_sent");

    public void Delayed() => _delayed.Add(1);

    /// <summary>Numbers that are asked for.</summary>
    public static void Observe(Meter meter, Func<int> revocations, Func<int> sockets, Func<bool> isCutOff, Func<long> auditLost)
    {
        meter.CreateObservableUpDownCounter("sockeye.auth.revoked", revocations, "{revocation}", "Revocations that are kept");
        meter.CreateObservableUpDownCounter("sockeye.auth.sockets", sockets, "{socket}", "Sockets with an identity of this plugin");
        meter.CreateObservableGauge("sockeye.auth.cut_off", () => isCutOff() ? 1 : 0, null, "Whether revocations of other nodes may be unknown here: 1 they may, 0 they may not");
        meter.CreateObservableCounter("sockeye.auth.audit_lost", auditLost, "{line}", "Lines of the audit log that were left out");
    }

    private void Rejected(string reason) => _busRejected.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
