using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sockeye.Abstractions.Tests;

public sealed class JsonReadingTests
{
    private const string First = "{\"_placeholder\":true,\"num\":0}";
    private const string Second = "{\"num\":1,\"_placeholder\":true}";

    private readonly FakeSocket _socket = new();

    [Fact]
    public void Untyped_values_are_plain_values()
    {
        Assert.Null(Read<object?>("null"));
        Assert.Equal(true, Read<object?>("true"));
        Assert.Equal("t", Read<object?>("\"t\""));
        Assert.Equal(5L, Read<object?>("5"));
        Assert.Equal(5.5, Read<object?>("5.5"));
        Assert.Equal(1e21, Read<object?>("1e21"));
        Assert.Equal(99999999999999999999.0, Read<object?>("99999999999999999999"));
        Assert.Equal(new object?[] { 1L, "a" }, Read<object?>("[1,\"a\"]"));
        var values = Assert.IsType<Dictionary<string, object?>>(Read<object?>("{\"a\":{\"b\":[]},\"a\":2}"));
        Assert.Equal(2L, values["a"]);
    }

    [Fact]
    public void Numbers_beyond_every_type_never_throw()
    {
        Assert.False(TryRead<double>("1e400"));
        Assert.Equal(0, Read<double>("-0"));
        Assert.Equal(0.1f, Read<float>("0.1"));
        Assert.Equal(1.20m, Read<decimal>("1.20"));
        Assert.False(TryRead<long>("9223372036854775808"));
        Assert.False(TryRead<byte>("256"));
        Assert.False(TryRead<uint>("-1"));
        Assert.False(TryRead<decimal>("1e400"));
        Assert.False(TryRead<object?>("1e400"));
    }

    /// <summary>Short numbers are read by the engine itself, all others by .NET; nobody can tell which it was.</summary>
    [Fact]
    public void A_number_is_the_one_that_NET_reads_however_it_is_written()
    {
        string[] wholes = ["0", "7", "42", "127", "128", "255", "256", "32767", "65535", "2147483647", "2147483648", "4294967296", "999999999999999", "1000000000000000", "9223372036854775807", "9223372036854775808", "18446744073709551615"];
        string[] fractions = ["", ".0", ".5", ".1", ".25", ".125", ".000001", ".30000000000000", ".333333333333333333333", ".5e3", "e2", "E-7", "e308", "e400"];
        var random = new Random(11);
        List<string> texts = [.. wholes.SelectMany(whole => fractions.Select(fraction => whole + fraction)), "16777216", "16777217", "33554433.5", "0.3", "2.2250738585072011e-308", "9007199254740993"];
        for (var i = 0; i < 2000; i++)
        {
            var text = random.NextInt64(0, (long)Math.Pow(10, random.Next(1, 18))).ToString(CultureInfo.InvariantCulture);
            texts.Add(random.Next(3) == 0 ? text : $"{text}.{random.NextInt64(0, (long)Math.Pow(10, random.Next(1, 12)))}");
        }

        foreach (var text in texts.SelectMany(text => new[] { text, "-" + text }))
        {
            IsReadAs<sbyte>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<byte>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<short>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<ushort>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<int>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<uint>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<long>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<ulong>(text, NumberStyles.AllowLeadingSign);
            IsReadAs<float>(text, NumberStyles.Float);
            IsReadAs<double>(text, NumberStyles.Float);
            IsReadAs<decimal>(text, NumberStyles.Float);
        }
    }

    [Theory]
    [InlineData("1,2.5,3")]
    [InlineData("1 , 2.5 , 3 ")]
    [InlineData(" 1\t,\n2.5,\r\n 3")]
    public void White_space_around_numbers_means_nothing(string arguments)
    {
        var reader = FakeSocket.Reader(_socket, "e", arguments);
        Assert.Equal(1, reader.Read<int>());
        Assert.Equal(2.5, reader.Read<double>());
        Assert.Equal(3, reader.Read<long>());
        Assert.True(reader.IsAtEnd);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("\"1\"")]
    [InlineData("[1]")]
    [InlineData("{}")]
    public void What_is_no_number_is_read_as_none(string json)
    {
        Assert.False(TryRead<int>(json));
        Assert.False(TryRead<double>(json));
    }

    [Fact]
    public void Texts_are_unescaped()
    {
        Assert.Equal("\0\u001e\u2028\"\\/\n", Read<string>("\"\\u0000\\u001e\\u2028\\\"\\\\\\/\\n\""));
        Assert.Equal("😀", Read<string>("\"\\ud83d\\ude00\""));
        Assert.Equal("てすと", Read<string>("\"てすと\""));
        Assert.Equal("", Read<string>("\"\""));
    }

    [Fact]
    public void An_escaped_lone_surrogate_is_no_text()
    {
        Assert.False(TryRead<string>("\"\\ud800\""));
        Assert.False(TryRead<object>("[\"\\ud800\"]"));
        Assert.False(TryRead<Holder>("{\"text\":\"\\ud800\"}"));
    }

    [Fact]
    public void Values_end_where_they_end_whatever_stands_inside()
    {
        var reader = FakeSocket.Reader(_socket, "e", " {\"a\":\"}]\\\"\",\"b\":[{}]} , \"\\\\\" , [ [ ] , {} ] ,-1.5e3 , null ");
        Assert.Equal(JsonValueKind.Object, reader.Read<JsonElement>().ValueKind);
        Assert.Equal("\\", reader.Read<string>());
        Assert.Equal(2, reader.Read<JsonNode>()!.AsArray().Count);
        Assert.Equal(-1500, reader.Read<double>());
        Assert.Null(reader.Read<string>());
        Assert.True(reader.IsAtEnd);
    }

