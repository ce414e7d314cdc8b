using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Host.Administration;

/// <summary>What a server is, at <c>/api/server</c>: what somebody asks who does not know which process answers.</summary>
/// <param name="Version">Of the host, with runtime and machine.</param>
/// <param name="State">A <see cref="ServerState"/>.</param>
/// <param name="Endpoints">Where clients reach it.</param>
/// <param name="Node">The number of its node.</param>
/// <param name="Name">What the log of a cluster calls that node; the ids of its sockets begin with it.</param>
/// <param name="Incarnation">What the plugin auth calls it, but for the generation.</param>
/// <param name="Machine">The name of the machine, or of the container.</param>
/// <param name="Process">The number of its process.</param>
/// <param name="StartedAt">When the process was started.</param>
internal sealed record ServerFacts(string Version, string State, IReadOnlyList<string> Endpoints, int Node, string Name, string Incarnation, string Machine, int Process, DateTimeOffset StartedAt)
{
    public static void Map(AdministrationRoutes routes, Func<SockeyeServer> server) => routes.MapGet("/api/server", exchange =>
    {
        exchange.Respond(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(Of(server()), AdministrationJson.Default.ServerFacts));
        return Task.CompletedTask;
    });

    private static ServerFacts Of(SockeyeServer server)
    {
        var node = server.NodeId;
        return new(
            HostHelp.Version, server.State.ToString(), [.. server.Endpoints.Select(static endPoint => $"http://{endPoint}")],
            node, Base64Url.EncodeToString([(byte)(node >> 16), (byte)(node >> 8), (byte)node]), server.Incarnation.ToString("x16", CultureInfo.InvariantCulture),
            Environment.MachineName, Environment.ProcessId, System.Diagnostics.Process.GetCurrentProcess().StartTime);
    }
}

/// <summary>Times as seconds; of the longest length, which has no end, null.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TimeSpan.FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options)
    {
        if (value == TimeSpan.MaxValue)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteNumberValue(value.TotalSeconds);
        }
    }
}

/// <summary>End points as addresses.</summary>
internal sealed class EndPointConverter : JsonConverter<EndPoint>
{
    public override EndPoint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => IPEndPoint.Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, EndPoint value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>How the answers to operators are written, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter), typeof(EndPointConverter)])]
[JsonSerializable(typeof(ServerFacts))]
[JsonSerializable(typeof(ReportFacts))]
[JsonSerializable(typeof(ClientFacts))]
[JsonSerializable(typeof(DisconnectRequest))]
[JsonSerializable(typeof(DisconnectAnswer))]
internal sealed partial class AdministrationJson : JsonSerializerContext;
