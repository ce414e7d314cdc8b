namespace Sockeye.Abstractions.Sockets;

/// <summary>What a registration removes its handler from.</summary>
internal interface IHandlerOwner
{
    void Remove(object handler);
}
