using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Sockeye.Shared;

/// <summary>Asserts that there is nobody.</summary>
internal static class Nobody
{
    /// <summary>A connection to an end point is refused.</summary>
    public static async Task ListensAtAsync(EndPoint endPoint)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(endPoint);
        }
        catch (SocketException)
        {
            return;
        }

        // The system may have given the client the very port that it asks for: then it has reached itself.
        Assert.Equal(client.RemoteEndPoint, client.LocalEndPoint);
    }
}
