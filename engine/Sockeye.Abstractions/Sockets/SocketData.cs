namespace Sockeye;

/// <summary>Small values of a socket by key, kept serialised so that they can travel with it. May be used from any thread.</summary>
public sealed class SocketData
{
    private readonly PayloadCodec _codec;

    internal SocketData(PayloadCodec codec) => _codec = codec;
}
