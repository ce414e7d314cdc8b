using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.SocketIO;
using Xunit;

namespace Sockeye.Protocol.Tests.SocketIO;

/// <summary>Any order of messages against the rule in one sentence: n binary messages follow a binary packet, and nothing else may.</summary>
public sealed class AttachmentOrderTests
{
    private enum Message
    {
        Text,
        Attachment,
        PacketOfOne,
        PacketOfThree,
    }

    [Fact]
    public void Any_order_of_messages_is_judged_by_the_number_that_is_missing()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Gen.Elements(Enum.GetValues<Message>()).ListOf().ToArbitrary(), messages =>
        {
            var assembler = new AttachmentAssembler();
            var missing = 0;
            foreach (var message in messages)
            {
                var error = Apply(assembler, message);
                var expected = missing > 0 == (message == Message.Attachment) ? ProtocolError.None
                    : missing > 0 ? ProtocolError.SocketIOUnexpectedText : ProtocolError.SocketIOUnexpectedBinary;
                if (error != expected)
                {
                    return false;
                }

                if (error != ProtocolError.None)
                {
                    continue;
                }

                missing = message switch { Message.PacketOfOne => 1, Message.PacketOfThree => 3, Message.Attachment => missing - 1, _ => 0 };
                if (assembler.IsWaiting != missing > 0)
                {
                    return false;
                }

                if (message == Message.Attachment && assembler.IsComplete != (missing == 0))
                {
                    return false;
                }
            }

            return true;
        }));
    }

    private static ProtocolError Apply(AttachmentAssembler assembler, Message message)
    {
        switch (message)
        {
            case Message.Text:
                return assembler.CheckText();
            case Message.Attachment:
                return assembler.Add([1]);
        }

        var count = message == Message.PacketOfOne ? 1 : 3;
        var placeholders = string.Join(',', Enumerable.Range(0, count).Select(i => $"{{\"_placeholder\":true,\"num\":{i}}}"));
        SocketPacketReader.TryRead(Encoding.UTF8.GetBytes($"5{count}-[\"x\",{placeholders}]"), SocketPacketLimits.Default, out var packet);
        return assembler.Begin(packet);
    }
}
