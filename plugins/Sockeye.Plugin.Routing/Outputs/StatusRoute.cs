using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>Answers <c>GET status</c> to those who know its token. Without a token there is no such route.</summary>
/// <param name="token">The token, at least <see cref="MinTokenLength"/> characters.</param>
/// <param name="write">Writes the fields of the answer.</param>
internal sealed class StatusRoute(string token, Action<Utf8JsonWriter> write)
{
    /// <summary>Characters of the token at least: 32 (own, that of the server's other administration).</summary>
    public const int MinTokenLength = 32;

    private readonly byte[] _expected = Hash("Bearer " + token);

    /// <summary>Answers a request.</summary>
    public ValueTask<PluginResponse> OnRequest(PluginRequest request, CancellationToken cancellationToken)
    {
        // Of the hashes, which have one length: how long it takes tells nothing of the token.
        if (!CryptographicOperations.FixedTimeEquals(Hash(request.Header("authorization") ?? ""), _expected))
        {
            return ValueTask.FromResult(new PluginResponse(401, "a token, please"u8.ToArray(), "text/plain; charset=utf-8")
            {
                Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = "Bearer" },
            });
        }

        var body = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return ValueTask.FromResult(new PluginResponse(200, body.WrittenSpan.ToArray(), "application/json")
        {
            Headers = new Dictionary<string, string> { ["Cache-Control"] = "no-store" },
        });
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
