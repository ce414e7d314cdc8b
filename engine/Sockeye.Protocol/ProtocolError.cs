namespace Sockeye.Protocol;

/// <summary>
/// Every way in which bytes from a peer can break a protocol. The numbers are stable (metrics and logs use them): a range for
/// each protocol, new members go to the end of their range. <see cref="ProtocolErrors.Describe"/> says what each one means on the wire.
/// </summary>
public enum ProtocolError : byte
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    // HTTP/1.1 head: 1 to 39

    /// <summary>The request line is not <c>method SP target SP version</c>.</summary>
    HttpRequestLineMalformed = 1,
    /// <summary>The request line is longer than <see cref="Http.HttpLimits.MaxRequestLineBytes"/>.</summary>
    HttpRequestLineTooLong = 2,
    /// <summary>The head is longer than <see cref="Http.HttpLimits.MaxHeaderBytes"/>.</summary>
    HttpHeadTooLarge = 3,
    /// <summary>The head has more field lines than <see cref="Http.HttpLimits.MaxHeaderCount"/>.</summary>
    HttpTooManyHeaders = 4,
    /// <summary>A line of the head, of the chunk framing or of the trailers ends with LF alone.</summary>
    HttpBareLineFeed = 5,
    /// <summary>A CR that is not followed by LF.</summary>
    HttpBareCarriageReturn = 6,
    /// <summary>A control byte in a field value.</summary>
    HttpControlCharacter = 7,
    /// <summary>A field line that starts with a blank (obsolete line folding).</summary>
    HttpFoldedHeader = 8,
    /// <summary>A field line without colon, without name, or with a byte in its name that is no token character.</summary>
    HttpHeaderMalformed = 9,
    /// <summary>Something other than one CRLF before the request line.</summary>
    HttpLeadingBytes = 10,
    /// <summary>The request target is in no accepted form or has a byte that is not allowed.</summary>
    HttpTargetMalformed = 11,
    /// <summary>The path has a <c>%</c> that is not followed by two hexadecimal digits, or hides a control byte or a slash behind one.</summary>
    HttpPercentEncodingMalformed = 12,
    /// <summary>A major version of HTTP other than 1.</summary>
    HttpVersionUnsupported = 13,
    /// <summary>The method is longer than 16 bytes.</summary>
    HttpMethodTooLong = 14,
    /// <summary>An HTTP/1.1 request without Host.</summary>
    HttpHostMissing = 15,
    /// <summary>More than one Host field line.</summary>
    HttpHostRepeated = 16,
    /// <summary>The Host is not one name or address with an optional port.</summary>
    HttpHostMalformed = 17,
    /// <summary>The authority of an absolute target is not that of Host.</summary>
    HttpHostMismatch = 18,
    /// <summary>The Content-Length is not 1 to 18 digits.</summary>
    HttpContentLengthMalformed = 19,
    /// <summary>More than one Content-Length field line.</summary>
    HttpContentLengthRepeated = 20,
    /// <summary>Content-Length next to Transfer-Encoding.</summary>
    HttpContentLengthWithTransferEncoding = 21,
    /// <summary>A Transfer-Encoding that is not the single word <c>chunked</c>.</summary>
    HttpTransferEncodingMalformed = 22,
    /// <summary>More than one Transfer-Encoding field line.</summary>
    HttpTransferEncodingRepeated = 23,
    /// <summary>A transfer coding that exists but is not offered.</summary>
    HttpTransferEncodingUnsupported = 24,
    /// <summary>Transfer-Encoding in an HTTP/1.0 request.</summary>
    HttpTransferEncodingInHttp10 = 25,
    /// <summary>An expectation other than <c>100-continue</c>.</summary>
    HttpExpectationFailed = 26,
    /// <summary>A request body with a content coding.</summary>
    HttpContentEncodingUnsupported = 27,
    /// <summary>An upgrade to WebSocket that announces a body.</summary>
    HttpUpgradeWithBody = 28,

    // HTTP/1.1 body: 40 to 49

    /// <summary>The body is longer than its reader was told to take.</summary>
    HttpBodyTooLarge = 40,
    /// <summary>A chunk size that is not hexadecimal digits, or is more than 8 of them after the leading zeros.</summary>
    HttpChunkSizeMalformed = 41,
    /// <summary>A chunk extension that is not <c>;name</c> or <c>;name=value</c>.</summary>
    HttpChunkExtensionMalformed = 42,
    /// <summary>A chunk line, or all chunk extensions of a body together, over their limits.</summary>
    HttpChunkExtensionTooLong = 43,
    /// <summary>The data of a chunk is not followed by CRLF.</summary>
    HttpChunkDataMalformed = 44,
    /// <summary>A trailer that is no valid field line.</summary>
    HttpTrailerMalformed = 45,
    /// <summary>More trailers than <see cref="Http.HttpLimits.MaxTrailerCount"/> or <see cref="Http.HttpLimits.MaxTrailerBytes"/>.</summary>
    HttpTrailersTooLarge = 46,

    // WebSocket handshake: 60 to 69

    /// <summary>The opening handshake is not a GET of HTTP/1.1.</summary>
    WebSocketHandshakeMethod = 60,
    /// <summary>The request has no <c>Upgrade: websocket</c> together with <c>Connection: upgrade</c>.</summary>
    WebSocketHandshakeNotUpgrade = 61,
    /// <summary>The protocol version is not 13.</summary>
    WebSocketHandshakeVersion = 62,
    /// <summary>The key is absent, repeated, or not 16 bytes in base64.</summary>
    WebSocketHandshakeKey = 63,

    // WebSocket frames: 70 to 99

    /// <summary>A reserved bit is set that no extension was agreed for.</summary>
    WebSocketReservedBit = 70,
    /// <summary>A reserved opcode.</summary>
    WebSocketReservedOpcode = 71,
    /// <summary>A client's frame without mask.</summary>
    WebSocketUnmaskedFrame = 72,
    /// <summary>A server's frame with a mask.</summary>
    WebSocketMaskedFrame = 73,
    /// <summary>A control frame without FIN.</summary>
    WebSocketFragmentedControl = 74,
    /// <summary>A control frame of more than 125 bytes.</summary>
    WebSocketControlTooLong = 75,
    /// <summary>A length in more bytes than needed.</summary>
    WebSocketLengthNotMinimal = 76,
    /// <summary>A 64-bit length with its top bit set.</summary>
    WebSocketLengthTopBit = 77,
    /// <summary>The message is longer than <see cref="WebSockets.WebSocketLimits.MaxMessageBytes"/>.</summary>
    WebSocketMessageTooBig = 78,
    /// <summary>The message has more frames than <see cref="WebSockets.WebSocketLimits.MaxFragments"/>.</summary>
    WebSocketTooManyFragments = 79,
    /// <summary>A continuation frame while no message is open.</summary>
    WebSocketUnexpectedContinuation = 80,
    /// <summary>A new data frame while a fragmented message is open.</summary>
    WebSocketExpectedContinuation = 81,
    /// <summary>A close frame with a payload of one byte.</summary>
    WebSocketClosePayload = 82,
    /// <summary>A close code that must not be sent.</summary>
    WebSocketCloseCode = 83,
    /// <summary>Text, or the reason of a close frame, that is not UTF-8.</summary>
    WebSocketInvalidUtf8 = 84,

    // Engine.IO: 120 to 159

    /// <summary>A packet, or a whole polling body, without any byte.</summary>
    EngineIOEmptyPacket = 120,
    /// <summary>A packet that starts with none of the type digits.</summary>
    EngineIOUnknownPacketType = 121,
    /// <summary>A binary packet of polling that is not strict base64: alphabet, padding, no white space, no stray bits.</summary>
    EngineIOInvalidBase64 = 122,
    /// <summary>A text packet of polling that is not UTF-8.</summary>
    EngineIOInvalidUtf8 = 123,
    /// <summary>A polling body with more packets than the reader was allowed.</summary>
    EngineIOTooManyPackets = 124,

    // Socket.IO: 160 to 199

    /// <summary>A message without any byte.</summary>
    SocketIOEmptyPacket = 160,
    /// <summary>A packet that starts with none of the type digits.</summary>
    SocketIOUnknownPacketType = 161,
    /// <summary>A binary packet whose number of attachments is absent, zero or not followed by a hyphen.</summary>
    SocketIOInvalidAttachmentCount = 162,
    /// <summary>A number of attachments over <see cref="SocketIO.SocketPacketLimits.MaxAttachments"/>.</summary>
    SocketIOTooManyAttachments = 163,
    /// <summary>A namespace name with a control character.</summary>
    SocketIOInvalidNamespace = 164,
    /// <summary>A namespace name longer than <see cref="SocketIO.SocketPacketLimits.MaxNamespaceBytes"/>.</summary>
    SocketIONamespaceTooLong = 165,
    /// <summary>An acknowledgement id of more than 16 digits or above 2^53-1.</summary>
    SocketIOInvalidAckId = 166,
    /// <summary>A payload that is not JSON.</summary>
    SocketIOInvalidJson = 167,
    /// <summary>A payload nested deeper than <see cref="SocketIO.SocketPacketLimits.MaxDepth"/>.</summary>
    SocketIOJsonTooDeep = 168,
    /// <summary>A payload that the packet type cannot have, or none where it needs one.</summary>
    SocketIOInvalidPayload = 169,
    /// <summary>An event whose first element is neither a string nor a number, or a name with NUL.</summary>
    SocketIOInvalidEventName = 170,
    /// <summary>An event name longer than <see cref="SocketIO.SocketPacketLimits.MaxEventNameBytes"/>.</summary>
    SocketIOEventNameTooLong = 171,
    /// <summary>An event with a name that Socket.IO keeps for itself.</summary>
    SocketIOReservedEvent = 172,
    /// <summary>A binary packet that does not use each attachment exactly once, or has a malformed placeholder.</summary>
    SocketIOInvalidPlaceholder = 173,
    /// <summary>A text message while attachments are missing.</summary>
    SocketIOUnexpectedText = 174,
    /// <summary>A binary message that no packet announced.</summary>
    SocketIOUnexpectedBinary = 175,
    /// <summary>A packet whose text and attachments exceed <see cref="SocketIO.AttachmentAssembler.MaxEventBytes"/>.</summary>
    SocketIOEventTooLarge = 176,
    /// <summary>An escaped surrogate without its other half, in a value: text that was cut inside a character. See <see cref="SocketIO.JsonString.ReplaceLoneSurrogates"/>.</summary>
    SocketIOLoneSurrogate = 177,
    /// <summary>As <see cref="SocketIOLoneSurrogate"/>, in the name of an event.</summary>
    SocketIOLoneSurrogateInName = 178,
}
