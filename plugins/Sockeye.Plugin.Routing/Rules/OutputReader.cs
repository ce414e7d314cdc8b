using Sockeye.Plugin.Routing.Actions;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Reads the HTTP targets of a configuration. No fault shows an address or a secret.</summary>
internal static class OutputReader
{
    private const string FromEnvironment = "env:";

    /// <summary>What stands for a secret of the environment where rules are tried and nothing is sent, and for one that has a fault, so that no other one follows from it.</summary>
    private static readonly string StandIn = "whsec_" + Convert.ToBase64String(new byte[32]);

    /// <summary>The keys of each.</summary>
    public static readonly string[] Keys =
        ["url", "secrets", "timeout", "maxAttempts", "firstDelay", "maxDelay", "maxQueued", "maxQueuedBytes", "maxEventBytes", "concurrency", "ordered", "drainTimeout", "deadLetters"];

    /// <summary>The targets by name.</summary>
    public static Dictionary<string, HttpOutputOptions> Read(RuleNode document, RuleFaults faults) => Named(document, "outputs", "an output", OutputSet.MaxOutputs, faults, One);

    /// <summary>Reads an object of named things.</summary>
    public static Dictionary<string, T> Named<T>(RuleNode document, string key, string what, int most, RuleFaults faults, Func<RuleNode, RuleFaults, T?> one)
        where T : class
    {
        Dictionary<string, T> read = new(StringComparer.Ordinal);
        if (document.Find(key) is not { } node || (node.Kind == RuleNodeKind.Text && node.Value.Length == 0))
        {
            return read;
        }

        if (node.Kind != RuleNodeKind.Object)
        {
            faults.AddWrongKind(node, $"'{key}'", $"an object: the name of each is {what}");
            return read;
        }

        if (node.Fields.Count > most)
        {
            faults.Add(node.Fields[most].Location, $"there are {node.Fields.Count} of '{key}', of which there may be {most}");
            return read;
        }

        foreach (var field in node.Fields)
        {
            if (field.Name.Length is 0 or > RuleParser.MaxIdLength || !field.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || field.Name == BusOutput.Name)
            {
                faults.Add(field.Location, $"the name '{RuleFaults.Shown(field.Name)}' must be 1 to {RuleParser.MaxIdLength} of a to z, A to Z, 0 to 9, '-' and '_', and not '{BusOutput.Name}'");
            }
            else if (one(field.Value, faults) is { } value && !read.TryAdd(field.Name, value))
            {
                faults.Add(field.Location, $"'{field.Name}' stands here twice");
            }
        }

        return read;
    }

    /// <summary>Whether a secret only stands for one. A configuration may have the same text.</summary>
    public static bool IsStandIn(string secret) => ReferenceEquals(secret, StandIn);

    /// <summary>The secrets of a node: a text or a list of them, each itself or <c>env:NAME</c>.</summary>
    public static IReadOnlyList<string> Secrets(RuleNode node, RuleFaults faults)
    {
        if (node.Find("secrets") is not { } given)
        {
            return [];
        }

        List<string> secrets = [];
        foreach (var item in given.ItemsOrSelf)
        {
            if (item.Kind != RuleNodeKind.Text)
            {
                faults.AddWrongKind(item, "a secret", "a text: \"whsec_\" and base64, or \"env:NAME\"");
                secrets.Add(StandIn);
            }
            else if (!item.Value.StartsWith(FromEnvironment, StringComparison.Ordinal))
            {
                secrets.Add(item.Value);
            }
            else if (faults.IsTrial)
            {
                secrets.Add(StandIn);
            }
            else if (Environment.GetEnvironmentVariable(item.Value[FromEnvironment.Length..]) is { Length: > 0 } value)
            {
                secrets.Add(value);
            }
            else
            {
                faults.Add(item.Location, $"the environment has no variable '{RuleFaults.Shown(item.Value[FromEnvironment.Length..])}'");
                secrets.Add(StandIn);
            }
        }

        return secrets;
    }

