using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Sockeye;

/// <summary>The name of an event: a text, or a number for devices that count bytes. Made from either by conversion.</summary>
/// <remarks>A text is at most <see cref="MaxBytes"/> bytes of UTF-8, has no NUL and is none of the names that Socket.IO keeps for itself.
/// The text <c>"1"</c> and the number <c>1</c> are different names.</remarks>
public readonly struct EventName : IEquatable<EventName>
{
    /// <summary>Longest name in bytes of UTF-8: 255 (own).</summary>
    public const int MaxBytes = 255;

    /// <summary>A name of text.</summary>
    /// <param name="text">The name.</param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    /// <exception cref="ArgumentException">The name is reserved, too long or contains NUL.</exception>
    public EventName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsReserved(text) || text.Contains('\0') || (text.Length > MaxBytes / 3 && Encoding.UTF8.GetByteCount(text) > MaxBytes))
        {
            throw Refused(text);
        }

        Text = text;
    }

    /// <summary>A number as name.</summary>
    /// <param name="number">The name.</param>
    public EventName(int number) => Number = number;

    private EventName(string text, bool _) => Text = text;

    /// <summary>The text, or null if the name is a number.</summary>
    public string? Text { get; }

    /// <summary>The number, if <see cref="Text"/> is null.</summary>
    public int Number { get; }

    /// <summary>Whether the name is a number.</summary>
    public bool IsNumber => Text is null;

    /// <summary>A name of text.</summary>
    /// <param name="text">The name.</param>
    public static implicit operator EventName(string text) => new(text);

    /// <summary>A number as name.</summary>
    /// <param name="number">The name.</param>
    public static implicit operator EventName(int number) => new(number);

    /// <summary>Whether both are the same name, compared by ordinal.</summary>
    /// <param name="left">One name.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(EventName left, EventName right) => left.Equals(right);

    /// <summary>Whether the names differ.</summary>
    /// <param name="left">One name.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(EventName left, EventName right) => !left.Equals(right);

    /// <summary>A name as it came from the wire: the packet reader has already refused what is reserved or too long.</summary>
    /// <param name="utf8">The unescaped text, or the digits.</param>
    /// <param name="isNumeric">Whether it was a JSON number. One that is no 32-bit integer becomes a text.</param>
    internal static EventName FromWire(ReadOnlySpan<byte> utf8, bool isNumeric) =>
        isNumeric && TryParseNumber(utf8, out var number) ? new EventName(number) : new EventName(Encoding.UTF8.GetString(utf8), false);

    internal static bool TryParseNumber(ReadOnlySpan<byte> digits, out int number) =>
        Utf8Parser.TryParse(digits, out number, out var used) && used == digits.Length;

    /// <inheritdoc />
    public bool Equals(EventName other) => Number == other.Number && string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is EventName other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => Text is null ? Number : Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc />
    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);

    private static bool IsReserved(string text) => text.Length switch
    {
        7 => text == "connect",
        10 => text == "disconnect",
        11 => text == "newListener",
        13 => text is "connect_error" or "disconnecting",
        14 => text == "removeListener",
        _ => false,
    };

    private static ArgumentException Refused(string text) => new(
        IsReserved(text)
            ? $"\"{text}\" is a reserved event name; connections and disconnections are reported by OnConnection and OnDisconnect."
            : $"An event name has at most {MaxBytes} bytes of UTF-8 and no NUL character.",
        nameof(text));
}
