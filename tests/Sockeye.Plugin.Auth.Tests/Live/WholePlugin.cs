using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Sockeye.Plugin.Auth.Tests.Live;

/// <summary>The section of the whole plugin with a source of JSON Web Tokens, and tokens for it.</summary>
internal static class WholePlugin
{
    private static readonly byte[] Key = SHA256.HashData("the key of these tests"u8);

    public static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder().AddInMemoryCollection(Settings(settings)).Build().GetSection("auth");

    public static KeyValuePair<string, string?>[] Settings(params (string Key, string Value)[] settings) =>
    [
        new("auth:Sources:0:Type", "Jwt"), new("auth:Sources:0:Keys:0:Algorithm", "HS256"), new("auth:Sources:0:Keys:0:Secret", "base64:" + Convert.ToBase64String(Key)),
        new("auth:Sources:0:RoomsClaim", "rooms"),
        .. settings.Select(setting => new KeyValuePair<string, string?>("auth:" + setting.Key, setting.Value)),
    ];

    public static string Token(string user, DateTimeOffset now, TimeSpan life, params (string Claim, object Value)[] claims)
    {
        var all = new Dictionary<string, object> { ["sub"] = user, ["iat"] = now.ToUnixTimeSeconds(), ["exp"] = (now + life).ToUnixTimeSeconds() };
        foreach (var (claim, value) in claims)
        {
            all[claim] = value;
        }

        var signed = $"{Encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}")}.{Encode(JsonSerializer.Serialize(all))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(signed)))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
