using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

/// <summary>The scanner and System.Text.Json accept the same texts.</summary>
public sealed class JsonDifferentialTests
{
    private static readonly byte[] Interesting = "\"\\{}[]:,0123456789-+.eEtrufalsn \t\n\r/*ud8c\0\u0001\u001f\u007f'"u8.ToArray();

    [Fact]
    public void Generated_texts_are_valid_for_both()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(JsonGenerator.Value.ToArbitrary(), json =>
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            return JsonScanner.IsValid(bytes) && IsValidForReader(bytes);
        }));
    }

    [Fact]
    public void Mutated_texts_are_valid_for_both_or_for_none()
    {
        var mutations = from json in JsonGenerator.Value
                        from seed in Gen.Choose(0, int.MaxValue)
                        select Mutate(Encoding.UTF8.GetBytes(json), new Random(seed));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(mutations.ToArbitrary(), bytes =>
            !Utf8.IsValid(bytes) || JsonScanner.IsValid(bytes) == IsValidForReader(bytes)));
    }

    [Fact]
    public void Texts_made_of_structural_characters_are_valid_for_both_or_for_none()
    {
        var texts = Gen.Elements("[", "]", "{", "}", ",", ":", "\"\"", "\"a\"", "1", "null", " ").ListOf().Select(string.Concat);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(texts.ToArbitrary(), json =>
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            return JsonScanner.IsValid(bytes) == IsValidForReader(bytes);
        }));
    }

    [Fact]
    public void All_texts_of_up_to_three_interesting_bytes_are_valid_for_both_or_for_none()
    {
        var alphabet = "\"\\{}[]:,019-+.eEtn u"u8.ToArray();
        Span<byte> text = stackalloc byte[3];
        for (var number = 0; number < Math.Pow(alphabet.Length + 1, 3); number++)
        {
            var rest = number;
            var length = 0;
            for (; rest > 0; rest /= alphabet.Length + 1)
            {
                if (rest % (alphabet.Length + 1) > 0)
                {
                    text[length++] = alphabet[rest % (alphabet.Length + 1) - 1];
                }
            }

            if (JsonScanner.IsValid(text[..length]) != IsValidForReader(text[..length].ToArray()))
            {
                Assert.Fail(Encoding.ASCII.GetString(text[..length]));
            }
        }
    }

    [Fact]
    public void Unescaping_gives_what_the_framework_gives()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(JsonGenerator.StringContent.ToArbitrary(), content =>
        {
            var raw = Encoding.UTF8.GetBytes(content);
            var unescaped = new byte[raw.Length];
            return JsonString.TryUnescape(raw, unescaped, out var length)
                && Encoding.UTF8.GetString(unescaped, 0, length) == JsonSerializer.Deserialize<string>($"\"{content}\"");
        }));
    }

    private static byte[] Mutate(byte[] json, Random random)
    {
        var bytes = json.ToList();
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0 when at < bytes.Count:
                    bytes.RemoveAt(at);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = Interesting[random.Next(Interesting.Length)];
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.Insert(at, Interesting[random.Next(Interesting.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }

    // The reader checks escaped surrogates only when the string is asked for.
    private static bool IsValidForReader(byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    reader.GetString();
                }
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
