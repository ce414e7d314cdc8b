using System.Globalization;
using System.Text;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>A response as it came over the wire.</summary>
internal sealed record Response(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).FirstOrDefault();

    public IReadOnlyList<string> All(string name) => [.. Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)];
}

/// <summary>One HTTP connection played by hand.</summary>
internal sealed class HttpPeer(MemoryTransport transport, int loop = 0)
{
    private readonly List<byte> _input = [];

    public MemoryPeer Peer { get; } = transport.Connect(loop: loop);

    public bool IsClosed => Peer.IsClosed;

    /// <summary>Sends a request and runs the loops.</summary>
    public HttpPeer Send(string method, string target, string? body = null, params string[] headers)
    {
        Peer.Send(Request(method, target, body, headers));
        transport.RunUntilIdle();
        return this;
    }

    public static byte[] Request(string method, string target, string? body = null, params string[] headers)
    {
        var text = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: test\r\n");
        foreach (var header in headers)
        {
            text.Append(header).Append("\r\n");
        }

        var payload = Encoding.UTF8.GetBytes(body ?? "");
        if (body is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {payload.Length}\r\n");
        }

        return [.. Encoding.ASCII.GetBytes(text.Append("\r\n").ToString()), .. payload];
    }

    /// <summary>The next response, or null if it is not there yet.</summary>
    public Response? TryReceive()
    {
        _input.AddRange(Peer.Receive());
        byte[] bytes = [.. _input];
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var lines = Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n");
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = lines[1..].Select(line => new KeyValuePair<string, string>(line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())).ToList();
        var length = headers.Where(h => h.Key.Equals("content-length", StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).SingleOrDefault();
        var body = length is null ? 0 : int.Parse(length, CultureInfo.InvariantCulture);
        if (bytes.Length < end + 4 + body)
        {
            return null;
        }

        _input.RemoveRange(0, end + 4 + body);
        return new Response(status, headers, bytes[(end + 4)..(end + 4 + body)]);
    }

    public Response Receive() => TryReceive() ?? throw new InvalidOperationException($"No response; received: {Encoding.UTF8.GetString([.. _input])}");

    /// <summary>What came behind the last response.</summary>
    public byte[] TakeRest()
    {
        _input.AddRange(Peer.Receive());
        byte[] rest = [.. _input];
        _input.Clear();
        return rest;
    }

    public Response Get(string target, params string[] headers) => Send("GET", target, null, headers).Receive();

    public Response Post(string target, string body, params string[] headers) => Send("POST", target, body, headers).Receive();

    public void Close()
    {
        Peer.Close();
        transport.RunUntilIdle();
    }

    public void Reset()
    {
        Peer.Reset();
        transport.RunUntilIdle();
    }
}
