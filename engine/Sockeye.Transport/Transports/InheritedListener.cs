using System.Net;
using Sockeye.Transport.Transports;

namespace Sockeye.Transport;

/// <summary>A listening socket that somebody else has opened and this process was handed, by systemd for example (<c>sd_listen_fds</c>). Others may have it as well: what waits in it goes to whoever accepts first, and
/// stays when one of them ends.</summary>
/// <remarks>Immutable. The descriptor belongs to the process until a transport listens on it (<see cref="TransportOptions.Inherited"/>), and then to that. The native transport alone takes it.</remarks>
public sealed class InheritedListener
{
    private InheritedListener(int descriptor, IPEndPoint endPoint)
    {
        Descriptor = descriptor;
        EndPoint = endPoint;
    }

    /// <summary>The number of the descriptor.</summary>
    public int Descriptor { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Looks at a descriptor.</summary>
    /// <param name="descriptor">Its number; those of systemd begin with 3.</param>
    /// <exception cref="IOException">It is no socket that listens for TCP over IPv4 or IPv6; the message says what it is.</exception>
    /// <exception cref="PlatformNotSupportedException">There is no native transport here.</exception>
    public static InheritedListener Of(int descriptor)
    {
        if (NativeSupport.Missing is { } missing)
        {
            throw new PlatformNotSupportedException($"Descriptor {descriptor} cannot be listened on: that takes the native transport, which is not there ({missing}).");
        }

        return ListeningSocket.Fault(descriptor, out var endPoint) is { } fault
            ? throw new IOException($"Cannot listen on descriptor {descriptor}: it {fault}.")
            : new InheritedListener(descriptor, endPoint!);
    }
}
