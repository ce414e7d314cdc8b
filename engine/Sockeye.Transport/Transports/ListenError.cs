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
            SocketError.AddressAlreadyInUse => $"Cannot listen on {endPoint}: port {endPoint.Port} is already in use.",
            SocketError.AddressNotAvailable => $"Cannot listen on {endPoint}: this machine has no such address.",
            SocketError.AccessDenied => $"Cannot listen on {endPoint}: the port needs rights that this process does not have.",
            SocketError.AddressFamilyNotSupported => $"Cannot listen on {endPoint}: this machine does not speak its address family.",
            _ => $"Cannot listen on {endPoint}: {inner.Message}.",
        },
        inner);
}