    [Fact]
    public void Binary_is_read_at_any_depth_in_any_order()
    {
        var reader = FakeSocket.Reader(_socket, "e", $"{Second},{{\"bytes\":{First},\"more\":[1,{{\"x\":{Second}}}]}}", -1, new byte[] { 1 }, new byte[] { 2 });
        Assert.Equal([2], reader.Read<byte[]>());
        var holder = reader.Read<Holder>()!;
        Assert.Equal([1], holder.Bytes);
        var inner = Assert.IsType<Dictionary<string, object?>>(Assert.IsType<object?[]>(holder.More)[1]);
        Assert.Equal(new byte[] { 2 }, inner["x"]);
    }

    [Fact]
    public void Binary_is_a_copy_that_the_handler_owns()
    {
        var attachment = new byte[] { 1 };
        var reader = FakeSocket.Reader(_socket, "e", First, -1, attachment);
        var read = reader.Read<byte[]>()!;
        attachment[0] = 9;
        Assert.Equal([1], read);
    }

    [Fact]
    public void Every_type_of_binary_is_read()
    {
        Assert.Equal([7], Read<byte[]>(First, new byte[] { 7 }));
        Assert.Equal([7], Read<ReadOnlyMemory<byte>>(First, new byte[] { 7 }).ToArray());
        Assert.Equal([7], Read<Memory<byte>>(First, new byte[] { 7 }).ToArray());
        Assert.Equal([7], Read<ArraySegment<byte>>(First, new byte[] { 7 }).ToArray());
        Assert.Equal(new byte[] { 7 }, Read<object>(First, new byte[] { 7 }));
    }

    [Theory]
    [InlineData("\"AQ==\"")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("{\"_placeholder\":true}")]
    [InlineData("{\"_placeholder\":false,\"num\":0}")]
    [InlineData("{\"_placeholder\":true,\"num\":1}")]
    [InlineData("{\"_placeholder\":true,\"num\":-1}")]
    [InlineData("{\"_placeholder\":true,\"num\":0.5}")]
    [InlineData("{\"_placeholder\":true,\"num\":\"0\"}")]
    public void What_is_no_placeholder_of_an_attachment_is_no_binary(string json)
    {
        Assert.False(TryRead<byte[]>(json, new byte[] { 7 }));
        Assert.False(TryRead<Holder>($"{{\"bytes\":{json}}}", new byte[] { 7 }));
    }

    [Fact]
    public void Data_that_looks_like_a_placeholder_without_attachments_is_data()
    {
        var values = Assert.IsType<Dictionary<string, object?>>(Read<object?>(First));
        Assert.Equal(true, values["_placeholder"]);
        Assert.False(TryRead<byte[]>(First));
    }

    [Fact]
    public void Times_are_read_in_UTC()
    {
        var expected = new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc);
        var read = Read<DateTime>("\"2026-11-24T12:00:00.000+02:00\"");
        Assert.Equal((expected, DateTimeKind.Utc), (read, read.Kind));
        Assert.Equal((expected, DateTimeKind.Utc), (Read<DateTime>("\"2026-11-24T10:00:00\""), Read<DateTime>("\"2026-11-24T10:00:00\"").Kind));
        Assert.Equal(expected, Read<DateTime>("\"2026-11-24T10:00:00.000Z\""));
        Assert.Equal(new DateTimeOffset(expected), Read<DateTimeOffset>("\"2026-11-24T10:00:00Z\""));
        Assert.False(TryRead<DateTime>("\"yesterday\""));
        Assert.False(TryRead<DateTime>("5"));
    }

    [Fact]
    public void A_detached_message_keeps_its_own_bytes()
    {
        byte[] arguments = [.. "1,"u8, .. System.Text.Encoding.UTF8.GetBytes(First)];
        var attachment = new byte[] { 1 };
        var message = new EventReader(new EventContext(_socket, "e"), "e"u8, arguments, [attachment], _socket.Codec).Detach();
        arguments.AsSpan().Clear();
        attachment[0] = 9;
        Assert.Equal([1L, new byte[] { 1 }], message.ToArray());
        _socket.EmitRaw("again", message.Read());
        Assert.Equal($"[\"again\",1,{First}]", _socket.Sent[0].Payload);
    }

    private T? Read<T>(string json, params ReadOnlyMemory<byte>[] attachments) => FakeSocket.Reader(_socket, "e", json, -1, attachments).Read<T>();

    private bool TryRead<T>(string json, params ReadOnlyMemory<byte>[] attachments) =>
        FakeSocket.Reader(_socket, "e", json, -1, attachments).TryRead<T>(out _);

    private void IsReadAs<T>(string text, NumberStyles styles)
        where T : struct, INumber<T>
    {
        var isNumber = T.TryParse(text, styles, CultureInfo.InvariantCulture, out var expected) && T.IsFinite(expected);
        var isRead = FakeSocket.Reader(_socket, "e", text).TryRead<T>(out var value);
        Assert.True(isNumber == isRead, $"{typeof(T).Name} {text}: {(isRead ? "read" : "not read")}");

        // Its text tells minus zero, and the digits of a decimal, which equality does not.
        Assert.True(!isNumber || expected.ToString(null, CultureInfo.InvariantCulture) == value.ToString(null, CultureInfo.InvariantCulture), $"{typeof(T).Name} {text}: read as {value}, not {expected}");
    }

    private sealed class Holder
    {
        public byte[]? Bytes { get; set; }

        public string? Text { get; set; }

        public object? More { get; set; }
    }
}
