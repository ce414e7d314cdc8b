using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Routing.Model;

/// <summary>The log lines of the plugin, event ids 3100 to 3199. None of them has anything of an event in it.</summary>
internal static partial class RoutingLog
{
    [LoggerMessage(3100, LogLevel.Information, "Rules that hold: {Rules}; ways in that are open: {Inbound}")]
    public static partial void RulesHold(ILogger logger, int rules, int inbound);

    [LoggerMessage(3101, LogLevel.Error, "The changed rules are faulty, and those of before hold: {Fault}")]
    public static partial void RulesFaulty(ILogger logger, string fault);

    [LoggerMessage(3102, LogLevel.Debug, "Rule {Rule}: the action {Action} failed with {Fault}")]
    public static partial void ActionFailed(ILogger logger, string rule, string action, string fault);
}
