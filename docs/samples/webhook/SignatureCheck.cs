using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Sockeye.Plugins;

namespace Webhook;

/// <summary>Whether a request was signed with a secret that both sides know, as Standard Webhooks says. Does not change.</summary>
internal sealed class SignatureCheck
{
    public const string IdHeader = "webhook-id";

    /// <summary>How far the time of a request may be from that of this server. So long a delivery is remembered, so that nobody sends it a second time.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly byte[][] _secrets;

    private SignatureCheck(byte[][] secrets) => _secrets = secrets;

    /// <summary>Several secrets hold side by side while the sender changes from one to the other.</summary>
    public static SignatureCheck From(IConfigurationSection section)
    {
        byte[][] secrets = [.. section.GetSection("Secrets").GetChildren().Select(secret => Decode(secret.Value, secret.Path))];
        return secrets.Length > 0 ? new SignatureCheck(secrets) : throw new InvalidOperationException($"{section.Path}:Secrets is missing.");
    }

    /// <summary>What a request lacks; null: nothing.</summary>
    public string? WhatIsWrong(PluginRequest request, DateTimeOffset now)
    {
        if (request.Header(IdHeader) is not { Length: > 0 and <= 128 } id
            || request.Header("webhook-timestamp") is not { } time
            || request.Header("webhook-signature") is not { Length: <= 1024 } signatures)
        {
            return "a header is missing";
        }

        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(now.ToUnixTimeSeconds() - (decimal)seconds) > (decimal)Window.TotalSeconds)
        {
            return "too old, or from the future";
        }

        // Over the bytes as they came: the same JSON in other words has another signature.
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. request.Body.Span];
        return _secrets.Any(secret => Fits(HMACSHA256.HashData(secret, signed), signatures)) ? null : "no signature fits";
    }

    private static bool Fits(byte[] expected, string signatures)
    {
        var found = false;
        var given = new byte[expected.Length];
        foreach (var signature in signatures.Split(' '))
        {
            found |= signature.StartsWith("v1,", StringComparison.Ordinal)
                && Convert.TryFromBase64String(signature[3..], given, out var length) && length == expected.Length
                && CryptographicOperations.FixedTimeEquals(given, expected);
        }

        return found;
    }

    private static byte[] Decode(string? secret, string path)
    {
        const string Prefix = "whsec_";
        var text = secret?.StartsWith(Prefix, StringComparison.Ordinal) == true ? secret[Prefix.Length..] : secret;
        return Base64.IsValid(text, out var length) && length >= 24
            ? Convert.FromBase64String(text!)
            : throw new InvalidOperationException($"{path} is no base64 of at least 24 bytes."); // Without the value: it may be a secret with a typing error.
    }
}
