using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>What handlers of events are registered on: a server, a namespace or one socket. Only the engine implements it.</summary>
public interface IEventTarget
{
    internal EventTable Events { get; }

    internal PayloadCodec Codec { get; }

    /// <summary>Whether what is registered is a declared event, which has its argument.</summary>
    internal bool IsDeclared => false;
}
