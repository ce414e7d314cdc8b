using System.Net;
using System.Net.Sockets;

namespace Sockeye.Transport.Transports;

/// <summary>The exceptions of listening: a sentence that names the end point, with the socket's error inside.</summary>
internal static class ListenError
{
    internal static IOException PortTaken(IPEndPoint endPoint) => From(endPoint, SocketError.AddressAlreadyInUse);

    internal static IOException From(IPEndPoint endPoint, SocketError error) => From(endPoint, new SocketException((int)error));

    internal static IOException From(IPEndPoint endPoint, SocketException inner) => new(
        inner.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => $"Cannot listen on {endPoint}: port {endPoint.Port} is already in use. Choose another one (port 0 is any free one), or end the program that has it.",
            SocketError.AddressNotAvailable => $"Cannot listen on {endPoint}: this machine has no such address. Choose one that it has, such as 127.0.0.1, or 0.0.0.0 for all of them.",
            SocketError.AccessDenied => $"Cannot listen on {endPoint}: port {endPoint.Port} needs rights that this process does not have. Choose one from 1024 on, or give the process the right.",
            SocketError.AddressFamilyNotSupported => $"Cannot listen on {endPoint}: this machine does not speak its address family.",
            _ => $"Cannot listen on {endPoint}: {inner.Message}.",
        },
        inner);
}
