using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.WebSockets;
using static Sockeye.Protocol.Tests.WebSockets.WebSocketReading;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>What holds for every message, every fragmentation and every split of the bytes, in both roles.</summary>
public sealed class WebSocketPropertyTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(300).WithQuietOnSuccess(true);

    /// <summary>A message, the places where it is cut into fragments, and a ping to put between them.</summary>
    private sealed record Sent(bool IsText, byte[] Payload, int[] Cuts, bool WithPing);

    private static Gen<Sent> Messages() =>
        from isText in Gen.Elements(true, false)
        from text in ArbMap.Default.GeneratorFor<NonNull<string>>()
        from bytes in ArbMap.Default.GeneratorFor<byte[]>()
        from stretch in Gen.Elements(1, 1, 1, 40)
        from cuts in Gen.Choose(0, 1000).ListOf()
        from fragmented in Gen.Elements(true, false)
        from withPing in Gen.Elements(true, false)
        let payload = isText ? Encoding.UTF8.GetBytes(text.Get) : bytes
        let stretched = Enumerable.Repeat(payload, stretch).SelectMany(part => part).ToArray()
        select new Sent(isText, stretched, fragmented ? [.. cuts.Take(20)] : [], withPing);

    private static IEnumerable<byte> Encode(Sent sent, WebSocketRole reader)
    {
        int[] ends = [.. sent.Cuts.Select(cut => sent.Payload.Length * cut / 1000).Order(), sent.Payload.Length];
        var start = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            var opcode = i > 0 ? 0 : sent.IsText ? 1 : 2;
            foreach (var b in Frame(opcode, sent.Payload[start..ends[i]], i == ends.Length - 1, reader))
            {
                yield return b;
            }

            start = ends[i];
            if (i == 0 && sent.WithPing)
            {
                foreach (var b in Frame(9, "ping", reader: reader))
                {
                    yield return b;
                }
            }
        }
    }

    private static string Expected(Sent sent)
    {
        var message = sent.IsText ? "Text:" + Encoding.UTF8.GetString(sent.Payload) : "Binary:" + Convert.ToHexStringLower(sent.Payload);
        var ping = "Ping:" + Convert.ToHexStringLower("ping"u8);
        return !sent.WithPing ? message : sent.Cuts.Length > 0 ? $"{ping} {message}" : $"{message} {ping}";
    }

    private static int[] Ends(int length, IEnumerable<int> cuts) => [.. cuts.Select(cut => (int)((long)length * cut / 1000)).Append(length).Order()];

    [Theory]
    [InlineData(WebSocketRole.Server)]
    [InlineData(WebSocketRole.Client)]
    public void What_was_encoded_is_decoded_whatever_the_fragments_and_the_splits(WebSocketRole role)
    {
        var cases = Arb.From(
            from messages in Messages().ListOf()
            from splits in Gen.Choose(0, 1000).ListOf()
            select (Messages: (IList<Sent>)[.. messages.Take(8)], Splits: (IList<int>)[.. splits]));
        Check.One(s_config, Prop.ForAll(cases, sent =>
        {
            byte[] bytes = [.. sent.Messages.SelectMany(message => Encode(message, role))];
            Assert.Equal(string.Join(' ', sent.Messages.Select(Expected)), Read(bytes, Ends(bytes.Length, sent.Splits), role));
        }));
    }

    [Theory]
    [InlineData(WebSocketRole.Server)]
    [InlineData(WebSocketRole.Client)]
    public void Random_bytes_never_throw_or_hang_and_every_split_gives_one_verdict(WebSocketRole role)
    {
        WebSocketLimits limits = new() { MaxMessageBytes = 2000, MaxFragments = 4 };
        var cases = Arb.From(Gen.OneOf(
            ArbMap.Default.GeneratorFor<byte[]>(),
            Gen.Elements<byte>(0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0xFE, 0xFF, 0x7E, 0x7F, 0x05, 0x85, 0xC3, 0x28).ArrayOf()));
        Check.One(s_config, Prop.ForAll(cases, bytes =>
        {
            var whole = Read(bytes, [bytes.Length], role, limits);
            Assert.Equal(whole, Read(bytes, [.. Enumerable.Range(1, bytes.Length)], role, limits));
        }));
    }

    [Fact]
    public void A_flipped_bit_never_throws_and_every_split_gives_one_verdict()
    {
        Arbitrary<(Sent Message, int Bit, int Split)> cases = Arb.From(
            from message in Messages()
            from bit in Gen.Choose(0, 150)
            from split in Gen.Choose(0, 1000)
            select (message, bit, split));
        Check.One(s_config, Prop.ForAll(cases, mutation =>
        {
            byte[] bytes = [.. Encode(mutation.Message, WebSocketRole.Server)];
            bytes[mutation.Bit / 8 % bytes.Length] ^= (byte)(1 << (mutation.Bit % 8));
            Assert.Equal(Read(bytes, [bytes.Length]), Read(bytes, Ends(bytes.Length, [mutation.Split])));
        }));
    }

    [Fact]
    public void Masking_twice_gives_the_payload_back()
    {
        Arbitrary<(byte[] Payload, uint Key, int Offset)> cases = Arb.From(
            from payload in ArbMap.Default.GeneratorFor<byte[]>()
            from key in ArbMap.Default.GeneratorFor<uint>()
            from offset in Gen.Choose(0, 9)
            select (payload, key, offset));
        Check.One(s_config, Prop.ForAll(cases, masked =>
        {
            byte[] work = [.. masked.Payload];
            WebSocketFrames.Mask(work, masked.Key, masked.Offset);
            var half = work.Length / 2;
            WebSocketFrames.Mask(work.AsSpan(0, half), masked.Key, masked.Offset);
            WebSocketFrames.Mask(work.AsSpan(half), masked.Key, masked.Offset + half);
            Assert.Equal(masked.Payload, work);
        }));
    }

    [Fact]
    public void Text_is_judged_as_by_the_runtime_whatever_the_split()
    {
        Arbitrary<(byte[] Bytes, int Cut)> cases = Arb.From(
            from bytes in Gen.Elements<byte>(0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5).ArrayOf()
            from valid in ArbMap.Default.GeneratorFor<NonNull<string>>()
            from cut in Gen.Choose(0, 1000)
            select (Bytes: (byte[])[.. Encoding.UTF8.GetBytes(valid.Get), .. bytes.Take(cut % 6)], cut));
        Check.One(s_config, Prop.ForAll(cases, text =>
        {
            Utf8Validator validator = default;
            var cut = text.Bytes.Length * text.Cut / 1000;
            var valid = validator.Append(text.Bytes.AsSpan(0, cut)) && validator.Append(text.Bytes.AsSpan(cut)) && validator.IsComplete;
            Assert.Equal(System.Text.Unicode.Utf8.IsValid(text.Bytes), valid);
        }));
    }
}
