using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Why a request is refused, and how its answer looks.</summary>
/// <param name="Code">The number in the answer.</param>
/// <param name="Message">The words in the answer.</param>
/// <param name="Context">What the application is told beyond that, name and value.</param>
internal readonly record struct Refusal(EngineErrorCode Code, string Message, params (string Name, string Value)[] Context)
{
    // The reference writes JSON as JavaScript does: only what must be escaped is.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The status of the answer; null: what its code has.</summary>
    public int? Status { get; init; }

    public static Refusal TransportUnknown(string transport) => new(EngineErrorCode.TransportUnknown, "Transport unknown", ("transport", transport));

    public static Refusal SessionIdUnknown(string sid) => new(EngineErrorCode.SessionIdUnknown, "Session ID unknown", ("sid", sid));

    public static Refusal BadHandshakeMethod(string method) => new(EngineErrorCode.BadHandshakeMethod, "Bad handshake method", ("method", method));

    public static Refusal BadRequest(string rule, params ReadOnlySpan<(string Name, string Value)> context)
        => new(EngineErrorCode.BadRequest, "Bad request", [("name", rule), .. context]);

    public static Refusal Forbidden(string? message) => new(EngineErrorCode.Forbidden, message ?? "Forbidden", ("message", message ?? "Forbidden"));

    public static Refusal UnsupportedProtocolVersion(int revision)
        => new(EngineErrorCode.UnsupportedProtocolVersion, "Unsupported protocol version", ("protocol", revision.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Answers: JSON to an HTTP request; words to an upgrade, whose client expects no JSON, and then the connection ends.</summary>
    public void Answer(HttpExchange exchange)
    {
        var status = Status ?? (Code == EngineErrorCode.Forbidden ? 403 : 400);
        exchange.AddHeader("Cache-Control", "no-store");
        if (exchange.Head.IsUpgrade)
        {
            exchange.RespondAndClose(status, "text/html", Encoding.UTF8.GetBytes(HtmlEncoder.Default.Encode(Message)));
        }
        else
        {
            exchange.Respond(status, "application/json", Body());
        }
    }

    private byte[] Body()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Json))
        {
            writer.WriteStartObject();
            writer.WriteNumber("code", (int)Code);
            writer.WriteString("message", Message);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
