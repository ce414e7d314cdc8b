using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Sockeye.Inspection;

namespace Sockeye.Host.Administration;

/// <summary>What Socket.IO's Admin UI 0.5 is told it may do.</summary>
/// <param name="SupportedFeatures">Their names. <c>ALL_EVENTS</c> makes it show single sockets.</param>
internal sealed record AdminUiConfig(IReadOnlyList<string> SupportedFeatures)
{
    public static AdminUiConfig All { get; } = new(["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT", "AGGREGATED_EVENTS", "ALL_EVENTS"]);
}

/// <summary><c>server_stats</c> of Socket.IO's Admin UI.</summary>
internal sealed record AdminUiStats(
    string ServerId, string Hostname, int Pid, double Uptime, int ClientsCount, int PollingClientsCount, IReadOnlyList<AdminUiCount> AggregatedEvents, IReadOnlyList<AdminUiNamespace> Namespaces)
{
    private static readonly string s_server = $"{Environment.MachineName}#{Environment.ProcessId}";

    /// <param name="report">How the server is.</param>
    /// <param name="before">How it was when this was told last; null: it is told for the first time.</param>
    public static AdminUiStats Of(ServerReport report, ServerReport? before) => new(
        s_server,
        Environment.MachineName,
        Environment.ProcessId,
        (DateTime.Now - System.Diagnostics.Process.GetCurrentProcess().StartTime).TotalSeconds,
        report.Clients,
        report.Polling,
        before is null ? [] : [.. Counts(report, before).Where(static count => count.Count > 0)],
        [.. report.Namespaces.Select(static nsp => new AdminUiNamespace(nsp.Name, nsp.Sockets))]);

    private static IEnumerable<AdminUiCount> Counts(ServerReport report, ServerReport before)
    {
        // The page puts counts of one second together.
        var second = report.Time.ToUnixTimeSeconds() * 1000;
        yield return new AdminUiCount(second, "rawConnection", null, report.Accepted - before.Accepted);
        yield return new AdminUiCount(second, "rawDisconnection", "transport close", report.Closed - before.Closed);
        yield return new AdminUiCount(second, "packetsIn", null, report.EventsReceived - before.EventsReceived);
        yield return new AdminUiCount(second, "packetsOut", null, report.PacketsSent - before.PacketsSent);
        yield return new AdminUiCount(second, "bytesIn", null, report.BytesReceived - before.BytesReceived);
        yield return new AdminUiCount(second, "bytesOut", null, report.BytesSent - before.BytesSent);
    }
}

/// <summary>How often something happened in a second.</summary>
internal sealed record AdminUiCount(long Timestamp, string Type, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SubType, long Count);

/// <summary>A namespace and how many are in it.</summary>
internal sealed record AdminUiNamespace(string Name, int SocketsCount);

/// <summary>A socket as the Admin UI shows it.</summary>
internal sealed record AdminUiSocket(string Id, string ClientId, string Transport, string Nsp, IReadOnlyDictionary<string, string> Data, AdminUiHandshake Handshake, IReadOnlyList<string> Rooms)
{
    /// <summary>What is shown of a client's headers: nothing that lets somebody in.</summary>
    private static readonly string[] s_headers = ["host", "origin", "user-agent", "x-forwarded-for"];

    public static IEnumerable<AdminUiSocket> Of(ClientReport client)
    {
        // The id of a connection is its secret; this one says only which sockets are of one.
        var clientId = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(client.Connection.Id)).AsSpan(0, 6));
        foreach (var (socket, _, _) in client.Sockets)
        {
            if (socket.IsConnected)
            {
                yield return new AdminUiSocket(
                    socket.Id,
                    clientId,
                    client.Connection.Transport,
                    socket.Namespace.Name,
                    socket.Identity is { } identity ? new Dictionary<string, string> { ["user"] = identity.Subject } : [],
                    HandshakeOf(socket.Handshake),
                    [.. socket.Rooms]);
            }
        }
    }

    private static AdminUiHandshake HandshakeOf(Handshake handshake) => new(
        Shown(handshake, "x-forwarded-for") ?? handshake.Address,
        s_headers.Where(name => handshake.Header(name) is not null).ToDictionary(static name => name, name => Shown(handshake, name)!),
        handshake.IssuedAt.ToUnixTimeMilliseconds(),
        handshake.IsSecure,
        handshake.IssuedAt.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        Cut(handshake.Url.Split('?')[0]),
        handshake.IsCrossDomain);

    private static string? Shown(Handshake handshake, string header) => handshake.Header(header) is { } value ? Cut(value) : null;

    private static string Cut(string text) => text.Length > AdminUiHandshake.MaxText ? text[..AdminUiHandshake.MaxText] : text;
}

/// <summary>The request that a client came with. Neither its query nor its cookies are shown: tokens stand there.</summary>
internal sealed record AdminUiHandshake(string Address, IReadOnlyDictionary<string, string> Headers, long Issued, bool Secure, string Time, string Url, bool Xdomain)
{
    /// <summary>Characters of a text of the client's that are shown. Own: browsers name themselves in fewer, and a client may fill the head of its request with one.</summary>
    public const int MaxText = 256;

    /// <summary>The page expects one.</summary>
    public IReadOnlyDictionary<string, string> Query { get; } = new Dictionary<string, string>();
}

/// <summary>What has changed of a socket.</summary>
internal sealed record AdminUiUpdate(string Id, string Nsp, string Transport);

/// <summary>How the messages of the Admin UI are written, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AdminUiConfig))]
[JsonSerializable(typeof(AdminUiStats))]
[JsonSerializable(typeof(AdminUiSocket[]))]
[JsonSerializable(typeof(AdminUiUpdate))]
[JsonSerializable(typeof(DateTimeOffset))]
internal sealed partial class AdminUiJson : JsonSerializerContext;
