using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>What ways in work with; of one generation of the plugin. Any thread.</summary>
/// <param name="Server">The server.</param>
/// <param name="Time">Its clock.</param>
/// <param name="Logger">The plugin's logger.</param>
/// <param name="Keep">Numbers that outlive the generation, by a name.</param>
/// <param name="Seen">The ids that were taken.</param>
internal sealed record InboundSupport(SockeyeServer Server, TimeProvider Time, ILogger Logger, Func<string, int, long[]> Keep, ReplayMemory Seen);
