using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>An event in the envelope in which it leaves, encoded once for all outputs. Does not change; any thread.</summary>
/// <remarks><c>{"id","time","namespace","event","user","socket","arguments":[…],"attachments":["base64",…]}</c>; user and socket are null if there is none, attachments are there if it has any.</remarks>
internal sealed class OutgoingMessage
{
    // Ids are unique over restarts and nodes by the process's part; they are no secret.
    private static readonly string Process = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static long _count;

    private OutgoingMessage(string id, byte[] body)
    {
        Id = id;
        Body = body;
    }

    /// <summary>Its id, the same at each attempt and each output: letters, digits, minus and underscore.</summary>
    public string Id { get; }

    /// <summary>The envelope.</summary>
    public byte[] Body { get; }

    /// <summary>Puts an event into its envelope.</summary>
    /// <param name="e">The event.</param>
    /// <param name="now">When it came.</param>
    public static OutgoingMessage Of(in RoutedEvent e, DateTimeOffset now)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{Process}-{Interlocked.Increment(ref _count)}");
        var body = new ArrayBufferWriter<byte>(e.ArgumentsUtf8.Length + 256);
        using (var json = new Utf8JsonWriter(body, Writing))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("time"u8, now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("namespace"u8, e.Namespace);
            if (e.Name.IsNumber)
            {
                json.WriteNumber("event"u8, e.Name.Number);
            }
            else
            {
                json.WriteString("event"u8, e.Name.Text);
            }

            json.WriteString("user"u8, e.User);
            json.WriteString("socket"u8, e.Socket);
            json.WritePropertyName("arguments"u8);
            WriteArguments(json, e.ArgumentsUtf8);
            if (!e.Attachments.IsEmpty)
            {
                json.WriteStartArray("attachments"u8);
                foreach (var attachment in e.Attachments)
                {
                    json.WriteBase64StringValue(attachment.Span);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return new OutgoingMessage(id, body.WrittenSpan.ToArray());
    }

    /// <summary>The arguments were checked when the event came, and go on as they are.</summary>
    private static void WriteArguments(Utf8JsonWriter json, ReadOnlySpan<byte> arguments)
    {
        var length = arguments.Length + 2;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        rented[0] = (byte)'[';
        arguments.CopyTo(rented.AsSpan(1));
        rented[length - 1] = (byte)']';
        json.WriteRawValue(rented.AsSpan(0, length), skipInputValidation: true);
        ArrayPool<byte>.Shared.Return(rented);
    }
}