    /// <summary>What who asks for the status has to know; null: nobody may ask, or a fault was told.</summary>
    public static string? StatusToken(RuleNode document, RuleFaults faults)
    {
        var token = RuleReader.Text(document, "statusToken", faults);
        if (token?.StartsWith(FromEnvironment, StringComparison.Ordinal) == true)
        {
            token = faults.IsTrial ? StandIn : Environment.GetEnvironmentVariable(token[FromEnvironment.Length..]) ?? "";
        }

        if (token is not null && token.Length < StatusRoute.MinTokenLength)
        {
            faults.Add(document.Find("statusToken")!.Location, $"'statusToken' has at least {StatusRoute.MinTokenLength} characters");
            return null;
        }

        return token;
    }

    /// <summary>Tells of actions that name an output which is not there, those of rules with other faults among them. An output that is there and has a fault has been told.</summary>
    public static void CheckNames(RuleNode document, RuleFaults faults)
    {
        var outputs = document.Find("outputs");
        if (outputs is not null && faults.IsTold(outputs.Location))
        {
            return; // which names were meant is not known
        }

        string[] names = [.. outputs?.Fields.Select(static field => field.Name) ?? []];
        foreach (var rule in document.Find("rules")?.Items ?? [])
        {
            CheckNames(rule, names, faults);
        }
    }

    /// <summary>Tells what a check has found, at the keys that it names. Of a key that has a fault already nothing follows.</summary>
    public static void Tell(RuleNode node, IEnumerable<(string Key, string Fault)> found, RuleFaults faults)
    {
        var untold = found.Select(static one => (Name: char.ToLowerInvariant(one.Key[0]) + one.Key[1..], one.Fault)).Where(one => node.Find(one.Name) is not { } given || !faults.IsTold(given.Location)).ToArray();
        foreach (var (name, fault) in untold)
        {
            faults.Add(node.Find(name)?.Location ?? node.Location, $"'{name}': {fault}");
        }
    }

    private static void CheckNames(RuleNode owner, string[] names, RuleFaults faults)
    {
        foreach (var action in owner.Find("actions")?.Items.SelectMany(static item => item.Fields) ?? [])
        {
            if (action.Name.Equals("http", StringComparison.OrdinalIgnoreCase) && action.Value is { Kind: RuleNodeKind.Text, Value: { Length: > 0 } name } && !names.Contains(name))
            {
                faults.AddUnknown(action.Value.Location, "the output", name, names);
            }
            else if (action.Name.Equals("latest", StringComparison.OrdinalIgnoreCase))
            {
                CheckNames(action.Value, names, faults);
            }
        }
    }

    private static HttpOutputOptions? One(RuleNode node, RuleFaults faults)
    {
        var before = faults.Count;
        if (!RuleReader.IsObject(node, "an output", faults, Keys))
        {
            return null;
        }

        if (node.Find("url") is null)
        {
            faults.Add(node.Location, "the output has no url");
        }

        // Where there is none, or a fault, one that is good stands for it, so that what else is wrong is told too.
        var url = RuleReader.Text(node, "url", faults) ?? "http://localhost/";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            faults.Add(node.Find("url")!.Location, "'url': it begins with http:// or https://");
        }

        var usual = new HttpOutputOptions { Url = address ?? new Uri("http://localhost/") };
        var options = usual with
        {
            Secrets = Secrets(node, faults),
            Timeout = RuleReader.Time(node, "timeout", usual.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), faults),
            MaxAttempts = RuleReader.Number(node, "maxAttempts", usual.MaxAttempts, 1, 20, faults),
            FirstDelay = RuleReader.Time(node, "firstDelay", usual.FirstDelay, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), faults),
            MaxDelay = RuleReader.Time(node, "maxDelay", usual.MaxDelay, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), faults),
            MaxQueued = RuleReader.Number(node, "maxQueued", usual.MaxQueued, 1, 1_000_000, faults),
            MaxQueuedBytes = RuleReader.Number(node, "maxQueuedBytes", (int)usual.MaxQueuedBytes, 1024, 1 << 30, faults),
            MaxEventBytes = RuleReader.Number(node, "maxEventBytes", usual.MaxEventBytes, 1024, 16 << 20, faults),
            Concurrency = RuleReader.Number(node, "concurrency", usual.Concurrency, 1, 64, faults),
            Ordered = RuleReader.Flag(node, "ordered", unless: false, faults),
            DrainTimeout = RuleReader.Time(node, "drainTimeout", usual.DrainTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(1), faults),
            DeadLetters = RuleReader.Text(node, "deadLetters", faults),
        };
        Tell(node, options.Check(), faults);
        return faults.Count == before ? options : null;
    }
}
