using System.Globalization;
using System.Text;

namespace Sockeye.Hosting;

/// <summary>The text of a setting and its value.</summary>
internal static class OptionText
{
    /// <summary>Whether a setting of this type is written as one text.</summary>
    public static bool IsFor(Type type)
    {
        var plain = Plain(type);
        return plain == typeof(string) || plain == typeof(bool) || plain == typeof(int) || plain == typeof(long) || plain == typeof(TimeSpan) || plain == typeof(ReadOnlyMemory<byte>) || plain.IsEnum;
    }

    /// <summary>The value; false if the text is not of the type. No text, or an empty one, is null where the type has it.</summary>
    public static bool TryParse(string? text, Type type, out object? value)
    {
        var plain = Plain(type);
        if (plain == typeof(string) || plain == typeof(ReadOnlyMemory<byte>))
        {
            // A key is the text itself; any text is one, so none is shown as a fault.
            value = plain == typeof(string) ? text : (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text ?? "");
            return true;
        }

        value = 0 switch
        {
            _ when plain == typeof(bool) => bool.TryParse(text, out var flag) ? flag : null,
            _ when plain == typeof(int) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when plain == typeof(long) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when plain == typeof(TimeSpan) => DurationText.TryParse(text, out var time) ? time : null,
            _ => Enum.TryParse(plain, text, ignoreCase: true, out var member) && Enum.IsDefined(plain, member) ? member : null,
        };
        return value is not null || (plain != type && string.IsNullOrEmpty(text));
    }

    /// <summary>What a text of this type looks like.</summary>
    public static string Describe(Type type)
    {
        var plain = Plain(type);
        return plain == typeof(TimeSpan) ? "a duration like 00:00:25"
            : plain == typeof(bool) ? "true or false"
            : plain.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(plain))}"
            : plain == typeof(string) ? "a text"
            : plain == typeof(int) ? "a whole number below 2^31"
            : "a whole number";
    }

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;
}
