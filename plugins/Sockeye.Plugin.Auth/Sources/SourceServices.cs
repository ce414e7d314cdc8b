using Microsoft.Extensions.Logging;
using Sockeye.Cluster;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>What sources work with.</summary>
/// <param name="Time">The server's clock.</param>
/// <param name="Logger">The plugin's logger.</param>
/// <param name="Bus">The plugin's bus.</param>
/// <param name="Grants">Makes identities.</param>
internal sealed record SourceServices(TimeProvider Time, ILogger Logger, IClusterBus Bus, GrantMaker Grants);
