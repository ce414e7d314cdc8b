namespace Sockeye.EngineIO.Connections;

/// <summary>What has taken the place of the HTTP handler of a channel. On the channel's loop.</summary>
internal interface IUpgraded
{
    /// <summary>Bytes that came behind the request, perhaps none. They are handled in the next turn, when the owner has finished its set-up.</summary>
    void HoldFirst(Span<byte> input);

    /// <summary>The server stops.</summary>
    void Shutdown();
}
