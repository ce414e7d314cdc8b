using System.Text;
using System.Text.Unicode;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

public sealed class SocketPropertyTests
{
    private static readonly Gen<string> Namespace = Gen.Frequency(
        (2, Gen.Constant("/")),
        (3, Gen.Elements("a", "-", "_", "/", "0", "9", " ", "é", "€", "{", "[", "\"").NonEmptyListOf().Select(parts => "/" + string.Concat(parts.Take(60)))));

    private static readonly Gen<long> AckId = Gen.Frequency(
        (1, Gen.Constant(-1L)),
        (1, Gen.Elements(0L, 9, 10, SocketPacketReader.MaxAckId)),
        (1, Gen.Choose(0, int.MaxValue).Select(id => (long)id)));

    private static readonly Gen<string> Name = Gen.OneOf(
        JsonGenerator.StringContent.Where(content => Encoding.UTF8.GetByteCount(content) <= 255).Select(content => $"\"{content}\""),
        Gen.Choose(-1000, 1000).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private static readonly Gen<Packet> AnyEvent =
        from attachments in Gen.Choose(0, 10)
        from nsp in Namespace
        from ackId in AckId
        from name in Name
        from arguments in JsonGenerator.Elements
        let isText = name[0] == '"'
        select new Packet(
            attachments > 0 ? SocketPacketType.BinaryEvent : SocketPacketType.Event, attachments, nsp, ackId,
            arguments.Length == 0 ? $"[{name}]" : $"[{name},{arguments}]",
            isText ? name[1..^1] : name, !isText, isText && name.Contains('\\', StringComparison.Ordinal), arguments);

    private static readonly Gen<Packet> AnyAck =
        from attachments in Gen.Choose(0, 10)
        from nsp in Namespace
        from ackId in AckId.Where(id => id >= 0)
        from arguments in JsonGenerator.Elements
        select new Packet(attachments > 0 ? SocketPacketType.BinaryAck : SocketPacketType.Ack, attachments, nsp, ackId, $"[{arguments}]", "", false, false, arguments);

    private static readonly Gen<Packet> AnyPacket = Gen.Frequency(
        (6, AnyEvent),
        (3, AnyAck),
        (1, from nsp in Namespace from payload in Gen.Elements("", "{}", "{\"a\":[1]}") select new Packet(SocketPacketType.Connect, 0, nsp, -1, payload, "", false, false, "")),
        (1, from nsp in Namespace from payload in Gen.Elements("\"x\"", "{\"message\":\"no\"}") select new Packet(SocketPacketType.ConnectError, 0, nsp, -1, payload, "", false, false, "")),
        (1, from nsp in Namespace select new Packet(SocketPacketType.Disconnect, 0, nsp, -1, "", "", false, false, "")));

    [Fact]
    public void Reading_what_was_written_gives_the_packet()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(AnyPacket.ToArbitrary(), packet =>
            Packet.Read(Encoding.UTF8.GetString(Written(packet))) == packet));
    }

    [Fact]
    public void Mutated_packets_never_throw_and_what_is_accepted_is_consistent()
    {
        var mutated = from packet in AnyPacket
                      from seed in Gen.Choose(0, int.MaxValue)
                      select Mutate(Written(packet), new Random(seed));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(mutated.ToArbitrary(), text =>
        {
            if (!Utf8.IsValid(text))
            {
                return true;
            }

            var error = SocketPacketReader.TryRead(text, SocketPacketLimits.Default, out var packet);
            return error != ProtocolError.None || IsConsistent(packet);
        }));
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var bytes = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();
        var likely = Gen.Elements("0123456-/,?[]{}\"\\:ua\0 "u8.ToArray()).ArrayOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(Gen.OneOf(bytes, likely).ToArbitrary(), text =>
            SocketPacketReader.TryRead(text, SocketPacketLimits.Default, out var packet) != ProtocolError.None || IsConsistent(packet)));
    }

    [Fact]
    public void Every_error_has_its_own_metric_and_a_text()
    {
        var errors = Enum.GetValues<ProtocolError>().Where(error => (byte)error >= 120).ToArray();
        Assert.Equal(errors.Length, errors.Select(error => ProtocolErrors.Describe(error).Metric).Distinct().Count());
        Assert.All(errors, error =>
        {
            var info = ProtocolErrors.Describe(error);
            Assert.NotEqual("unknown", info.Metric);
            Assert.Equal(400, info.HttpStatus);
            Assert.InRange(info.CloseCode, 1002, 1009);
            Assert.NotEmpty(info.Text);
        });
    }

    private static byte[] Written(Packet packet) => Packet.Write(packet.Type, packet.Attachments, packet.Namespace, packet.AckId, packet.Payload);

    private static bool IsConsistent(in SocketPacket packet)
    {
        if (!packet.Payload.IsEmpty && !JsonScanner.IsValid(packet.Payload))
        {
            return false;
        }

        if (packet.AckId is < -1 or > SocketPacketReader.MaxAckId || packet.Namespace[0] != '/')
        {
            return false;
        }

        if (packet.Type >= SocketPacketType.BinaryEvent != packet.Attachments > 0)
        {
            return false;
        }

        if (!packet.IsEvent && !packet.IsAck)
        {
            return packet.Arguments.IsEmpty;
        }

        // The arguments in brackets are JSON again, and with the name before them they are the payload.
        byte[] arguments = [(byte)'[', .. packet.Arguments, (byte)']'];
        if (!JsonScanner.IsValid(arguments))
        {
            return false;
        }

        return !packet.IsEvent || JsonScanner.IsValid(packet.IsNumericName ? packet.EventName : [(byte)'"', .. packet.EventName, (byte)'"']);
    }

    private static byte[] Mutate(byte[] text, Random random)
    {
        var alphabet = "0123456-/,?[]{}\"\\:ua\0 "u8;
        var bytes = text.ToList();
        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(3))
            {
                case 0:
                    bytes.RemoveAt(at);
                    break;
                case 1:
                    bytes[at] = alphabet[random.Next(alphabet.Length)];
                    break;
                default:
                    bytes.Insert(at, alphabet[random.Next(alphabet.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }
}
