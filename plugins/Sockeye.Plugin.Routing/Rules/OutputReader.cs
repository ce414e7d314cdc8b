using Sockeye.Plugin.Routing.Actions;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Reads the HTTP targets of a configuration. No fault shows an address or a secret.</summary>
internal static class OutputReader
{
    private const string FromEnvironment = "env:";

    /// <summary>What stands for a secret of the environment where rules are tried and nothing is sent.</summary>
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

    /// <summary>Tells of an action that names an output which is not there. One that is there and has a fault has been told.</summary>
    public static void CheckName(RuleAction action, RuleNode document, RuleFaults faults)
    {
        string[] names = [.. document.Find("outputs")?.Fields.Select(static field => field.Name) ?? []];
        if (action is HttpAction http && !names.Contains(http.OutputName))
        {
            faults.AddUnknown(http.Location, "the output", http.OutputName, names);
        }

        foreach (var within in (action as LatestAction)?.Actions ?? [])
        {
            CheckName(within, document, faults);
        }
    }

    /// <summary>Tells what a check has found, at the keys that it names.</summary>
    public static void Tell(RuleNode node, IEnumerable<(string Key, string Fault)> found, RuleFaults faults)
    {
        foreach (var (key, fault) in found)
        {
            var name = char.ToLowerInvariant(key[0]) + key[1..];
            faults.Add(node.Find(name)?.Location ?? node.Location, $"'{name}': {fault}");
        }
    }

    private static HttpOutputOptions? One(RuleNode node, RuleFaults faults)
    {
        var before = faults.Count;
        if (!RuleReader.IsObject(node, "an output", faults, Keys))
        {
            return null;
        }

        var url = RuleReader.Text(node, "url", faults);
        if (url is null)
        {
            if (node.Find("url") is null)
            {
                faults.Add(node.Location, "the output has no url");
            }

            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            faults.Add(node.Find("url")!.Location, "'url': it begins with http:// or https://");
            return null;
        }

        var usual = new HttpOutputOptions { Url = address };
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
