using Sockeye.Protocol;

namespace Sockeye.EngineIO;

/// <summary>The names under which <see cref="IEngineObserver.OnRuleBroken"/> hears of rules that peers have broken and limits that they have met. It has no state.</summary>
public static class BrokenRules
{
    internal const string HeaderTimeout = "http_header_timeout";
    internal const string BodyRate = "http_body_rate";
    internal const string MessageTimeout = "websocket_message_timeout";
    internal const string WriteStall = "write_stall";
    internal const string MaxSessions = "engineio_max_sessions";
    internal const string MemoryBudget = "engineio_memory_budget";

    /// <summary>All of them: those of the table of protocol errors, and those of times and budgets.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Enum.GetValues<ProtocolError>().Where(static error => error != ProtocolError.None).Select(static error => ProtocolErrors.Describe(error).Metric),
        HeaderTimeout, BodyRate, MessageTimeout, WriteStall, MaxSessions, MemoryBudget,
    ];
}
