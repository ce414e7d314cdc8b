using FsCheck;
using FsCheck.Fluent;

namespace Sockeye.Protocol.Tests.SocketIO;

/// <summary>Valid JSON in every spelling that the grammar has.</summary>
internal static class JsonGenerator
{
    private static readonly Gen<string> Space = Gen.Frequency((8, Gen.Constant("")), (1, Gen.Elements(" ", "\t", "\r\n", "  ")));

    private static readonly Gen<string> Number =
        from sign in Gen.Elements("", "-")
        from whole in Gen.Elements("0", "1", "7", "10", "42", "9007199254740993", "123456789012345678901234567890")
        from fraction in Gen.Elements("", "", ".0", ".5", ".25")
        from exponent in Gen.Elements("", "", "e1", "E+2", "e-3", "e400")
        select sign + whole + fraction + exponent;

    /// <summary>The inside of a string, between its quotes.</summary>
    public static readonly Gen<string> StringContent = Gen.Elements(
            "a", "name", " ", "€", "ö", "\U0001F41F", "\u007f", "/", "{", "}", "[", "]", ",", ":", "_placeholder", "num",
            "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\uFFFF", "\\ud83d\\udc1f", "0123456789abcdef0123456789abcdef")
        .ListOf().Select(string.Concat);

    private static readonly Gen<string> String = StringContent.Select(content => $"\"{content}\"");

    private static readonly Gen<string> Scalar = Gen.OneOf(Number, String, Gen.Elements("true", "false", "null"));

    /// <summary>One value.</summary>
    public static readonly Gen<string> Value = Gen.Sized(size => Sized(Math.Min(size, 20)));

    /// <summary>The elements of an array, without brackets.</summary>
    public static readonly Gen<string> Elements = Value.ListOf().Select(values => string.Join(',', values.Take(5)));

    private static Gen<string> Sized(int size)
    {
        if (size == 0)
        {
            return Scalar;
        }

        var inner = Spaced(Sized(size / 3));
        var array = inner.ListOf().Select(values => $"[{string.Join(',', values.Take(6))}]");
        var member = from key in Spaced(String) from value in inner select $"{key}:{value}";
        var obj = member.ListOf().Select(members => $"{{{string.Join(',', members.Take(6))}}}");
        return Gen.Frequency((2, Scalar), (3, array), (3, obj));
    }

    private static Gen<string> Spaced(Gen<string> value) => from before in Space from text in value from after in Space select before + text + after;
}
