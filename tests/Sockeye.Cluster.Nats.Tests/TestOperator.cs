using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NATS.NKeys;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>An operator with one account, whose users have JSON Web Tokens: a nats-server knows the account, and no user.</summary>
internal sealed class TestOperator : IDisposable
{
    private readonly KeyPair _operator = KeyPair.CreatePair(PrefixByte.Operator);
    private readonly KeyPair _account = KeyPair.CreatePair(PrefixByte.Account);

    /// <summary>The configuration of a server that believes it.</summary>
    public string Config
    {
        get
        {
            var limits = new JsonObject { ["subs"] = -1, ["data"] = -1, ["payload"] = -1, ["imports"] = -1, ["exports"] = -1, ["wildcards"] = true, ["conn"] = -1, ["leaf"] = -1 };
            var account = Token(_operator, _account.GetPublicKey(), new JsonObject { ["type"] = "account", ["version"] = 2, ["limits"] = limits });
            var self = Token(_operator, _operator.GetPublicKey(), new JsonObject { ["type"] = "operator", ["version"] = 2 });
            return $"operator: \"{self}\"\nresolver: MEMORY\nresolver_preload: {{ {_account.GetPublicKey()}: \"{account}\" }}";
        }
    }

    /// <summary>A file with the token and the seed of a new user.</summary>
    /// <param name="subjects">What it may publish and subscribe.</param>
    /// <param name="seconds">How long the token is good.</param>
    public string Credentials(string subjects = ">", int seconds = 3600)
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        var may = new JsonObject { ["allow"] = new JsonArray(subjects) };
        var token = Token(_account, user.GetPublicKey(), new JsonObject { ["type"] = "user", ["version"] = 2, ["subs"] = -1, ["data"] = -1, ["payload"] = -1, ["pub"] = may, ["sub"] = may.DeepClone() }, seconds);
        return $"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{user.GetSeed()}\n------END USER NKEY SEED------\n";
    }

    public void Dispose()
    {
        _operator.Dispose();
        _account.Dispose();
    }

    private static string Token(KeyPair issuer, string subject, JsonObject nats, int seconds = 3600)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject { ["jti"] = Guid.NewGuid().ToString("N"), ["iat"] = now - 60, ["exp"] = now + seconds, ["iss"] = issuer.GetPublicKey(), ["sub"] = subject, ["name"] = "test", ["nats"] = nats };
        var signed = $"{Encode("""{"typ":"JWT","alg":"ed25519-nkey"}""")}.{Encode(claims.ToJsonString(JsonSerializerOptions.Web))}";
        var signature = new byte[64];
        issuer.Sign(Encoding.UTF8.GetBytes(signed), signature);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
