using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sockeye.Transport.Transports;

/// <summary>Exceptions for failed system calls of setting up; the calls of the hot path report by value.</summary>
internal static class NativeError
{
    internal static IOException From(string call) => From(call, Marshal.GetLastSystemError());

    internal static IOException From(string call, int error) => new($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).");

    internal static IOException Listening(IPEndPoint endPoint, int error) => error switch
    {
        Libc.EADDRINUSE => ListenError.From(endPoint, SocketError.AddressAlreadyInUse),
        Libc.EADDRNOTAVAIL => ListenError.From(endPoint, SocketError.AddressNotAvailable),
        Libc.EACCES or Libc.EPERM => ListenError.From(endPoint, SocketError.AccessDenied),
        Libc.EAFNOSUPPORT => ListenError.From(endPoint, SocketError.AddressFamilyNotSupported),
        Libc.EMFILE or Libc.ENFILE => ListenError.From(endPoint, SocketError.TooManyOpenSockets),
        _ => new IOException($"Cannot listen on {endPoint}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})."),
    };
}
