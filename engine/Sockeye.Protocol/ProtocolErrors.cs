using static Sockeye.Protocol.ProtocolError;

namespace Sockeye.Protocol;

/// <summary>The one table from a <see cref="ProtocolError"/> to its HTTP status, WebSocket close code, metric and text. Any thread.</summary>
public static class ProtocolErrors
{
    /// <summary>What <paramref name="error"/> means; a number that is no member is described as an unknown error.</summary>
    public static ProtocolErrorInfo Describe(ProtocolError error) => error switch
    {
        None => new(0, 0, "none", "Nothing is wrong."),

        HttpRequestLineMalformed => Http(400, "http_request_line", "The request line is not 'method target HTTP/1.1'."),
        HttpRequestLineTooLong => Http(414, "http_request_line_bytes", "The request line is longer than Http:Limits:MaxRequestLineBytes."),
        HttpHeadTooLarge => Http(431, "http_header_bytes", "The head is longer than Http:Limits:MaxHeaderBytes."),
        HttpTooManyHeaders => Http(431, "http_header_count", "The head has more fields than Http:Limits:MaxHeaderCount."),
        HttpBareLineFeed => Http(400, "http_bare_lf", "A line ends with LF alone."),
        HttpBareCarriageReturn => Http(400, "http_bare_cr", "A CR is not followed by LF."),
        HttpControlCharacter => Http(400, "http_control_character", "A field value has a control character."),
        HttpFoldedHeader => Http(400, "http_folded_header", "A field line starts with a blank."),
        HttpHeaderMalformed => Http(400, "http_header", "A field line is not 'name: value'."),
        HttpLeadingBytes => Http(400, "http_leading_bytes", "The request line is preceded by something other than one CRLF."),
        HttpTargetMalformed => Http(400, "http_target", "The request target is malformed."),
        HttpPercentEncodingMalformed => Http(400, "http_percent_encoding", "The path has a percent-encoding that is malformed or not allowed."),
        HttpVersionUnsupported => Http(505, "http_version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."),
        HttpMethodTooLong => Http(501, "http_method", "The method is longer than any known one."),
        HttpHostMissing => Http(400, "http_host_missing", "The Host field is missing."),
        HttpHostRepeated => Http(400, "http_host_repeated", "The Host field is repeated."),
        HttpHostMalformed => Http(400, "http_host", "The Host field is not one host with an optional port."),
        HttpHostMismatch => Http(400, "http_host_mismatch", "The authority of the target differs from the Host field."),
        HttpContentLengthMalformed => Http(400, "http_content_length", "The Content-Length is not a number of up to 18 digits."),
        HttpContentLengthRepeated => Http(400, "http_content_length_repeated", "The Content-Length field is repeated."),
        HttpContentLengthWithTransferEncoding => Http(400, "http_length_and_encoding", "Content-Length and Transfer-Encoding exclude each other."),
        HttpTransferEncodingMalformed => Http(400, "http_transfer_encoding", "The Transfer-Encoding is not 'chunked'."),
        HttpTransferEncodingRepeated => Http(400, "http_transfer_encoding_repeated", "The Transfer-Encoding field is repeated."),
        HttpTransferEncodingUnsupported => Http(501, "http_transfer_encoding_unsupported", "The transfer coding is not offered."),
        HttpTransferEncodingInHttp10 => Http(400, "http_transfer_encoding_http10", "HTTP/1.0 has no Transfer-Encoding."),
        HttpExpectationFailed => Http(417, "http_expectation", "Only '100-continue' can be expected."),
        HttpContentEncodingUnsupported => Http(415, "http_content_encoding", "Request bodies must not be compressed."),
        HttpUpgradeWithBody => Http(400, "http_upgrade_with_body", "An upgrade cannot have a body."),

        HttpBodyTooLarge => Http(413, "http_body_bytes", "The body is longer than Engine:MaxPayloadBytes, or than what a route of the application takes."),
        HttpChunkSizeMalformed => Http(400, "http_chunk_size", "A chunk size is not 1 to 8 hexadecimal digits."),
        HttpChunkExtensionMalformed => Http(400, "http_chunk_extension", "A chunk extension is malformed."),
        HttpChunkExtensionTooLong => Http(400, "http_chunk_extension_bytes", "A chunk line is longer than Http:Limits:MaxChunkLineBytes, or all extensions than Http:Limits:MaxChunkExtensionBytes."),
        HttpChunkDataMalformed => Http(400, "http_chunk_data", "The data of a chunk is not followed by CRLF."),
        HttpTrailerMalformed => Http(400, "http_trailer", "A trailer is not 'name: value'."),
        HttpTrailersTooLarge => Http(431, "http_trailers", "The trailers are more than Http:Limits:MaxTrailerCount or longer than Http:Limits:MaxTrailerBytes."),

        WebSocketHandshakeMethod => Http(400, "websocket_handshake_method", "A WebSocket is opened by GET over HTTP/1.1."),
        WebSocketHandshakeNotUpgrade => Http(426, "websocket_handshake_upgrade", "'Upgrade: websocket' with 'Connection: upgrade' is missing."),
        WebSocketHandshakeVersion => Http(426, "websocket_handshake_version", "The WebSocket version is not 13."),
        WebSocketHandshakeKey => Http(400, "websocket_handshake_key", "The WebSocket key is not 16 bytes in base64."),

        WebSocketReservedBit => Frame(1002, "websocket_reserved_bit", "A reserved bit is set."),
        WebSocketReservedOpcode => Frame(1002, "websocket_reserved_opcode", "The opcode is reserved."),
        WebSocketUnmaskedFrame => Frame(1002, "websocket_unmasked", "A client must mask its frames."),
        WebSocketMaskedFrame => Frame(1002, "websocket_masked", "A server must not mask its frames."),
        WebSocketFragmentedControl => Frame(1002, "websocket_fragmented_control", "A control frame is fragmented."),
        WebSocketControlTooLong => Frame(1002, "websocket_control_bytes", "A control frame is longer than 125 bytes."),
        WebSocketLengthNotMinimal => Frame(1002, "websocket_length_not_minimal", "A length uses more bytes than needed."),
        WebSocketLengthTopBit => Frame(1002, "websocket_length_top_bit", "A length has its top bit set."),
        WebSocketMessageTooBig => Frame(1009, "websocket_message_bytes", "The message is longer than Engine:MaxPayloadBytes, or MaxMessageBytes of a plain WebSocket."),
        WebSocketTooManyFragments => Frame(1008, "websocket_fragments", "The message has more than 1024 frames, or than MaxFragments of a plain WebSocket."),
        WebSocketUnexpectedContinuation => Frame(1002, "websocket_unexpected_continuation", "A continuation without a message."),
        WebSocketExpectedContinuation => Frame(1002, "websocket_expected_continuation", "A new message inside a fragmented one."),
        WebSocketClosePayload => Frame(1002, "websocket_close_payload", "A close frame with one byte of payload."),
        WebSocketCloseCode => Frame(1002, "websocket_close_code", "The close code must not be sent."),
        WebSocketInvalidUtf8 => Frame(1007, "websocket_utf8", "The text is not UTF-8."),

        EngineIOEmptyPacket => Packet(1002, "engineio_empty_packet", "A packet is empty."),
        EngineIOUnknownPacketType => Packet(1002, "engineio_packet_type", "The packet type is unknown."),
        EngineIOInvalidBase64 => Packet(1002, "engineio_base64", "A binary packet is not strict base64."),
        EngineIOInvalidUtf8 => Packet(1007, "engineio_utf8", "A text packet is not UTF-8."),
        EngineIOTooManyPackets => Packet(1008, "engineio_packets_per_payload", "The polling body has more packets than Engine:MaxPacketsPerPayload."),

        SocketIOEmptyPacket => Packet(1002, "socketio_empty_packet", "The packet is empty."),
        SocketIOUnknownPacketType => Packet(1002, "socketio_packet_type", "The packet type is unknown."),
        SocketIOInvalidAttachmentCount => Packet(1002, "socketio_attachment_count", "The number of attachments is malformed or zero."),
        SocketIOTooManyAttachments => Packet(1008, "socketio_attachments", "The packet announces more attachments than Limits:Attachments."),
        SocketIOInvalidNamespace => Packet(1002, "socketio_namespace", "The namespace name has a control character."),
        SocketIONamespaceTooLong => Packet(1008, "socketio_namespace_bytes", "The namespace name is longer than Limits:NamespaceNameBytes."),
        SocketIOInvalidAckId => Packet(1002, "socketio_ack_id", "The acknowledgement id is not an integer up to 2^53-1."),
        SocketIOInvalidJson => Packet(1002, "socketio_json", "The payload is not JSON."),
        SocketIOJsonTooDeep => Packet(1008, "socketio_json_depth", "The payload is nested deeper than Limits:JsonDepth."),
        SocketIOInvalidPayload => Packet(1002, "socketio_payload", "The payload does not fit the packet type."),
        SocketIOInvalidEventName => Packet(1002, "socketio_event_name", "The event name is not a string without NUL or a number."),
        SocketIOEventNameTooLong => Packet(1008, "socketio_event_name_bytes", "The event name is longer than Limits:EventNameBytes."),
        SocketIOReservedEvent => Packet(1002, "socketio_reserved_event", "The event name is reserved."),
        SocketIOInvalidPlaceholder => Packet(1002, "socketio_placeholder", "The placeholders do not match the attachments."),
        SocketIOUnexpectedText => Packet(1002, "socketio_unexpected_text", "Text came while attachments are missing."),
        SocketIOUnexpectedBinary => Packet(1002, "socketio_unexpected_binary", "A binary message came that no packet announced."),
        SocketIOEventTooLarge => Packet(1009, "socketio_event_bytes", "The packet and its attachments are larger than Limits:EventBytes."),
        SocketIOLoneSurrogate => Packet(1002, "socketio_lone_surrogate", "A text has half of a surrogate pair."),
        SocketIOLoneSurrogateInName => Packet(1002, "socketio_event_name_surrogate", "The event name has half of a surrogate pair."),

        _ => new(400, 1002, "unknown", "An unknown protocol error."),
    };

    private static ProtocolErrorInfo Http(int status, string metric, string text) => new(status, 0, metric, text);

    private static ProtocolErrorInfo Frame(ushort closeCode, string metric, string text) => new(0, closeCode, metric, text);

    private static ProtocolErrorInfo Packet(ushort closeCode, string metric, string text) => new(400, closeCode, metric, text);
}
