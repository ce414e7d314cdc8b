namespace Sockeye.Protocol.Http;

/// <summary>Percent-decoding of bytes; what is no valid escape stays as it is.</summary>
internal static class PercentEncoding
{
    /// <summary>Decodes into <paramref name="destination"/>, which must be as long as <paramref name="text"/>, and returns the length.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination, bool plusIsBlank)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if (b == '%' && i + 2 < text.Length)
            {
                var value = (HttpCharacters.Hex(text[i + 1]) << 4) | HttpCharacters.Hex(text[i + 2]);
                if (value >= 0)
                {
                    b = (byte)value;
                    i += 2;
                }
            }
            else if (b == '+' && plusIsBlank)
            {
                b = (byte)' ';
            }

            destination[length++] = b;
        }

        return length;
    }
}
