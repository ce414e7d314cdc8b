using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>The bytes between nodes (docs/cluster-wire.md): what was written is read, and whatever else comes is dropped.</summary>
public sealed class ClusterMessageTests
{
    private const string Subject = "sockeye.data.1._app.r._a._b";

    private static readonly Gen<byte[]> Bytes = Gen.Choose(0, 40).SelectMany(length => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length));

    private static readonly Gen<(WireField Field, byte[] Value)> Field =
        from field in Gen.Choose(1, 127)
        from value in Bytes
        select ((WireField)field, value);

    private static readonly Gen<Sent> AnyMessage =
        from kind in Gen.Choose(0, 255)
        from node in Gen.Choose(0, (1 << 24) - 1)
        from incarnation in Gen.Choose(int.MinValue, int.MaxValue)
        from sequence in Gen.Choose(0, int.MaxValue)
        from fields in Field.ListOf()
        from parts in Bytes.ListOf()
        select new Sent((ClusterKind)kind, node, incarnation * 7919L, (uint)sequence / 3, sequence, [.. fields], [.. parts]);

    private readonly WireSeal _seal = new("a key that all nodes have"u8.ToArray());

    [Fact]
    public void Reading_what_was_written_gives_the_message() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(AnyMessage.ToArbitrary(), sent =>
    {
        foreach (var seal in new[] { null, _seal })
        {
            var bytes = Write(sent, seal);
            Assert.Equal(WireFault.None, ClusterMessage.TryRead(bytes, out var message));
            Assert.Equal((sent.Kind, sent.Node, sent.Incarnation, sent.Stream, sent.Sequence), (message.Kind, message.Node, message.Incarnation, message.Stream, message.Sequence));
            Assert.Equal(sent.Parts.SelectMany(part => part), message.Body.ToArray());
            var fields = message.Fields;
            foreach (var (field, value) in sent.Fields)
            {
                Assert.True(fields.TryNext(out var found, out var bytesOf));
                Assert.Equal(field, found);
                Assert.Equal(value, bytesOf.ToArray());
            }

            Assert.False(fields.TryNext(out _, out _));
            Assert.Equal(seal is not null, _seal.Holds(Subject, bytes));
        }
    }));

    [Fact]
    public void Bytes_that_are_cut_or_made_up_are_dropped_and_nothing_is_thrown() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(AnyMessage.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (sent, random) =>
    {
        var bytes = Write(sent, null);
        Assert.NotEqual(WireFault.None, ClusterMessage.TryRead(bytes.AsSpan(0, random % bytes.Length), out _));
        Assert.NotEqual(WireFault.None, ClusterMessage.TryRead([.. bytes, 0], out _));
        var made = new byte[random % 200];
        new Random(random).NextBytes(made);
        Assert.NotEqual(WireFault.None, ClusterMessage.TryRead(made, out _));
    }));

    [Fact]
    public void A_message_with_any_bytes_changed_is_read_to_its_end_or_dropped() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(AnyMessage.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (sent, seed) =>
    {
        var random = new Random(seed);
        var bytes = Write(sent, null);
        for (var i = 0; i < 1 + (seed % 3); i++)
        {
            bytes[random.Next(Math.Min(bytes.Length, 64))] = (byte)random.Next(256);
        }

        Sum(bytes);
        if (ClusterMessage.TryRead(bytes, out var message) == WireFault.None)
        {
            var fields = message.Fields;
            while (fields.TryNext(out _, out _))
            {
            }

            Assert.True(fields.IsAtEnd);
            if (message.TrySplitBody(out var text, out _))
            {
                Assert.InRange(text, 0, message.Body.Length);
            }

            Assert.InRange(message.Node, 0, (1 << 24) - 1);
            _ = message.Text(WireField.Namespace) + message.Number(WireField.Call);
        }
    }));

    [Fact]
    public void A_seal_holds_the_subject_the_head_and_the_body() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(AnyMessage.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (sent, random) =>
    {
        var bytes = Write(sent, _seal);
        Assert.False(_seal.Holds(Subject + "x", bytes));
        var other = new WireSeal("another"u8.ToArray());
        Assert.False(other.Holds(Subject, bytes));
        bytes[random % bytes.Length] ^= (byte)(1 + (random % 255));
        Assert.False(ClusterMessage.TryRead(bytes, out _) == WireFault.None && _seal.Holds(Subject, bytes));
    }));

    [Theory]
    [InlineData(2, 2, nameof(WireFault.Unknown))]       // another version
    [InlineData(9, 1, nameof(WireFault.Unknown))]       // a flag that has to be understood
    [InlineData(8, 2, nameof(WireFault.None))]          // one that need not be
    [InlineData(10, 7, nameof(WireFault.None))]         // a class of parser that comes later
    [InlineData(0, 0, nameof(WireFault.Foreign))]
    [InlineData(15, 1, nameof(WireFault.Corrupt))]      // a node beyond 24 bits
    [InlineData(31, 0x80, nameof(WireFault.Corrupt))]   // a negative number
    [InlineData(44, 128, nameof(WireFault.Unknown))]    // a field that has to be understood
    [InlineData(44, 99, nameof(WireFault.None))]        // one that need not be
    public void What_a_later_version_may_add_is_passed_over_or_refused_as_it_says(int at, byte value, string fault)
    {
        var bytes = Write(new Sent(ClusterKind.Event, 1, 2, 3, 4, [(WireField.Room, [1])], [[5]]), null);
        bytes[at] = value;
        Sum(bytes);
        Assert.Equal(fault, ClusterMessage.TryRead(bytes, out _).ToString());
    }

    [Fact]
    public void A_message_in_which_a_byte_has_changed_on_the_way_is_dropped() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(AnyMessage.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (sent, random) =>
    {
        var bytes = Write(sent, null);
        bytes[random % bytes.Length] ^= (byte)(1 + (random % 255));
        Assert.NotEqual(WireFault.None, ClusterMessage.TryRead(bytes, out _));
    }));

    [Fact]
    public void The_head_stands_on_the_wire_as_it_is_documented()
    {
        var bytes = Write(new Sent(ClusterKind.Event, 0x010203, 0x1112131415161718, 0x21222324, 0x31, [(WireField.Namespace, [(byte)'/'])], ["2[]"u8.ToArray()]), null);
        Assert.Equal("534B0110" + "30000000" + "00000000" + "03020100" + "1817161514131211" + "3100000000000000" + "24232221" + "03000000" + "E541AD37" + "0101002F" + "325B5D", Convert.ToHexString(bytes));
    }

    [Fact]
    public void A_name_that_is_too_long_for_a_field_is_told_to_who_writes() =>
        Assert.True(HeadWriter.Begin(ClusterKind.Event, 1, 2).Field(WireField.Room, new string('x', 65_536)).IsTooLong);

    [Theory]
    [InlineData("lobby", "_lobby")]
    [InlineData("A-b_9", "_A-b_9")]
    [InlineData("/", null)]
    [InlineData("", null)]
    [InlineData("a.b", null)]
    [InlineData("*", null)]
    [InlineData(">", null)]
    [InlineData("a b", null)]
    [InlineData("\0user:7", null)]
    [InlineData("größe \u4f60\ud800", null)]
    [InlineData("123456789012345678901234567890123", null)]
    public void A_name_enters_a_subject_as_it_is_or_as_a_hash(string name, string? token)
    {
        var found = BusSubject.Token(name);
        Assert.Equal(token ?? found, found);
        Assert.True(token is not null || (found[0] == 'h' && found.Length == 23));
        Assert.True(Sockeye.Cluster.BusSubject.IsValid(new ClusterSubjects(name, 4096).Room(name, name)));
    }

    [Fact]
    public void No_name_breaks_a_subject_and_no_two_names_share_one() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<string, string>((one, other) =>
    {
        (one, other) = (one ?? "", other ?? "");
        var subjects = new ClusterSubjects("app", 4096);
        Assert.True(Sockeye.Cluster.BusSubject.IsValid(subjects.Room(one, other)));

        // Lone surrogates are one and the same in UTF-8.
        var isSame = Encoding.UTF8.GetBytes(one).AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(other));
        Assert.Equal(isSame, subjects.Room("/", one) == subjects.Room("/", other));
    }));

    /// <summary>As somebody would who makes a message up.</summary>
    private static void Sum(byte[] bytes)
    {
        var sum = ClusterMessage.Checksum(ClusterMessage.Checksum(uint.MaxValue, bytes.AsSpan(0, ClusterMessage.ChecksumAt)), bytes.AsSpan(ClusterMessage.FixedBytes));
        BitConverter.TryWriteBytes(bytes.AsSpan(ClusterMessage.ChecksumAt), sum);
    }

    private static byte[] Write(Sent sent, WireSeal? seal)
    {
        var head = HeadWriter.Begin(sent.Kind, sent.Node, sent.Incarnation);
        foreach (var (field, value) in sent.Fields)
        {
            head.Field(field, value);
        }

        head.Number(sent.Node, sent.Stream, sent.Sequence);
        ReadOnlyMemory<byte>[] parts = [.. sent.Parts.Select(part => (ReadOnlyMemory<byte>)part)];
        return [.. head.End(Subject, parts, seal), .. sent.Parts.SelectMany(part => part)];
    }

    private sealed record Sent(ClusterKind Kind, int Node, long Incarnation, uint Stream, long Sequence, (WireField Field, byte[] Value)[] Fields, byte[][] Parts);
}
