using System.Net.Sockets;
using static Sockeye.Cluster.Nats.Tests.NatsTest;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>Speaks the protocol of NATS by hand.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;

    /// <summary>Subjects of the messages that were read.</summary>
    public List<string> Subjects { get; } = [];

    private RawClient(TcpClient client)
    {
        _client = client;
        _reader = new StreamReader(client.GetStream());
    }

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port);
        var client = new RawClient(tcp);
        await client.SendAsync("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1}\r\n");
        return client;
    }

    public async Task SendAsync(string text) => await _client.GetStream().WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));

    public async Task<string> LineAsync(string begin)
    {
        while (true)
        {
            var line = await Within(_reader.ReadLineAsync()) ?? throw new InvalidOperationException("The server has closed the connection.");
            if (line.Split(' ') is ["MSG" or "HMSG", var subject, ..])
            {
                Subjects.Add(subject);
            }

            if (line.StartsWith(begin, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    public void Dispose() => _client.Dispose();
}
