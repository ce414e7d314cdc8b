using System.Text;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

public sealed class WebSocketHandshakeTests
{
    private const string Fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static ProtocolError Validate(string fields, string line = "GET /chat HTTP/1.1")
    {
        HttpHeadReader reader = new(HttpLimits.Default);
        Assert.Equal(HttpReadStatus.Complete, reader.Read(Encoding.Latin1.GetBytes($"{line}\r\nHost: a\r\n{fields}\r\n"), out _));
        var error = WebSocketHandshake.Validate(reader.Head, out var key);
        Assert.Equal(error == ProtocolError.None ? 24 : 0, key.Length);
        return error;
    }

    [Fact]
    public void The_example_of_RFC_6455_is_accepted()
    {
        Assert.Equal(ProtocolError.None, Validate(Fields));
        var accept = new byte[WebSocketHandshake.AcceptLength];
        WebSocketHandshake.WriteAccept("dGhlIHNhbXBsZSBub25jZQ=="u8, accept);
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="u8, accept);
    }

    [Theory]
    [InlineData("POST /chat HTTP/1.1")]
    [InlineData("HEAD /chat HTTP/1.1")]
    [InlineData("get /chat HTTP/1.1")]
    [InlineData("GET /chat HTTP/1.0")]
    public void Only_GET_of_version_1_1_opens_a_WebSocket(string line) => Assert.Equal(ProtocolError.WebSocketHandshakeMethod, Validate(Fields, line));

    [Theory]
    [InlineData("Upgrade: websocket\r\n", "")]
    [InlineData("Connection: Upgrade\r\n", "")]
    [InlineData("Upgrade: websocket\r\n", "Upgrade: h2c\r\n")]
    [InlineData("Connection: Upgrade\r\n", "Connection: keep-alive\r\n")]
    public void Both_upgrade_fields_are_needed(string field, string instead) =>
        Assert.Equal(ProtocolError.WebSocketHandshakeNotUpgrade, Validate(Fields.Replace(field, instead, StringComparison.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("Sec-WebSocket-Version:\r\n")]
    [InlineData("Sec-WebSocket-Version: 8\r\n")]
    [InlineData("Sec-WebSocket-Version: 7\r\n")]
    [InlineData("Sec-WebSocket-Version: 14\r\n")]
    [InlineData("Sec-WebSocket-Version: 013\r\n")]
    [InlineData("Sec-WebSocket-Version: 13, 8\r\n")]
    [InlineData("Sec-WebSocket-Version: +13\r\n")]
    [InlineData("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n")]
    public void The_version_is_exactly_13(string instead)
    {
        var error = Validate(Fields.Replace("Sec-WebSocket-Version: 13\r\n", instead, StringComparison.Ordinal));
        Assert.Equal(ProtocolError.WebSocketHandshakeVersion, error);
        Assert.Equal(426, ProtocolErrors.Describe(error).HttpStatus);
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", true)]
    [InlineData("////////////////////+w==", true)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", true)]
    [InlineData("dGhlIHNhbXBsZSBub25jZR==", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ=", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ===", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZWE=", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZWFh", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZ===", false)]
    [InlineData("dGhlIHNhbXBsZSBub25-ZQ==", false)]
    [InlineData("dGhlIHNhbXBsZSBub2 jZQ==", false)]
    [InlineData("dGhlIHNhbXBsZSBub2\u00FCjZQ==", false)]
    [InlineData("", false)]
    public void The_key_is_16_bytes_in_strict_base64(string key, bool valid)
    {
        var fields = Fields.Replace("dGhlIHNhbXBsZSBub25jZQ==", key, StringComparison.Ordinal);
        Assert.Equal(valid ? ProtocolError.None : ProtocolError.WebSocketHandshakeKey, Validate(fields));
    }

    [Fact]
    public void There_is_exactly_one_key()
    {
        const string Key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        Assert.Equal(ProtocolError.WebSocketHandshakeKey, Validate(Fields.Replace(Key, "", StringComparison.Ordinal)));
        Assert.Equal(ProtocolError.WebSocketHandshakeKey, Validate(Fields + Key));
    }

    [Fact]
    public void CVE_2021_32640_a_long_run_of_blanks_is_read_in_one_pass()
    {
        string blanks = new(' ', 15_000);
        var bytes = Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\nConnection: x,{blanks},y\r\nUpgrade: websocket\r\n\r\n");
        HttpHeadReader reader = new(HttpLimits.Default);
        Assert.Equal(HttpReadStatus.Complete, reader.Read(bytes, out var consumed));
        Assert.Equal(bytes.Length, consumed);
        Assert.False(reader.Head.IsUpgrade);
    }
}
