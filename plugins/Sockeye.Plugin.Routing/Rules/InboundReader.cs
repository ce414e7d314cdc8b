using Sockeye.Plugin.Routing.Inbound;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Reads the ways in of a configuration. No fault shows a secret.</summary>
internal static class InboundReader
{
    /// <summary>The keys of each.</summary>
    public static readonly string[] Keys = ["subject", "group", "secrets", "window", "maxBodyBytes", "namespace", "room", "user", "event", "body"];

    private static readonly string[] s_bodies = ["event", "data"];

    /// <summary>The ways in by name.</summary>
    public static Dictionary<string, InboundOptions> Read(RuleNode document, RuleFaults faults)
    {
        var read = OutputReader.Named(document, "inbound", "a way in", InboundSet.MaxRoutes, faults, One);
        CheckSecrets(document.Find("inbound")?.Fields ?? [], faults);
        return read;
    }

    // The name of a way in is no part of what is signed: each would take what was signed for the other. Those with other faults are looked at too.
    private static void CheckSecrets(IReadOnlyList<RuleField> given, RuleFaults faults)
    {
        RuleFaults told = new() { IsTrial = faults.IsTrial };
        Dictionary<string, string> owners = new(StringComparer.Ordinal);
        foreach (var (name, _, node) in given)
        {
            foreach (var key in OutputReader.Secrets(node, told).Where(static secret => !OutputReader.IsStandIn(secret)).Select(KeyOf).Distinct(StringComparer.Ordinal))
            {
                if (!owners.TryAdd(key, name) && owners[key] != name)
                {
                    faults.Add(node.Find("secrets")!.Location, $"'{RuleFaults.Shown(name)}' has a secret of '{RuleFaults.Shown(owners[key])}': each way in has its own, since one takes what is signed for the other");
                }
            }
        }
    }

    // HMAC does not tell a key from one with zeros behind it.
    private static string KeyOf(string secret) => WebhookSignature.TryReadKey(secret, out var key) is null ? Convert.ToBase64String(key.AsSpan().TrimEnd((byte)0)) : secret;

    private static InboundOptions? One(RuleNode node, RuleFaults faults)
    {
        var before = faults.Count;
        if (!RuleReader.IsObject(node, "a way in", faults, Keys))
        {
            return null;
        }

        var nsp = RuleReader.Text(node, "namespace", faults) ?? "/";
        if (nsp[0] != '/')
        {
            faults.Add(node.Find("namespace")!.Location, $"a namespace begins with a slash: '/{RuleFaults.Shown(nsp)}'");
        }

        var body = RuleReader.Text(node, "body", faults) ?? "event";
        if (!s_bodies.Contains(body))
        {
            faults.AddUnknown(node.Find("body")!.Location, "'body'", body, s_bodies);
        }

        var usual = new InboundOptions();
        var options = usual with
        {
            Subject = RuleReader.Text(node, "subject", faults) ?? (node.Find("subject") is null ? null : "faulty"),
            Group = RuleReader.Text(node, "group", faults),
            Secrets = OutputReader.Secrets(node, faults),
            Window = RuleReader.Time(node, "window", usual.Window, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), faults),
            MaxBodyBytes = RuleReader.Number(node, "maxBodyBytes", usual.MaxBodyBytes, 64, InboundOptions.LargestBody, faults),
            Namespace = nsp,
            Room = RuleReader.Text(node, "room", faults),
            User = RuleReader.Text(node, "user", faults),
            Event = RuleReader.Text(node, "event", faults),
            IsData = body == "data",
        };
        OutputReader.Tell(node, options.Check(), faults);
        return faults.Count == before ? options : null;
    }
}
