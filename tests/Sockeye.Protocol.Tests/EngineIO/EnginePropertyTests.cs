using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.EngineIO;
using Xunit;

namespace Sockeye.Protocol.Tests.EngineIO;

public sealed class EnginePropertyTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(1000);

    private static readonly Gen<string> AnyText = Gen.Elements("", "a", "probe", "€", "\U0001F41F", "b", "0", "\u007f", "\n", "\0", "2[\"x\"]").ListOf().Select(string.Concat);

    private static readonly Gen<ReadPacket> AnyPacket = Gen.OneOf(
        from type in Gen.Elements(Enum.GetValues<EnginePacketType>())
        from text in AnyText
        select new ReadPacket(type, text, false),
        Gen.Choose(0, 255).ListOf().Select(bytes => new ReadPacket(EnginePacketType.Message, Convert.ToHexString([.. bytes.Select(b => (byte)b)]), true)));

    [Fact]
    public void Any_packets_survive_a_polling_body()
    {
        Check.One(Many, Prop.ForAll(AnyPacket.NonEmptyListOf().ToArbitrary(), packets =>
        {
            var (read, error) = Payload.Read(Payload.Write([.. packets]));
            return error == ProtocolError.None && read.SequenceEqual(packets);
        }));
    }

    [Fact]
    public void A_body_cut_at_any_place_gives_a_prefix_of_its_packets()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(AnyPacket.NonEmptyListOf().ToArbitrary(), packets =>
        {
            var body = Payload.Write([.. packets]);
            var whole = Payload.Read(body).Packets;
            for (var cut = 0; cut <= body.Length; cut++)
            {
                var (read, _) = Payload.Read(body.AsSpan(0, cut));

                // The last packet may be a shorter one; all before it are those of the whole body.
                if (!read.Take(read.Count - 1).SequenceEqual(whole.Take(read.Count - 1)))
                {
                    return false;
                }
            }

            return true;
        }));
    }

    [Fact]
    public void Two_bodies_joined_by_a_separator_are_the_packets_of_both()
    {
        var lists = AnyPacket.NonEmptyListOf();
        Check.One(Many, Prop.ForAll((from first in lists from second in lists select (first, second)).ToArbitrary(), pair =>
        {
            byte[] joined = [.. Payload.Write([.. pair.first]), EnginePayloadWriter.Separator, .. Payload.Write([.. pair.second])];
            return Payload.Read(joined).Packets.SequenceEqual(pair.first.Concat(pair.second));
        }));
    }

    [Fact]
    public void Random_bytes_end_in_packets_or_in_an_error_and_never_in_an_exception()
    {
        var likely = Gen.Frequency(
            (6, Gen.Elements((byte)'0', (byte)'4', (byte)'6', (byte)'b', (byte)'=', (byte)'A', (byte)'/', (byte)0x1E)),
            (1, Gen.Choose(0, 255).Select(b => (byte)b)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(likely.ArrayOf().ToArbitrary(), body =>
        {
            var (packets, error) = Payload.Read(body);
            if (error != ProtocolError.None)
            {
                return true;
            }

            // What is accepted has one spelling: writing it again gives the same bytes.
            return Payload.Write(packets).AsSpan().SequenceEqual(body);
        }));
    }

    [Fact]
    public void Base64_is_accepted_exactly_where_encoding_again_gives_the_same_text()
    {
        var likely = Gen.Elements("ABCQgwz019+/==== \n-".ToCharArray());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(likely.ArrayOf().ToArbitrary(), characters =>
        {
            var text = new string(characters);
            var isStrict = TryDecode(text, out var bytes) && Convert.ToBase64String(bytes) == text;
            return Payload.Read(Encoding.ASCII.GetBytes("b" + text)).Error == ProtocolError.None == isStrict;
        }));

        static bool TryDecode(string text, out byte[] bytes)
        {
            bytes = new byte[text.Length];
            var decoded = Convert.TryFromBase64String(text, bytes, out var length);
            bytes = bytes[..length];
            return decoded;
        }
    }
}
