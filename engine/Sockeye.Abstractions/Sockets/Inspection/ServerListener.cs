using System.Net;

namespace Sockeye.Inspection;

/// <summary>Where a server listens under one name, as it was at one time.</summary>
/// <param name="Name">Its name; <c>default</c> for what <c>Urls</c> says.</param>
/// <param name="Endpoints">Where it is; a port 0 appears as the port that was chosen, once the server has started.</param>
/// <param name="Connections">Open connections of bytes by way of it, those of HTTP alone included.</param>
/// <param name="MaxConnections">How many there may be; null: as many as the server takes in all.</param>
/// <param name="Pauses">How often accepting has paused there because its limit, or that of the server, was reached.</param>
/// <param name="Routes">What it answers; null: everything.</param>
public sealed record ServerListener(string Name, IReadOnlyList<EndPoint> Endpoints, int Connections, int? MaxConnections, long Pauses, IReadOnlyList<string>? Routes);
