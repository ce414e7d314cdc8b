using System.Globalization;
using Sockeye.Plugin.Routing;

namespace Sockeye.Host.Routing;

/// <summary><c>sockeye route test --rules FILE --event NAME</c>: which rules of a file match an event, and what they would do. Nothing is started and nothing is sent.</summary>
internal static class RouteCommand
{
    public const string Name = "route";

    /// <summary>No rule matches.</summary>
    public const int NoMatch = 1;

    public const string Usage = "route test --rules FILE --event NAME [--args '[...]'] [--namespace /] [--user NAME] [--claim TYPE=VALUE]... [--room NAME]...";

    /// <param name="args">What follows the command.</param>
    /// <param name="output">Where the report goes.</param>
    /// <param name="errors">Where faults of the rules go, a line each.</param>
    /// <returns>0 when a rule matches, 1 when none does, 2 when the rules or the arguments are faulty.</returns>
    /// <exception cref="HostConfigurationException">An argument is at fault.</exception>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        var (path, sample) = Parse(args);
        try
        {
            var trial = RoutingTrial.Load(path);
            var (matched, lines) = trial.Run(sample);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {trial.Rules} {(trial.Rules == 1 ? "rule" : "rules")} without a fault, {matched} {(matched == 1 ? "matches" : "match")}"));
            foreach (var line in lines)
            {
                output.WriteLine(line);
            }

            return matched > 0 ? 0 : NoMatch;
        }
        catch (RoutingException fault)
        {
            foreach (var line in fault.Faults)
            {
                errors.WriteLine(line);
            }

            return HostFailure.Configuration;
        }
        catch (FormatException fault)
        {
            throw new HostConfigurationException($"--args: {fault.Message}");
        }
    }

    internal static (string Rules, RoutingSample Sample) Parse(IReadOnlyList<string> args)
    {
        if (args is not ["test", ..])
        {
            throw new HostConfigurationException($"'route' has one command: {Usage}");
        }

        string? rules = null, name = null, arguments = null, nsp = null, user = null;
        List<SocketClaim> claims = [];
        List<string> rooms = [];
        for (var i = 1; i < args.Count; i++)
        {
            var (key, value) = CommandOption.Take(args, ref i, Usage);
            switch (key)
            {
                case "--rules":
                    rules = value;
                    break;
                case "--event":
                    name = value;
                    break;
                case "--args":
                    arguments = value;
                    break;
                case "--namespace":
                    nsp = value;
                    break;
                case "--user":
                    user = value;
                    break;
                case "--room":
                    rooms.Add(value);
                    break;
                case "--claim" when value.Split('=', 2) is [{ Length: > 0 } type, var text]:
                    claims.Add(new SocketClaim(type, text));
                    break;
                case "--claim":
                    throw new HostConfigurationException($"--claim: '{value}' is not of the form type=value");
                default:
                    throw new HostConfigurationException($"'{key}' is no option of {Usage}");
            }
        }

        if (rules is null || name is null)
        {
            throw new HostConfigurationException($"{(rules is null ? "--rules" : "--event")} is missing: {Usage}");
        }

        try
        {
            return (rules, new RoutingSample(NameOf(name))
            {
                Arguments = arguments ?? "[]",
                Namespace = nsp ?? "/",
                Identity = user is null && claims.Count == 0 ? null : new SocketIdentity(user ?? "nobody") { Claims = claims },
                Rooms = rooms,
            });
        }
        catch (ArgumentException fault)
        {
            throw new HostConfigurationException(fault.Message);
        }
    }

    /// <summary>Digits alone are a number, which devices send to save bytes.</summary>
    private static EventName NameOf(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? new EventName(number) : new EventName(text);
}
