using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What an administrator asks over HTTP, with a key that the server knows the hash of: <c>POST /revoke</c> and <c>GET /status</c>. Any thread.</summary>
/// <param name="host">Where they are mapped.</param>
/// <param name="live">Does what they ask for.</param>
/// <param name="parts">What the group has in common.</param>
/// <param name="keySha256">The hash of the key, asked for with each request, since it changes while the server runs; null: requests are answered as if there were no such routes.</param>
internal sealed class LiveRoutes(LiveHost host, LiveAuth live, LiveParts parts, Func<byte[]?> keySha256)
{
    /// <summary>Bytes of a request at most: 65,536, since a token may stand in it.</summary>
    public const int MaxBodyBytes = 65_536;

    private const string Scheme = "Bearer ";

    public void Map()
    {
        host.MapHttp("POST", "/revoke", RevokeAsync, MaxBodyBytes);
        host.MapHttp("GET", "/status", StatusAsync, 0);
    }

    /// <summary>Whether a header holds the key. Hashes are compared, in a time that tells nothing.</summary>
    /// <param name="authorization">The header <c>Authorization</c>.</param>
    /// <param name="keySha256">The hash of the key.</param>
    internal static bool IsAllowed(string? authorization, ReadOnlySpan<byte> keySha256)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()), hash);
        return CryptographicOperations.FixedTimeEquals(hash, keySha256);
    }

    internal static JsonElement Ended(string code, string reason) => JsonElement.Parse(Write(writer =>
    {
        writer.WriteString("code", code);
        writer.WriteString("reason", reason);
    }));

    internal static byte[] Status(RevocationSync sync, BusState bus, int revocations, int sockets, int generation, long auditLost) => Write(writer =>
    {
        var (alive, lost) = sync.Peers.Count();
        writer.WriteString("node", sync.Node);
        writer.WriteNumber("generation", generation);
        writer.WriteString("bus", bus.ToString().ToLowerInvariant());
        writer.WriteString("cutOff", sync.CutOff);
        writer.WriteNumber("nodes", alive);
        writer.WriteNumber("lostNodes", lost);
        writer.WriteNumber("revocations", revocations);
        writer.WriteNumber("sockets", sockets);
        writer.WriteNumber("auditLost", auditLost);
    });

    private async ValueTask<PluginResponse> RevokeAsync(PluginRequest request, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(request, cancellationToken).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        if (!StrictJson.TryParse(new ReadOnlySequence<byte>(request.Body), out var document))
        {
            return Error(400, "the body is no JSON, or has a name twice");
        }

        using (document)
        {
            if (RevokeRequest.Read(document.RootElement, parts.Time.GetUtcNow().ToUnixTimeMilliseconds(), parts.Options, takesTokens: true, out var revocation) is { } wrong)
            {
                return Error(400, wrong);
            }

            return live.Revoke(revocation, request.Address)
                ? PluginResponse.Json(Write(writer => writer.WriteNumber("until", revocation.Until)))
                : Error(507, "there is no room for another revocation: sockets were disconnected, and what was revoked may come back");
        }
    }

    private async ValueTask<PluginResponse> StatusAsync(PluginRequest request, CancellationToken cancellationToken) =>
        await RefusalAsync(request, cancellationToken).ConfigureAwait(false) ?? PluginResponse.Json(live.Status());

    private async ValueTask<PluginResponse?> RefusalAsync(PluginRequest request, CancellationToken cancellationToken)
    {
        if (keySha256() is not { } key)
        {
            return new PluginResponse(404);
        }

        if (IsAllowed(request.Header("authorization"), key))
        {
            return null;
        }

        parts.Audit("refused", null, "admin_key", request.Address);
        await parts.HoldBackAsync(parts.Throttle.Fail(request.Address, "\0admin"), cancellationToken).ConfigureAwait(false);
        return Error(401, "the key is missing or wrong");
    }

    private static PluginResponse Error(int status, string text) => PluginResponse.Json(Write(writer => writer.WriteString("error", text)), status);

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
