namespace Sockeye.Protocol.EngineIO;

/// <summary>Reads Engine.IO packets that are one WebSocket message each. Pure and stateless; any thread.</summary>
public static class EnginePacketCodec
{
    /// <summary>
    /// Reads a text message: a type digit and its data. A binary WebSocket message needs no reading, it is the data of a binary
    /// <see cref="EnginePacketType.Message"/>. The base64 form (<c>b…</c>) is read by <see cref="EnginePayloadReader"/> and refused here.
    /// </summary>
    /// <param name="frame">The payload of the text message, valid UTF-8.</param>
    /// <param name="packet">The packet, pointing into <paramref name="frame"/>.</param>
    /// <returns><see cref="ProtocolError.None"/>, or why the session has to end.</returns>
    public static ProtocolError TryReadText(ReadOnlySpan<byte> frame, out EnginePacket packet)
    {
        packet = default;
        if (frame.IsEmpty)
        {
            return ProtocolError.EngineIOEmptyPacket;
        }

        var type = frame[0] - (uint)'0';
        if (type > (uint)EnginePacketType.Noop)
        {
            return ProtocolError.EngineIOUnknownPacketType;
        }

        packet = new EnginePacket((EnginePacketType)type, frame[1..]);
        return ProtocolError.None;
    }
}
